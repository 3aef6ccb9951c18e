import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { selectProperty } from '../../../src/controllers/secret-reference/reads/property.ts';
import type { Answer } from '../../servers/answers.ts';
import { json } from '../../servers/answers.ts';
import type { Rig } from './rig.ts';
import { canary, faultText, startRig, versioned } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

describe('a value arrives as the store wrote it', () => {
  test.each([['12345678901234567890'], ['1.0'], ['{ "b" : [1.50,\n2] }'], ['-0.0e+10']])('%s', async source => {
    const answer = await rig.read({ 'secret/data/etl/x': versioned(`{"n":${source},"s":"a\\r\\n${canary}"}`) });
    if (!answer.ok) throw new Error(faultText(answer));
    expect(answer.value.version).toBe('7');
    const selected = selectProperty(answer.value.value, 'n', 'etl/x');
    expect(selected.ok && selected.value.revealText()).toBe(source);
    expect(answer.value.value.revealText()).toBe(`{"n":${source},"s":"a\\r\\n${canary}"}`);
  });

  test('4,000 keys, and __proto__ among them', async () => {
    const pairs = Array.from({ length: 4000 }, (_, i) => `"k${i}":"v${i}"`).join();
    const answer = await rig.read({ 'secret/data/etl/x': versioned(`{"__proto__":"p",${pairs}}`) });
    if (!answer.ok) throw new Error(faultText(answer));
    const selected = selectProperty(answer.value.value, '__proto__', 'etl/x');
    expect(selected.ok && selected.value.revealText()).toBe('p');
  });
});

describe('what the encoder of the store makes of < > & and two line separators arrives as what was stored', () => {
  test.each<[what: string, sent: string, arrives: string]>([
    ['in a nested object', String.raw`{"u":"a\u003cb\u003e\u0026c"}`, '{"u":"a<b>&c"}'],
    ['in the name of a nested key', String.raw`{"\u003c":"\u2028\u2029"}`, '{"<":"\u2028\u2029"}'],
    ['but not a backslash and the letters', String.raw`{"u":"\\u003c"}`, String.raw`{"u":"\\u003c"}`],
    ['after a backslash that was stored', String.raw`{"u":"\\\u003c"}`, String.raw`{"u":"\\<"}`],
    ['with other escapes as they are', String.raw`{"u":"\u0041\n\"\u003C"}`, String.raw`{"u":"\u0041\n\"\u003C"}`],
    [
      'with numbers, order and blanks',
      String.raw`{ "z" : 1.50,\t"a":"\u0026" }`.replace('\\t', '\t'),
      '{ "z" : 1.50,\t"a":"&" }',
    ],
  ])('%s', async (_, sent, arrives) => {
    const answer = await rig.read({ 'secret/data/etl/x': versioned(`{"n":${sent}}`) });
    if (!answer.ok) throw new Error(faultText(answer));
    const selected = selectProperty(answer.value.value, 'n', 'etl/x');
    expect(selected.ok && selected.value.revealText()).toBe(arrives);
    expect(answer.value.value.revealText()).toBe(`{"n":${arrives}}`);
  });

  test.each([
    ['backslashes', '\\\\'.repeat(500_000)],
    ['such escapes', '\\u003c'.repeat(170_000)],
    ['backslashes before each', `${'\\\\'.repeat(500)}\\u003c`.repeat(1000)],
  ])('a megabyte of %s is read within a moment', async (_, text) => {
    const before = performance.now();
    expect((await rig.read({ 'secret/data/etl/x': versioned(`{"n":{"u":"${text}"}}`) })).ok).toBe(true);
    expect(performance.now() - before).toBeLessThan(20_000); // the bound tells linear from quadratic
  });
});

describe('an answer that cannot be used', () => {
  const twice = `{"a":"${canary}","a":2}`;
  const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
  test.each<[string, Answer, RegExp]>([
    ['a duplicate key', versioned(twice), /^ValueNotUsable: etl\/x has the same JSON key twice/],
    ['nesting without end', versioned(deep), /^ValueNotUsable: etl\/x is JSON of more than 64 levels/],
    ['a body over the cap', versioned(`{"a":"${'x'.repeat(5_000_000)}"}`), /^ValueNotUsable: .* more than may be read/],
    [
      'null that was written',
      versioned('null', 3),
      /^ValueNotUsable: version 3 of etl\/x at Vault at .* was written with null for its data: write key-value pairs$/,
    ],
    ['data that is no pairs', versioned('"x"'), /^ValueNotUsable: .* holds no pairs/],
    ['no data at all', json({ data: { metadata: { version: 1 } } }), /^ProviderUnavailable/],
    ['JSON of something else', json({ status: canary }), /^ProviderUnavailable: .*proxy or login page/],
    ['a list', json([canary]), /^ProviderUnavailable/],
    ['bytes that are no text', { kind: 'reply', body: Uint8Array.from([255, 254]) }, /^ProviderUnavailable/],
  ])('%s', async (_, answer, expected) => {
    expect(faultText(await rig.read({ 'secret/data/etl/x': answer }))).toMatch(expected);
  });
});

describe('when the version was made', () => {
  const made = async (metadata: object) => {
    const body = JSON.stringify({ data: { data: { a: canary }, metadata: { version: 7, ...metadata } } });
    const answer = await rig.read({ 'secret/data/etl/x': { kind: 'reply', body } });
    return answer.ok ? answer.value.madeAt : faultText(answer);
  };
  const created_time = '2026-01-31T00:00:00.5Z';

  test.each<[string, object, number | undefined]>([
    ['is its created_time', { created_time }, Date.UTC(2026, 0, 31, 0, 0, 0, 500)],
    [
      'is earlier, when the key’s own metadata says so',
      { created_time, custom_metadata: { 'shearline.dev/rotated-at': '2025-12-01' } },
      Date.UTC(2025, 11, 1),
    ],
    ['is not said by other metadata', { custom_metadata: { rotated: '2025-12-01' } }, undefined],
    ['is not said without any', { custom_metadata: null, created_time: 7 }, undefined],
  ])('%s', async (_what, metadata, expected) => {
    expect(await made(metadata)).toBe(expected);
  });
});
