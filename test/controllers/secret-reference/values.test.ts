import { describe, expect, test } from '@jest/globals';
import type { Answer, Material } from '../../../src/controllers/secret-reference/nouns/desired.ts';
import { entriesOf } from '../../../src/controllers/secret-reference/reads/entries.ts';
import { valuesOf } from '../../../src/controllers/secret-reference/values.ts';
import { failed, ok, type Result } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import { canary } from '../../canary.ts';
import { FakeClock } from '../../kube/builders.ts';
import { reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { unwrap } from '../outcomes.ts';
import { World } from '../world.ts';

type Stored = Readonly<Record<string, string | Uint8Array>>;

/** What becomes of a spec, with these remote secrets; all others are proved absent. */
function material(spec: Fields, stored: Stored): Promise<Result<Material>> {
  const observed = new World(reference().spec({ data: [], ...spec })).observe();
  const answers = unwrap(observed.wanted).reads.map((read): Answer => {
    const value = stored[read.key];
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    const found =
      bytes === undefined
        ? failed({ kind: 'absent', reason: 'KeyNotFound', message: `no ${read.key}` } as const)
        : ok({ value: new SecretValue(bytes), version: '1' });
    return { read, found, movedOn: false };
  });
  return valuesOf(answers, new FakeClock());
}

const texts = (found: Result<Material>) =>
  Object.fromEntries([...unwrap(found).data].map(([key, value]) => [key, value.revealText()]));
const entry = (secretKey: string, fields: Fields = {}, more: Fields = {}): Fields => ({
  secretKey,
  remoteRef: { key: 'etl/db', ...fields },
  ...more,
});
const extract = (key: string, fields: Fields = {}): Fields => ({ extract: { key, ...fields } });
const db = `{"user":"${canary}-user","port":5432,"tls":{"on":true}}`;

describe('precedence', () => {
  test('a key that is named by itself wins over extracted ones', async () => {
    const spec = { dataFrom: [extract('etl/db')], data: [entry('user', { key: 'etl/other' })] };
    expect(texts(await material(spec, { 'etl/db': db, 'etl/other': `${canary}-named` }))).toMatchObject({
      user: `${canary}-named`,
      port: '5432',
    });
  });

  test('later entries of dataFrom win over earlier ones', async () => {
    const spec = { dataFrom: [extract('etl/a'), extract('etl/b')] };
    expect(texts(await material(spec, { 'etl/a': '{"x":"1","y":"1"}', 'etl/b': '{"x":"2"}' }))).toEqual({
      x: '2',
      y: '1',
    });
  });

  test('extracts the pairs of a property, nested values as they are', async () => {
    const spec = { dataFrom: [extract('etl/db', { property: 'tls' })], data: [entry('all', { property: 'tls' })] };
    expect(texts(await material(spec, { 'etl/db': db }))).toEqual({ on: 'true', all: '{"on":true}' });
  });
});

describe('what is missing', () => {
  const other = entry('other', { key: 'etl/other' });
  const optional = { optional: true };

  test.each<[string, Fields, Stored, { missing: boolean; allGone: boolean }]>([
    ['nothing', { data: [entry('a')] }, { 'etl/db': db }, { missing: false, allGone: false }],
    ['one of two', { data: [entry('a'), other] }, { 'etl/db': db }, { missing: true, allGone: false }],
    ['both', { data: [entry('a'), other] }, {}, { missing: true, allGone: true }],
    ['the only one, a whole secret', { dataFrom: [extract('etl/db')] }, {}, { missing: true, allGone: true }],
    [
      'an optional one',
      { data: [entry('a', {}, optional), other] },
      { 'etl/other': 'x' },
      { missing: false, allGone: false },
    ],
    [
      'all that are not optional',
      { data: [entry('a'), { ...other, ...optional }] },
      { 'etl/other': 'x' },
      { missing: true, allGone: true },
    ],
    ['all, and all are optional', { data: [entry('a', {}, optional)] }, {}, { missing: false, allGone: false }],
    ['a property', { data: [entry('a', { property: 'nope' })] }, { 'etl/db': db }, { missing: true, allGone: false }],
    [
      'a property and a key',
      { data: [entry('a', { property: 'nope' }), other] },
      { 'etl/db': db },
      { missing: true, allGone: false },
    ],
    [
      'an optional property',
      { data: [entry('a', { property: 'nope' }, optional)] },
      { 'etl/db': db },
      { missing: false, allGone: false },
    ],
  ])('%s', async (_, spec, stored, { missing, allGone }) => {
    const found = unwrap(await material(spec, stored));
    expect([found.missing !== undefined, found.allGone]).toEqual([missing, allGone]);
  });

  test('an optional key that is gone is left out', async () => {
    const spec = { data: [entry('a', { property: 'nope' }, optional), entry('user', { property: 'user' })] };
    expect(Object.keys(texts(await material(spec, { 'etl/db': db })))).toEqual(['user']);
  });

  test('an optional secret that is gone adds no keys', async () => {
    const dataFrom = [{ ...extract('etl/gone'), ...optional }, extract('etl/db', { property: 'tls' })];
    expect(texts(await material({ dataFrom }, { 'etl/db': db }))).toEqual({ on: 'true' });
  });

  test.each([['{}'], [' { } '], ['{"a":null,"b":null}']])('%s has no pairs, which empties no Secret', async stored => {
    const found = (more: Fields) => material({ dataFrom: [{ ...extract('etl/db'), ...more }] }, { 'etl/db': stored });
    expect(await found({})).toMatchObject({
      ok: false,
      fault: {
        reason: 'ValueNotUsable',
        message: 'spec.dataFrom[0]: etl/db is there, but has no properties: write some, or set optional: true',
      },
    });
    expect(texts(await found(optional))).toEqual({});
  });

  test('the first missing one is named', async () => {
    expect(unwrap(await material({ data: [other, entry('a')] }, {})).missing?.message).toBe('no etl/other');
  });
});

describe('decoding', () => {
  const bytes = Buffer.from([0, 255, 254, 65]);
  const decoded = (decoding: string, stored: string | Uint8Array) =>
    material({ data: [entry('a', {}, { decoding })] }, { 'etl/db': stored });

  test.each([
    ['None', bytes, bytes],
    ['Base64', bytes.toString('base64'), bytes],
    ['Base64', 'AP/+QQ', bytes],
    ['Base64', 'AP/+\r\nQQ==\n', bytes],
    ['Base64', '', Buffer.alloc(0)],
    ['Base64URL', 'AP_-QQ', bytes],
    ['Base64URL', 'AP_-QQ==', bytes],
  ])('%s of %j', async (decoding, stored, expected) => {
    const value = unwrap(await decoded(decoding, stored)).data.get('a');
    expect(Buffer.from(value?.reveal() ?? []).equals(expected)).toBe(true);
  });

  test.each([
    ['Base64', `${canary} has spaces`],
    ['Base64', 'AP_-QQ'],
    ['Base64', 'QUJDR'],
    ['Base64', 'QQ=Q'],
    ['Base64', 'QQ==='],
    ['Base64', Buffer.from([255, 254])],
    ['Base64URL', 'AP/+QQ=='],
  ])('%s of %j cannot be used, and is not quoted', async (decoding, stored) => {
    const refused = await decoded(decoding, stored);
    expect(refused).toMatchObject({ ok: false, fault: { kind: 'unusable', reason: 'ValueNotUsable' } });
    const message = refused.ok ? '' : refused.fault.message;
    expect(message).toMatch(/^spec\.data\[a\]: etl\/db is not Base64(URL)?: /);
    expect(message).not.toContain(canary);
  });
});

describe('keys of an extracted secret', () => {
  test.each(['a', 'A-b_c.9', '.dockerconfigjson', 'k'.repeat(253)])('may be %s', async key => {
    expect(
      Object.keys(texts(await material({ dataFrom: [extract('etl/db')] }, { 'etl/db': `{"${key}":"1"}` }))),
    ).toEqual([key]);
  });

  test.each([
    ['', '""'],
    ['.', '"."'],
    ['..', '".."'],
    ['..a', '"..a"'],
    ['a b', '"a b"'],
    ['a/b', '"a/b"'],
    ['ü', '"ü"'],
    ['\\u202ea', '"?a"'],
    ['k'.repeat(254), `"${'k'.repeat(80)}…"`],
  ])('may not be "%s", and the message says which one it is, but no value', async (key, shown) => {
    const refused = await material(
      { dataFrom: [extract('etl/db')] },
      { 'etl/db': `{"good":"1","${key}":"${canary}"}` },
    );
    expect(refused).toMatchObject({
      ok: false,
      fault: {
        kind: 'unusable',
        message: `spec.dataFrom[0]: etl/db has the property ${shown}, which cannot be a key of a Secret (letters, digits, "-", "_" and "." only, at most 253): name the wanted properties one by one in spec.data`,
      },
    });
    expect(JSON.stringify(refused)).not.toContain(canary);
  });
});

describe('a secret with bytes that JSON cannot hold', () => {
  const jks = Buffer.from([0, 255, 254]);
  const remote = {
    value: SecretValue.fromText(`{"user":"${canary}"}`),
    bytes: new Map([['jks', new SecretValue(jks)]]),
  };
  const found = (spec: Fields) => {
    const observed = new World(reference().spec({ data: [], ...spec })).observe();
    const answers = unwrap(observed.wanted).reads.map(read => ({ read, found: ok(remote), movedOn: false }));
    return valuesOf(answers, new FakeClock());
  };

  test('gives each of its properties, text and bytes', async () => {
    const data = unwrap(
      await found({ data: [entry('a', { property: 'user' }), entry('b', { property: 'jks' })] }),
    ).data;
    expect([data.get('a')?.revealText(), data.get('b')?.reveal()]).toEqual([canary, jks]);
  });

  test('gives all of them to extract', async () => {
    const { data } = unwrap(await found({ dataFrom: [extract('etl/db')] }));
    expect([...data].map(([name, { size }]) => [name, size])).toEqual([
      ['user', canary.length],
      ['jks', 3],
    ]);
  });

  test.each([
    [
      'as a whole',
      entry('a'),
      'etl/db holds bytes under jks, which JSON cannot hold: set property, or take all with extract',
    ],
    ['with a property that is in neither', entry('a', { property: 'nope' }), undefined],
  ])('is refused %s', async (_, wanted, message) => {
    const refused = await found({ data: [wanted] });
    if (message === undefined) expect(unwrap(refused).missing?.reason).toBe('PropertyNotFound');
    else
      expect(refused).toMatchObject({
        ok: false,
        fault: { reason: 'ValueNotUsable', message: `spec.data[a]: ${message}` },
      });
  });
});

describe('one entry that cannot be used', () => {
  test.each([
    ['a property of what is no JSON', entry('b', { key: 'etl/plain', property: 'x' })],
    ['base64 that is none', entry('b', { key: 'etl/plain' }, { decoding: 'Base64' })],
  ])('fails the whole: %s', async (_, bad) => {
    const found = await material({ data: [entry('a'), bad] }, { 'etl/db': db, 'etl/plain': `${canary} plain!` });
    expect(found).toMatchObject({ ok: false, fault: { kind: 'unusable' } });
    expect(JSON.stringify(found)).not.toContain(canary);
  });

  test('fails the whole also when others are absent: not knowing is not the same as not there', async () => {
    const found = await material(
      { data: [entry('a'), entry('b', { key: 'etl/plain', property: 'x' })] },
      { 'etl/plain': 'no' },
    );
    expect(found).toMatchObject({ ok: false, fault: { kind: 'unusable' } });
  });
});

test('bytes that are no text arrive as they are', async () => {
  const bytes = Buffer.from([0, 1, 255]);
  const value = unwrap(await material({ data: [entry('a')] }, { 'etl/db': bytes })).data.get('a');
  expect(Buffer.from(value?.reveal() ?? []).equals(bytes)).toBe(true);
});

test('where an entry is from is said as the spec says it', async () => {
  const { wanted } = new World(reference().spec({ dataFrom: [extract('a')], data: [entry('B')] })).observe();
  expect(entriesOf(unwrap(wanted).spec).map(({ where }) => where)).toEqual(['spec.dataFrom[0]', 'spec.data[B]']);
});
