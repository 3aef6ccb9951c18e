import { expect, test } from '@jest/globals';
import { parseDuration, parseLongDuration } from '../../src/core/duration.ts';

test.each([
  ['0s', 0],
  ['0h0m0s', 0],
  ['10s', 10_000],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['1h30m', 5_400_000],
  ['1h30m5s', 5_405_000],
  ['99999h', 99_999 * 3_600_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  ' ',
  '1',
  's',
  '1d',
  '1.5h',
  '-1h',
  '+1h',
  '1s1h',
  '1h1h',
  '1 h',
  '1H',
  '100000h',
  '1h\n',
  'PT1H',
  '1ms',
])('"%s" is no duration', text => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  ['30d', 30 * 24 * 3_600_000],
  ['1d', 86_400_000],
  ['720h', 30 * 24 * 3_600_000],
  ['90s', 90_000],
])('%s of what is counted in weeks is %d ms', (text, ms) => {
  expect(parseLongDuration(text)).toBe(ms);
});

test.each(['0d', '1d1h', '1.5d', '-1d', 'd', '1D', '30d\n', '10000d', '1w', ''])('"%s" is no number of days', text => {
  expect(parseLongDuration(text)).toBeUndefined();
});
