import { expect, test } from '@jest/globals';
import { parseRetryAfter } from '../../src/net/retry-after.ts';

const clock = { wall: () => Date.parse('2026-01-01T00:00:00Z') };

test.each<[string | string[] | undefined, number | undefined]>([
  ['0', 0],
  ['7', 7000],
  [' 7 ', 7000],
  ['9999999999', 3_600_000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['Fri, 01 Jan 2027 00:00:00 GMT', 3_600_000],
  ['Thu, 99 Jan 2026 00:00:30 GMT', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['', undefined],
  [['1', '2'], undefined],
  [undefined, undefined],
])('Retry-After %j is %j ms', (header, expected) => expect(parseRetryAfter(header, clock, 3_600_000)).toBe(expected));
