import { expect, test } from '@jest/globals';
import { madeAt } from '../../src/providers/kit/made-at.ts';

const day = Date.UTC(2026, 0, 31);

test.each([
  ['a time of Vault', '2026-01-31T00:00:00.123456789Z', undefined, day + 123],
  ['a time with a zone', '2026-01-31T02:00:00+02:00', undefined, day],
  ['a Date of an SDK', new Date(day), undefined, day],
  ['a note that is a date', undefined, '2026-01-31', day],
  ['a note that makes it older', '2026-03-01T00:00:00Z', '2026-01-31', day],
  ['a note that would make it younger', '2026-01-31T00:00:00Z', '2999-01-01', day],
  ['a note that is no time', '2026-01-31T00:00:00Z', 'last week', day],
  ['a note that is a year', '2026-01-31T00:00:00Z', '2020', day],
])('%s', (_what, own, note, expected) => {
  expect(madeAt(own, note)).toEqual({ madeAt: expected });
});

test.each([
  ['nothing', undefined, undefined],
  ['the year 1 of Go', '0001-01-01T00:00:00Z', undefined],
  ['the year 10000', '+010000-01-01T00:00:00Z', undefined],
  ['a time without its zone', '2026-01-31T00:00:00', undefined],
  ['a month that there is not', '2026-13-01', undefined],
  ['an empty text', '', ''],
  ['a Date that is none', new Date(Number.NaN), undefined],
])('%s says nothing', (_what, own, note) => {
  expect(madeAt(own, note)).toEqual({});
});
