import { expect, test } from '@jest/globals';
import { timestamp } from '../../src/core/clock.ts';

test('a timestamp has whole seconds, rounded down, whatever was asked for before', () => {
  const second = Date.UTC(2026, 10, 30, 10, 0, 7);
  const asked = [second, second + 999, second + 1000, second - 1, second, 0, -1];
  expect(asked.map(timestamp)).toEqual([
    '2026-11-30T10:00:07Z',
    '2026-11-30T10:00:07Z',
    '2026-11-30T10:00:08Z',
    '2026-11-30T10:00:06Z',
    '2026-11-30T10:00:07Z',
    '1970-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
  ]);
});
