import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { selectProperty } from '../../../src/providers/property.ts';
import type { Answer } from '../../servers/answers.ts';
import { json } from '../../servers/answers.ts';
import type { Rig } from './rig.ts';
import { canary, startRig, told, versioned } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

describe('a value arrives as the store wrote it', () => {
  test.each([['12345678901234567890'], ['1.0'], ['{ "b" : [1.50,\n2] }'], ['-0.0e+10']])('%s', async source => {
    const answer = await rig.read({ 'secret/data/etl/x': versioned(`{"n":${source},"s":"a\\r\\n${canary}"}`) });
    if (!answer.ok) throw new Error(told(answer));
    expect(answer.value.version).toBe('7');
    const selected = selectProperty(answer.value.value, 'n', 'etl/x');
    expect(selected.ok && selected.value.revealText()).toBe(source);
    expect(answer.value.value.revealText()).toBe(`{"n":${source},"s":"a\\r\\n${canary}"}`);
  });

  test('4,000 keys, and __proto__ among them', async () => {
    const pairs = Array.from({ length: 4000 }, (_, i) => `"k${i}":"v${i}"`).join();
    const answer = await rig.read({ 'secret/data/etl/x': versioned(`{"__proto__":"p",${pairs}}`) });
    if (!answer.ok) throw new Error(told(answer));
    const selected = selectProperty(answer.value.value, '__proto__', 'etl/x');
    expect(selected.ok && selected.value.revealText()).toBe('p');
  });
});

describe('an answer that cannot be used', () => {
  const twice = `{"a":"${canary}","a":2}`;
  const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
  test.each<[string, Answer, RegExp]>([
    ['a duplicate key', versioned(twice), /^ValueNotUsable: etl\/x has the same JSON key twice/],
    ['nesting without end', versioned(deep), /^ValueNotUsable: etl\/x is nested too deeply/],
    ['a body over the cap', versioned(`{"a":"${'x'.repeat(5_000_000)}"}`), /^ValueNotUsable: .* more than may be read/],
    ['JSON of something else', json({ status: canary }), /^ProviderUnavailable: .*proxy or login page/],
    ['a list', json([canary]), /^ProviderUnavailable/],
    ['bytes that are no text', { kind: 'reply', body: Uint8Array.from([255, 254]) }, /^ProviderUnavailable/],
  ])('%s', async (_, answer, expected) => {
    expect(told(await rig.read({ 'secret/data/etl/x': answer }))).toMatch(expected);
  });
});
