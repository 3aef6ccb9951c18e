import { describe, expect, test } from '@jest/globals';
import { SlowStart } from '../../src/remote/slow-start.ts';

/** Of an identity that made five calls a second before. */
function steady() {
  const time = { now: 0, steady: () => time.now, wall: () => time.now };
  return { time, pace: new SlowStart(time) };
}

/** Calls in the first second after it is back, with so many that wait. */
function inFirstSecond({ time, pace }: ReturnType<typeof steady>, waiting: number): number {
  const end = time.now + 1000;
  let calls = 0;
  for (; time.now < end; time.now += Math.max(pace.waitMs('low'), 1)) {
    if (pace.waitMs('low') > 0) continue;
    pace.granted(waiting - calls);
    calls += 1;
  }
  return calls;
}

describe('after an outage the first second sees', () => {
  test.each<[string, readonly number[], readonly [least: number, most: number]]>([
    ['less than twice the calls from before', [30_000], [5, 10]],
    ['as many calls as wait, if it was short', [1000], [50, 70]],
    ['no more of them if it is gone again for a second', [30_000, 1000], [5, 10]],
    ['nor if it is gone again and again', [30_000, 1000, 1000, 1000], [5, 10]],
  ])('%s', (_, outages, [least, most]) => {
    const { time, pace } = steady();
    for (const awayMs of outages) {
      pace.hold();
      time.now += awayMs;
      pace.recover(awayMs);
    }
    const calls = inFirstSecond({ time, pace }, 50);
    expect(calls).toBeGreaterThanOrEqual(least);
    expect(calls).toBeLessThanOrEqual(most);
  });
});

test('rotations, as many as a second has, go at once, and what is less urgent comes behind them', () => {
  const { time, pace } = steady();
  pace.hold();
  time.now += 30_000;
  pace.recover(30_000);
  let rotations = 0;
  for (; pace.waitMs('high') === 0; rotations += 1) pace.granted(50);
  expect(rotations).toBeGreaterThanOrEqual(5);
  expect(rotations).toBeLessThanOrEqual(7);
  expect(pace.waitMs('low')).toBeGreaterThanOrEqual(1000);
});
