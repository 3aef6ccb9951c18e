import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { kinds } from '../../src/api/kinds.ts';
import { customResourceDefinition } from '../../src/schema/crd.ts';
import { defineKind, type KindDefinition } from '../../src/schema/define-kind.ts';
import type { Structural } from '../../src/schema/structural.ts';

const schemaOf = (kind: KindDefinition): Structural => {
  const [version] = customResourceDefinition(kind).spec.versions;
  if (version === undefined) throw new Error('a CRD without a version');
  return version.schema.openAPIV3Schema;
};

/** Paths of the fields inside entries of lists that have a default. */
function defaultsInEntries({ properties, items, additionalProperties, ...own }: Structural, path = ''): string[] {
  const inside = path.includes('[]') && own.default !== undefined ? [path] : [];
  const fields = Object.entries(properties ?? {}).flatMap(([name, field]) =>
    defaultsInEntries(field, path === '' ? name : `${path}.${name}`),
  );
  return [
    ...inside,
    ...fields,
    ...(items === undefined ? [] : defaultsInEntries(items, `${path}[]`)),
    ...(additionalProperties === undefined ? [] : defaultsInEntries(additionalProperties, `${path}.*`)),
  ];
}

const Entry = z.object({
  choice: z.enum(['A', 'B']).default('A').meta({ description: 'A choice.' }),
  text: z.string().default('').meta({ description: 'Some text.' }),
  inner: z.object({ on: z.boolean().default(true) }).prefault({}),
});
const thing = defineKind({
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  singular: 'thing',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  description: 'A thing.',
  spec: z.object({ list: z.array(Entry).default([]), one: Entry }),
  status: z.object({}),
  columns: [],
  selectableFields: [],
});

test.each(kinds)('the CRD of $kind has no default inside an entry of a list, which would be drift for ever', kind => {
  expect(defaultsInEntries(schemaOf(kind))).toEqual([]);
});

describe('a default inside an entry of a list', () => {
  const { one, list } = schemaOf(thing).properties?.spec?.properties ?? {};
  const entry = list?.items?.properties;

  test('is only described, at any depth', () => {
    expect(entry?.choice).toMatchObject({ default: undefined, description: 'A choice. Default: A.' });
    expect(entry?.text).toMatchObject({ default: undefined, description: 'Some text.' });
    expect(entry?.inner).toMatchObject({ default: undefined });
    expect(entry?.inner?.properties?.on).toMatchObject({ default: undefined, description: 'Default: true.' });
  });

  test('stays where the same is no entry', () => {
    expect(one?.properties?.choice).toMatchObject({ default: 'A', description: 'A choice.' });
  });

  test('is the parser’s', () => {
    const metadata = { name: 'a', uid: 'u', resourceVersion: '1', generation: 1 };
    const parsed = thing.parse({ metadata, spec: { list: [{}], one: {} } }, undefined);
    const entry = { choice: 'A', text: '', inner: { on: true } };
    expect(parsed?.spec).toEqual({ ok: true, value: { list: [entry], one: entry } });
  });
});
