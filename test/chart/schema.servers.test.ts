import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { chart, crdChart } from './helm.ts';
import { refusal, render, type Values } from './render.ts';

/** As much of values.schema.json as is needed to walk it. */
interface Schema {
  readonly type?: string | readonly string[] | undefined;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
}
const Schema: z.ZodType<Schema> = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  default: z.unknown().optional(),
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
});
const schema = Schema.parse(JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8')));

interface Leaf {
  readonly path: readonly string[];
  readonly schema: Schema;
}

const leaves = leavesOf(schema, []);
const sections = sectionsOf(schema, []);
const withDefault = leaves.filter(({ schema }) => schema.default !== undefined);
const withoutDefault = leaves.filter(({ schema }) => schema.default === undefined);

describe('a value that is', () => {
  test('misspelt is refused by name, at the root and in every section', async () => {
    const strict = sections.filter(path => path[0] !== 'global');
    const complaint = await refusal(valuesOf(strict.map(path => [[...path, 'misspelt'], 1])));
    for (const path of strict) expect(complaint).toContain(`'${pointer(path)}': additional properties 'misspelt'`);
  });

  test('null, although it has a default that cannot be done without, is refused by name', async () => {
    const complaint = await refusal(valuesOf(withDefault.map(({ path }) => [path, null])));
    for (const { path } of withDefault) expect(missingIn(complaint, pointer(path.slice(0, -1)))).toContain(path.at(-1));
  });

  test('null, although it is a section, is refused by name', async () => {
    const top = sections.filter(path => path.length === 1);
    const complaint = await refusal(valuesOf(top.map(path => [path, null])));
    for (const [name] of top) expect(missingIn(complaint, '')).toContain(name);
  });

  test('null, and has no default, is as if it were not set', async () => {
    const set = await render(valuesOf(withoutDefault.map(({ path }) => [path, null])));
    expect(set.objects).toEqual((await render()).objects);
  });

  test('of another type is refused by name', async () => {
    const wrong = leaves.map(({ path, schema }) => [path, unlike(schema)] as const);
    const complaint = await refusal(valuesOf(wrong));
    for (const [path] of wrong) expect(complaint).toMatch(new RegExp(`at '${pointer(path)}': (got|'anyOf' failed)`));
  });

  test.each<[unknown]>([[0], [''], [[]]])('%j is taken or refused by name, and breaks no template', async value => {
    const paths = leaves.filter(({ schema }) => typesOf(schema).has(typeName(value))).map(({ path }) => path);
    const complaint = await refusal(valuesOf(paths.map(path => [path, value])));
    const taken = paths.filter(path => !complaint.includes(`at '${pointer(path)}'`));
    expect(taken.length).toBeGreaterThan(2);
    const { objects } = await render(valuesOf([...everythingOn, ...taken.map(path => [path, value] as const)]), {
      release: 'shearline',
    });
    expect(objects.length).toBeGreaterThan(15);
  });

  test('false breaks no template', async () => {
    const switches = leaves.filter(
      ({ schema, path }) => typesOf(schema).has('boolean') && path[0] !== 'leaderElection',
    );
    for (const { path } of switches)
      expect((await render(valuesOf([...everythingOn, [path, false]]))).objects.length).toBeGreaterThan(5);
  }, 120_000);
});

const everythingOn = [
  [['networkPolicy', 'enabled'], true],
  [['metrics', 'dashboard', 'enabled'], true],
  ...['serviceMonitor', 'podMonitor', 'prometheusRule'].flatMap(
    monitor =>
      [
        [['metrics', monitor, 'enabled'], true],
        [['metrics', monitor, 'onMissingCrd'], 'always'],
      ] as const,
  ),
] as const;

test('a flag is checked by the schema that the operator parses it by', async () => {
  expect(await refusal({ config: { workers: 1001 } })).toContain("at '/config/workers'");
  expect(await refusal({ config: { workers: '16' } })).toContain("at '/config/workers'");
  expect(await refusal({ config: { logLevel: 'trace' } })).toContain("at '/config/logLevel'");
  expect(await refusal({ config: { allowProviderCidrs: ['vault.example.com'] } })).toContain(
    "at '/config/allowProviderCidrs/0'",
  );
});

test('more than one replica needs leader election', async () => {
  expect(await refusal({ leaderElection: { enabled: false } })).toContain('replicaCount must be 1 or 0');
});

test.each(['ServiceMonitor', 'PodMonitor'])(
  'a %s that the cluster does not know is refused, and how to go on is said',
  async kind => {
    const name = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}`;
    const complaint = await refusal({ metrics: { [name]: { enabled: true } } });
    expect(complaint).toContain(`the cluster knows no ${kind}`);
    expect(complaint).toContain('set onMissingCrd beside enabled to skip or always');
  },
);

test('a cluster that is too old is refused', async () => {
  const complaint = await refusal({}, { kubeVersion: '1.33.9' });
  expect(complaint).toContain('requires kubeVersion: >=1.34.0-0');
});

test('the chart of CRDs is as strict', async () => {
  expect(await refusal({ keeep: true }, { chart: crdChart })).toContain("additional properties 'keeep'");
  expect(await refusal({ keep: null }, { chart: crdChart })).toContain("missing property 'keep'");
  expect(await refusal({ keep: 'yes please' }, { chart: crdChart })).toContain("at '/keep'");
});

function leavesOf({ properties = {} }: Schema, path: readonly string[]): readonly Leaf[] {
  return Object.entries(properties).flatMap(([name, field]) =>
    field.properties === undefined ? [{ path: [...path, name], schema: field }] : leavesOf(field, [...path, name]),
  );
}

function sectionsOf({ properties = {} }: Schema, path: readonly string[]): readonly (readonly string[])[] {
  const inner = Object.entries(properties).filter(([, field]) => field.properties !== undefined);
  return [path, ...inner.flatMap(([name, field]) => sectionsOf(field, [...path, name]))];
}

function valuesOf(entries: readonly (readonly [path: readonly string[], value: unknown])[]): Values {
  const values: Record<string, unknown> = {};
  for (const [path, value] of entries) put(values, path, value);
  return values;
}

function put(into: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const inner: Record<string, unknown> = { ...z.record(z.string(), z.unknown()).catch({}).parse(into[name]) };
  into[name] = inner;
  put(inner, rest, value);
}

const pointer = (path: readonly string[]): string => path.map(name => `/${name}`).join('');

/** The names after "missing property" or "missing properties" in the line about a place. */
function missingIn(complaint: string, at: string): readonly string[] {
  const lines = complaint.split('\n').filter(line => line.trimStart().startsWith(`- at '${at}': missing propert`));
  return lines.flatMap(line =>
    [...line.slice(line.indexOf('missing')).matchAll(/'([^']+)'/g)].map(([, name = '']) => name),
  );
}

const typesOf = ({ type }: Schema): ReadonlySet<string> =>
  new Set(type === undefined ? ['string', 'array'] : [type].flat());

const typeName = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'number' ? 'integer' : typeof value;

/** A value that is of none of the types of a field. */
const unlike = ({ type }: Schema): unknown =>
  type === undefined ? { nonsense: [] } : [type].flat().includes('array') ? 7 : [[]];
