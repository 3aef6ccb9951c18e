import { describe, expect, test } from '@jest/globals';
import { andThen, collect, failed, flatMap, mapOk, ok, type Result } from '../../src/core/result.ts';

const good: Result<number, string> = ok(1);
const bad: Result<number, string> = failed('no');
const never = (): never => {
  throw new Error('must not be called');
};

describe('a good result', () => {
  test('goes through every step', async () => {
    expect(mapOk(good, value => value + 1)).toEqual(ok(2));
    expect(flatMap(good, value => ok(value + 1))).toEqual(ok(2));
    expect(await andThen(good, async value => ok(value + 1))).toEqual(ok(2));
  });

  test('ends with the first step that fails', async () => {
    expect(flatMap(good, () => bad)).toBe(bad);
    expect(await andThen(good, async () => bad)).toBe(bad);
  });
});

test('a failure passes every step by, as it is', async () => {
  expect(mapOk(bad, never)).toBe(bad);
  expect(flatMap(bad, never)).toBe(bad);
  expect(await andThen(bad, never)).toBe(bad);
});

describe('collecting', () => {
  test('gives all values in their order', () => {
    expect(collect([ok(1), ok(2)])).toEqual(ok([1, 2]));
    expect(collect([])).toEqual(ok([]));
  });

  test('gives the first fault of the list', () => {
    expect(collect([ok(1), failed('first'), failed('second')])).toEqual(failed('first'));
  });
});
