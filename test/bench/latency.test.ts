import { expect, test } from '@jest/globals';
import { latencyOf } from './latency.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => count - index);

test.each([
  [upTo(100), { p50: 50, p90: 90, p99: 99, worst: 100 }],
  [upTo(1000), { p50: 500, p90: 900, p99: 990, worst: 1000 }],
  [[7], { p50: 7, p90: 7, p99: 7, worst: 7 }],
  [[], undefined],
])('never tells a percentile that is better than its share of the samples', (samples, told) => {
  expect(latencyOf(samples)).toEqual(told);
});
