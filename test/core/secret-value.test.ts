import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { SecretValue } from '../../src/core/secret-value.ts';
import { canary } from '../canary.ts';

const secret = SecretValue.fromText(`${canary} ü`);

describe('a secret is not shown', () => {
  test.each<[string, (value: SecretValue) => string]>([
    ['in a template', value => `${value}`],
    ['by String', value => String(value)],
    ['joined with text', value => `a${[value].join()}`],
    ['as JSON', value => JSON.stringify({ value })],
    ['by inspect', value => inspect(value)],
    ['by inspect with hidden fields', value => inspect({ value }, { showHidden: true, depth: 9 })],
    ['by its own keys', value => JSON.stringify([Object.keys(value), Object.entries(value)])],
    ['as a copy', value => JSON.stringify({ ...value })],
    ['in an error', value => inspect(new Error(`failed with ${value}`))],
  ])('%s', (_, show) => {
    expect(show(secret)).not.toContain(canary);
  });
});

test('two secrets are equal by their bytes', () => {
  expect(secret.equals(SecretValue.fromText(`${canary} ü`))).toBe(true);
  for (const other of [undefined, SecretValue.fromText(canary), SecretValue.fromText('')])
    expect(secret.equals(other)).toBe(false);
});

describe('a secret is what it was', () => {
  test('as text', () => {
    expect(secret.revealText()).toBe(`${canary} ü`);
    expect(secret.size).toBe(Buffer.byteLength(`${canary} ü`));
  });

  test.each([
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x41]],
    ['line ends of both kinds', [0x0d, 0x0a, 0x0a]],
    ['zero bytes', [0, 0]],
    ['nothing', []],
  ])('with %s', (_, bytes) => {
    const value = new SecretValue(Uint8Array.from(bytes));
    expect([...value.reveal()]).toEqual(bytes);
    expect([...Buffer.from(value.revealText() ?? 'none')]).toEqual(bytes);
  });

  test.each([[[0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]]])('and no text when its bytes are none: %j', bytes => {
    expect(new SecretValue(Uint8Array.from(bytes)).revealText()).toBeUndefined();
  });
});
