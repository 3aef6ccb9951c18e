import { describe, expect, test } from '@jest/globals';
import { selectProperty } from '../../src/controllers/secret-reference/reads/property.ts';
import { canary } from '../canary.ts';
import type { Stage } from './stage.ts';

/** A value arrives exactly as it was stored. */
export function values(stage: Stage): void {
  describe('a value arrives exactly', () => {
    test.each([
      ['utf-8', `${canary} grüße 😀 \u2028`],
      ['lines, CRLF and a trailing newline', `${canary}\r\nb\n\nc\n`],
      ['blanks at both ends', `  ${canary}\t `],
      ['what looks like JSON', '{"a":1.0,"b":12345678901234567890}'],
      ['what looks like a template', '{{ x }} $(y) %s'],
      ['base64', Buffer.from([0, 255, 1]).toString('base64')],
    ])('%s', async (_, value) => {
      const key = stage.newKey('exact');
      await stage.put(key, value);
      expect(stage.text(await stage.visit().read(key))).toBe(value);
    });

    if (stage.has('binary values'))
      test('bytes that are no text', async () => {
        const key = stage.newKey('bytes');
        const bytes = [0, 255, 254, 10, 13];
        await stage.harness.put(key, Uint8Array.from(bytes));
        expect(bytesOf(await stage.visit().read(key))).toEqual(Buffer.from(bytes));
      });

    if (stage.has('empty values'))
      test('nothing at all', async () => {
        const key = stage.newKey('nothing');
        await stage.put(key, '');
        expect(stage.text(await stage.visit().read(key))).toBe('');
      });

    test('the largest that the store has', async () => {
      const { takes } = stage.harness;
      const frame = takes.onlyJson ? JSON.stringify({ value: '' }).length : 0;
      const value = canary.padEnd(takes.bytes - frame, 'x');
      const key = stage.newKey('largest');
      await stage.put(key, value);
      expect(stage.text(await stage.visit().read(key)) === value).toBe(true); // a difference would print a megabyte
    });
  });

  test('properties of JSON are found by name, dotted names before paths', async () => {
    const { harness } = stage;
    const flat = { plain: 'one', 'dotted.name': 'two', 'with-dash_and.more': 'three' };
    const nested = harness.takes.onlyJson ? {} : { a: { b: ['x', { c: 'deep' }] }, n: 1.5, 'ü /': 'odd', none: null };
    const key = stage.newKey('properties');
    await harness.put(key, JSON.stringify({ ...flat, ...nested }));
    const answer = await stage.visit().read(key);
    const found: Readonly<Record<string, string>> = { 'a.b.1.c': 'deep', n: '1.5', 'ü /': 'odd' };
    // null is as if it were not there.
    const missing = { none: 'absent/PropertyNotFound', 'none.b': 'absent/PropertyNotFound' };
    const expected = { ...flat, ...missing, ...(harness.takes.onlyJson ? {} : found) };
    const properties = Object.keys(expected).map(name => [name, propertyOf(answer, name)]);
    expect(Object.fromEntries(properties)).toEqual(expected);
  });

  type Answer = Awaited<ReturnType<ReturnType<Stage['visit']>['read']>>;

  const bytesOf = (answer: Answer) => (answer.ok ? Buffer.from(answer.value.value.reveal()) : stage.faultText(answer));

  function propertyOf(answer: Answer, name: string): string | undefined {
    if (!answer.ok) return stage.faultText(answer);
    const selected = selectProperty(answer.value.value, name, 'key');
    return selected.ok ? selected.value.revealText() : stage.faultText(selected);
  }
}
