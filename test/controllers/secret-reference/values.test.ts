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
  const world = new World(reference().spec({ data: [], ...spec }));
  const answers = unwrap(world.observe().wanted).reads.map((read): Answer => {
    const value = stored[read.key];
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    const found =
      bytes === undefined
        ? failed({ kind: 'absent', reason: 'KeyNotFound', message: `no ${read.key}` } as const)
        : ok({ value: new SecretValue(bytes), version: '1' });
    return { read, found, movedOn: false };
  });
  return valuesOf(answers, new FakeClock(), world.turn());
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

test('one large secret under many keys is no reason to hold it many times', async () => {
  const large = `{"a":"${'x'.repeat(1_000_000)}"}`;
  const asked = (keys: number, more: Fields = {}) =>
    material({ data: Array.from({ length: keys }, (_, index) => entry(`key-${index}`, more)) }, { 'etl/db': large });
  for (const more of [{}, { property: 'a' }]) {
    expect((await asked(2, more)).ok).toBe(true);
    expect(await asked(256, more)).toMatchObject({ ok: false, fault: { reason: 'TargetTooLarge' } });
  }
});

describe('precedence', () => {
  test('a key that is named by itself wins over extracted ones', async () => {
    const spec = { dataFrom: [extract('etl/db')], data: [entry('user', { key: 'etl/other' })] };
    expect(texts(await material(spec, { 'etl/db': db, 'etl/other': `${canary}-named` }))).toMatchObject({
      user: `${canary}-named`,
      port: '5432',
    });
  });

  const twice = { 'etl/a': '{"x":"1","y":"1"}', 'etl/b': `{"x":"${canary}"}` };
  const both = (...onConflict: readonly (string | undefined)[]) =>
    material(
      {
        dataFrom: ['etl/a', 'etl/b'].map((key, at) => ({
          ...extract(key),
          ...(onConflict[at] && { onConflict: onConflict[at] }),
        })),
      },
      twice,
    );

  test.each<[string, readonly (string | undefined)[], string]>([
    ['the later replaces it', [undefined, 'Last'], canary],
    ['the earlier stays', [undefined, 'First'], '1'],
    ['the later decides, whatever the earlier says', ['Last', 'First'], '1'],
  ])('where two entries give one key, %s', async (_, onConflict, x) => {
    expect(texts(await both(...onConflict))).toEqual({ x, y: '1' });
  });

  test.each<[string, readonly (string | undefined)[]]>([
    ['Error', [undefined, 'Error']],
    ['nothing', []],
    ['only of the earlier', ['Last']],
  ])('two entries that give one key are refused with onConflict %s: both are named, and no value', async (_, set) => {
    const refused = await both(...set);
    expect(refused).toMatchObject({
      ok: false,
      fault: {
        kind: 'unusable',
        message:
          'spec.dataFrom[0]: property "x" of etl/a and spec.dataFrom[1]: property "x" of etl/b both give the key "x": set onConflict of spec.dataFrom[1] to First or Last, or take one of them out',
      },
    });
    expect(JSON.stringify(refused)).not.toContain(canary);
  });

  test('an entry that is gone is in conflict with nobody', async () => {
    const spec = { dataFrom: [extract('etl/a'), { ...extract('etl/gone'), optional: true }, extract('etl/db')] };
    expect(Object.keys(texts(await material(spec, { ...twice, 'etl/db': db })))).toEqual([
      'x',
      'y',
      'user',
      'port',
      'tls',
    ]);
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

  test.each<[string, Fields, Stored]>([
    ['the remote key', {}, {}],
    ['the property', { property: 'nope' }, { 'etl/db': db }],
    ['the property of a nested object', { property: 'tls.nope' }, { 'etl/db': db }],
  ])('the default is used as it is when %s is gone, and nothing is missing then', async (_, remoteRef, stored) => {
    const more = { default: 'bm9uZQ==', decoding: 'Base64' };
    const found = await material({ data: [entry('a', remoteRef, more)] }, stored);
    expect(texts(found)).toEqual({ a: 'bm9uZQ==' });
    expect(unwrap(found)).toMatchObject({ missing: undefined, allGone: false });
  });

  test.each<[string, Fields]>([
    ['a value that is there', { 'etl/db': 'there' }],
    ['an empty value', { 'etl/db': '' }],
  ])('the default does not replace %s', async (_, stored) => {
    const found = await material({ data: [entry('a', {}, { default: 'none' })] }, { 'etl/db': `${stored['etl/db']}` });
    expect(texts(found)).toEqual({ a: stored['etl/db'] });
  });

  test.each<[string, Fields, string]>([
    ['a value that cannot be used', { decoding: 'Base64' }, `${canary} plain!`],
    ['a document that cannot be read', { remoteRef: { key: 'etl/db', property: 'x' } }, canary],
  ])('the default does not hide %s', async (_, fields, stored) => {
    const found = await material({ data: [entry('a', {}, { default: 'none', ...fields })] }, { 'etl/db': stored });
    expect(found).toMatchObject({ ok: false, fault: { reason: 'ValueNotUsable' } });
  });

  test('a key with a default that is gone keeps no Secret from going when all others are gone', async () => {
    const data = [entry('a', {}, { default: 'none' }), other];
    expect(unwrap(await material({ data }, {}))).toMatchObject({ allGone: true });
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
    ['Auto', bytes.toString('base64'), bytes],
    // What reads as base64 by accident is decoded, too: the docs say so.
    ['Auto', 'password', Buffer.from('password', 'base64')],
    ...[
      '',
      'AP/+QQ',
      'AP_-QQ==',
      'AP/+\nQQ==',
      'AP/+QQ==\n',
      'QQ=Q',
      'QR==',
      'pass word',
      '5432',
      'true',
      '{"a":1}',
    ].map((text): [string, string, Buffer] => ['Auto', text, Buffer.from(text)]),
    ['Auto', bytes, bytes],
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

describe('decoding of all that is extracted', () => {
  const stored = { 'etl/db': '{"cert":"QUJD","port":5432,"on":true,"name":"a b"}' };
  const decoded = (decoding: string) => material({ dataFrom: [{ ...extract('etl/db'), decoding }] }, stored);

  test('Auto decodes what is base64, and leaves all else', async () => {
    expect(texts(await decoded('Auto'))).toEqual({ cert: 'ABC', port: '5432', on: 'true', name: 'a b' });
  });

  test('Base64 takes nothing else, and names the property that is none', async () => {
    expect(await decoded('Base64')).toMatchObject({
      ok: false,
      fault: {
        reason: 'ValueNotUsable',
        message: 'spec.dataFrom[0]: property "name" of etl/db is not Base64: store it so, or change decoding',
      },
    });
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
        message: `spec.dataFrom[0]: etl/db has the property ${shown}, which cannot be a key of a Secret (letters, digits, "-", "_" and "." only, at most 253): rewrite it, set invalidKeys: Replace, or name the wanted properties one by one in spec.data`,
      },
    });
    expect(JSON.stringify(refused)).not.toContain(canary);
  });
});

describe('keys that are rewritten', () => {
  const rewritten = async (rewrite: readonly Fields[], names: readonly string[], more: Fields = {}) => {
    const stored = JSON.stringify(Object.fromEntries(names.map(name => [name, `of ${name}`])));
    return material({ dataFrom: [{ ...extract('etl/db'), rewrite, ...more }] }, { 'etl/db': stored });
  };

  test.each<[string, readonly Fields[], Fields]>([
    ['by a prefix', [{ prefix: 'DB_' }], { 'DB_etl-user': 'etl-user', DB_host: 'host' }],
    ['without a prefix, where there is one', [{ stripPrefix: 'etl-' }], { user: 'etl-user', host: 'host' }],
    ['to upper case', [{ case: 'Upper' }], { 'ETL-USER': 'etl-user', HOST: 'host' }],
    ['to lower case', [{ case: 'Upper' }, { case: 'Lower' }], { 'etl-user': 'etl-user', host: 'host' }],
    ['by RE2', [{ regexp: { match: '-(.)', replace: '_$1$1' } }], { etl_uuser: 'etl-user', host: 'host' }],
    ['by CEL', [{ cel: "key == 'host' ? 'H' : key.upperAscii()" }], { 'ETL-USER': 'etl-user', H: 'host' }],
    [
      'by one rule after the other',
      [{ stripPrefix: 'etl-' }, { case: 'Upper' }, { prefix: 'DB_' }, { regexp: { match: '^DB_H', replace: 'h' } }],
      { DB_USER: 'etl-user', hOST: 'host' },
    ],
  ])('%s', async (_, rewrite, expected) => {
    const found = texts(await rewritten(rewrite, ['etl-user', 'host']));
    expect(found).toEqual(Object.fromEntries(Object.entries(expected).map(([key, name]) => [key, `of ${name}`])));
  });

  test.each<[string, readonly Fields[], string]>([
    [
      'an expression that RE2 does not take',
      [{ case: 'Upper' }, { regexp: { match: '(', replace: '' } }],
      'rewrite[1].regexp',
    ],
    ['a group that there is not', [{ regexp: { match: 'a', replace: '$1' } }], 'rewrite[0].regexp'],
    ['an expression that is no CEL', [{ cel: 'key +' }], 'rewrite[0].cel'],
    ['an expression that asks for a value', [{ cel: 'data[key]' }], 'rewrite[0].cel'],
    ['an expression that gives no text', [{ cel: 'size(key)' }], 'rewrite[0].cel'],
  ])('are refused by %s, and the message says where it is', async (_, rewrite, where) => {
    const refused = await rewritten(rewrite, [`a-${canary}`]);
    expect(refused).toMatchObject({ ok: false, fault: { kind: 'invalid', reason: 'InvalidSpec' } });
    expect(refused.ok ? '' : refused.fault.message).toMatch(`spec.dataFrom[0].${where} cannot be used: `);
    expect(JSON.stringify(refused)).not.toContain('of a');
  });

  test('more of them than are computed in one go are all rewritten', async () => {
    const names = Array.from({ length: 1201 }, (_, index) => `k${index}`);
    const found = unwrap(await rewritten([{ cel: "'p_' + key" }], names));
    expect([...found.data.keys()]).toEqual(names.map(name => `p_${name}`));
  });

  test('two that become one are in conflict, and both are named', async () => {
    expect(await rewritten([{ case: 'Lower' }], ['a', 'A'])).toMatchObject({
      ok: false,
      fault: {
        message:
          'spec.dataFrom[0]: property "a" of etl/db and spec.dataFrom[0]: property "A" of etl/db both give the key "a": set onConflict of spec.dataFrom[0] to First or Last, or take one of them out',
      },
    });
  });

  test.each([
    ['First', 'of a'],
    ['Last', 'of A'],
  ])('two that become one are decided by onConflict %s', async (onConflict, value) => {
    expect(texts(await rewritten([{ case: 'Lower' }], ['a', 'A'], { onConflict }))).toEqual({ a: value });
  });

  test('what is no key afterwards is named as it was and as it is', async () => {
    expect(await rewritten([{ prefix: 'a/' }], ['user'])).toMatchObject({
      ok: false,
      fault: {
        message:
          'spec.dataFrom[0]: etl/db has the property "user", which is rewritten to "a/user" and cannot be a key of a Secret (letters, digits, "-", "_" and "." only, at most 253): rewrite it, set invalidKeys: Replace, or name the wanted properties one by one in spec.data',
      },
    });
  });

  test.each([
    ['a b/ü', 'a_b__'],
    ['..a', '_a'],
    ['.', '_'],
    ['', '_'],
  ])('with invalidKeys: Replace "%s" is "%s"', async (name, key) => {
    expect(Object.keys(texts(await rewritten([], [name], { invalidKeys: 'Replace' })))).toEqual([key]);
  });

  test('with invalidKeys: Replace one that is too long is refused all the same', async () => {
    const refused = await rewritten([], ['k'.repeat(254)], { invalidKeys: 'Replace' });
    expect(refused).toMatchObject({ ok: false, fault: { reason: 'ValueNotUsable' } });
  });
});

describe('a secret with bytes that JSON cannot hold', () => {
  const jks = Buffer.from([0, 255, 254]);
  const remote = {
    value: SecretValue.fromText(`{"user":"${canary}"}`),
    bytes: new Map([['jks', new SecretValue(jks)]]),
  };
  const found = (spec: Fields) => {
    const world = new World(reference().spec({ data: [], ...spec }));
    const answers = unwrap(world.observe().wanted).reads.map(read => ({ read, found: ok(remote), movedOn: false }));
    return valuesOf(answers, new FakeClock(), world.turn());
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
