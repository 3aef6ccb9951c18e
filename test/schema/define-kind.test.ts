import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { defineKind } from '../../src/schema/define-kind.ts';

const canary = 'CANARY-7f3a';
const metadata = { name: 'a', namespace: 'etl', uid: 'u', resourceVersion: '1', generation: 2 };

const spec = z.object({
  text: z
    .string()
    .max(4)
    .regex(/^[a-z]*$/, { error: 'must be lower case' })
    .default(''),
  long: z.string().min(2).exactOptional(),
  choice: z.enum(['A', 'B']).default('A'),
  list: z
    .array(z.object({ key: z.string() }))
    .max(1)
    .default([]),
  map: z.record(z.string(), z.string()).default({}),
  yes: z.boolean().default(false),
});
const kind = defineKind<'Thing', z.infer<typeof spec>, { readonly seen: string }>({
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  singular: 'thing',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  description: 'A thing.',
  spec,
  status: z.object({ seen: z.string() }),
  columns: [],
  selectableFields: [],
});
const parse = (spec: unknown, status?: unknown) => kind.parse({ metadata, spec, status });

test('an object comes with its kind, metadata, defaults and status', () => {
  const parsed = parse({ text: 'a' }, { seen: 'yes' });
  expect(parsed).toMatchObject({ kind: 'Thing', metadata: { name: 'a', generation: 2 }, status: { seen: 'yes' } });
  expect(parsed?.spec).toEqual({ ok: true, value: { text: 'a', choice: 'A', list: [], map: {}, yes: false } });
});

test('reads a spec once for each generation of an object, and again for another object', () => {
  const first = parse({ text: 'a' });
  const again = (changed: object) => kind.parse({ metadata: { ...metadata, ...changed }, spec: { text: 'b' } }, first);
  expect(again({ resourceVersion: '2' })?.spec).toBe(first?.spec);
  expect(again({ generation: 3 })?.spec).toMatchObject({ value: { text: 'b' } });
  expect(again({ uid: 'another' })?.spec).toMatchObject({ value: { text: 'b' } });
});

test('a status that cannot be read counts as none, and the spec is still good', () => {
  expect(parse({}, { seen: 3 })).toMatchObject({ spec: { ok: true }, status: undefined });
});

test('the status that the API server gives a new object counts as none', () => {
  expect(parse({}, { observedGeneration: -1 })).toMatchObject({ status: undefined });
  expect(parse({}, { observedGeneration: 0, seen: 'yes' })).toMatchObject({ status: { seen: 'yes' } });
});

test.each([undefined, null, 3, 'text', [], {}, { metadata: null }, { metadata: { name: 'a' } }])(
  'what is no object is nothing: %j',
  raw => {
    expect(kind.parse(raw)).toBeUndefined();
  },
);

describe('a refused spec names the field and how to fix it, never the value', () => {
  test.each([
    [undefined, 'spec: is required'],
    [canary, 'spec: must be an object'],
    [{ text: 3 }, 'spec.text: must be a string'],
    [{ text: canary }, 'spec.text: must have at most 4 characters'],
    [{ text: 'A' }, 'spec.text: must be lower case'],
    [{ long: 'C' }, 'spec.long: must have at least 2 characters'],
    [{ choice: canary }, 'spec.choice: must be one of A, B'],
    [{ list: canary }, 'spec.list: must be a list'],
    [{ list: [{ key: 1 }] }, 'spec.list[0].key: must be a string'],
    [{ list: [{ key: 'a' }, { key: 'b' }] }, 'spec.list: must have at most 1 entries'],
    [{ map: { name: 3 } }, 'spec.map.name: must be a string'],
    [{ yes: canary }, 'spec.yes: must be true or false'],
    [
      { text: 1, choice: 1, list: 1, yes: 1 },
      'spec.text: must be a string; spec.choice: must be one of A, B; spec.list: must be a list; and 1 more',
    ],
  ])('%j', (spec, message) => {
    expect(parse(spec)?.spec).toEqual({ ok: false, fault: { kind: 'invalid', reason: 'InvalidSpec', message } });
    expect(message).not.toContain(canary);
  });
});
