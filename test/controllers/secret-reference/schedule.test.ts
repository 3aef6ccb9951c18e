import { describe, expect, test } from '@jest/globals';
import type { Schedule } from '../../../src/controllers/secret-reference/nouns/observed.ts';
import { dueAt, scheduleFor } from '../../../src/controllers/secret-reference/schedule.ts';
import { hour, start } from '../builders.ts';

const minute = 60_000;
const now = start.steady;
const led = { startedAt: now };
/** Ticks at :10 of every hour. */
const hourly: Schedule = { interval: hour, phase: 10 * minute };
const at = (minutes: number): number => Math.floor(now / hour) * hour + minutes * minute;

describe('ticks', () => {
  test.each([
    ['before the tick', 5, 10],
    ['just before it', 9.99, 10],
    ['at the tick itself, which was answered by that check', 10, 70],
    ['after it', 11, 70],
    ['much later', 69, 70],
  ])('checked %s (minute %d), due at minute %d', (_, checked, due) => {
    expect(dueAt(hourly, at(checked), led)).toBe(at(due));
  });

  test('an interval of zero is never due, not even after a start', () => {
    const never = scheduleFor(0, 'any');
    expect(never).toEqual({ interval: 0, phase: 0 });
    expect(dueAt(never, undefined, led)).toBeUndefined();
    expect(dueAt(never, now, led)).toBeUndefined();
  });
});

describe('phases', () => {
  test('one source and namespace share a tick, so that reads are shared', () => {
    expect(scheduleFor(hour, 'uid/etl')).toEqual(scheduleFor(hour, 'uid/etl'));
  });

  test('groups are spread evenly over the interval', () => {
    const tenths = Array.from({ length: 1000 }, (_, index) =>
      Math.floor((scheduleFor(hour, `uid/team-${index}`).phase / hour) * 10),
    );
    const counts = Array.from({ length: 10 }, (_, tenth) => tenths.filter(each => each === tenth).length);
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(140);
  });

  test.each([10_000, minute, hour, 24 * hour])('stay within an interval of %d ms', interval => {
    for (const group of ['', 'a', 'uid/etl', 'ü'.repeat(300)]) {
      const { phase } = scheduleFor(interval, group);
      expect(phase).toBeGreaterThanOrEqual(0);
      expect(phase).toBeLessThan(interval);
    }
  });
});

describe('after a start, with nothing remembered', () => {
  test('what fell due while nobody led is due once, within ten minutes', () => {
    const daily: Schedule = { interval: 24 * hour, phase: 5 * hour + 7 * minute };
    const due = dueAt(daily, undefined, { startedAt: now, attendedUntil: now - 48 * hour });
    expect(due).toBe(now + 7 * minute);
  });

  test('what did not fall due meanwhile waits for its tick', () => {
    const startedAt = at(30);
    expect(dueAt(hourly, undefined, { startedAt, attendedUntil: at(29) })).toBe(at(70));
  });

  test('without a Lease nobody knows, so all are due, spread over the interval at most', () => {
    const often: Schedule = { interval: 30_000, phase: 29_000 };
    expect(dueAt(often, undefined, led)).toBe(now + 29_000);
    for (const group of ['a', 'b', 'c', 'd']) {
      const due = dueAt(scheduleFor(hour, group), undefined, led) ?? 0;
      expect(due).toBeGreaterThanOrEqual(now);
      expect(due).toBeLessThan(now + 10 * minute);
    }
  });

  test('the first check ends that, and its tick counts from there on', () => {
    const startup = { startedAt: at(30), attendedUntil: at(-200) };
    expect(dueAt(hourly, at(31), startup)).toBe(at(70));
  });
});
