import { describe, expect, test } from '@jest/globals';
import { windowAt } from '../../src/api/secret-reference/window.ts';
import { reference } from '../controllers/builders.ts';

const fault = (window: unknown, target: unknown = {}): string => {
  const { spec } = reference().spec({ rotation: { window }, target }).parsed;
  return spec.ok ? 'good' : `${spec.fault.reason}: ${spec.fault.message}`;
};

describe('a window that could never be kept is refused with the reference that asks for it', () => {
  const nightly = { schedule: '0 2 * * *', duration: '4h' };
  test.each<[string, unknown, string]>([
    ['every night', nightly, 'good'],
    ['in a time zone', { ...nightly, timeZone: 'Europe/Berlin' }, 'good'],
    ['a name of a day, a list and a step', { ...nightly, schedule: '0,30 */4 * JAN-MAR SAT' }, 'good'],
    ['the last day of the month', { ...nightly, schedule: '0 0 L * *' }, 'good'],
    ['the last Sunday of the month', { ...nightly, schedule: '0 4 * * SUN#L' }, 'good'],
    ['the 29th of February, which comes', { ...nightly, schedule: '0 0 29 2 *' }, 'good'],
    ['the shortest', { ...nightly, duration: '1m' }, 'good'],
    ['the longest', { ...nightly, duration: '168h' }, 'good'],
    ['the 30th of February', { ...nightly, schedule: '0 0 30 2 *' }, 'window.schedule: never comes'],
    ['the 31st of short months', { ...nightly, schedule: '0 0 31 4,6,9,11 *' }, 'window.schedule: never comes'],
    ['minute 61', { ...nightly, schedule: '61 * * * *' }, 'window.schedule: is no cron expression'],
    ['a step of nothing', { ...nightly, schedule: '*/0 * * * *' }, 'window.schedule: is no cron expression'],
    ['a range that ends before it begins', { ...nightly, schedule: '0 5-2 * * *' }, 'window.schedule: is no cron'],
    ['six parts', { ...nightly, schedule: '0 0 2 * * *' }, 'window.schedule: must have the five parts'],
    ['a nickname', { ...nightly, schedule: '@daily' }, 'window.schedule: must have the five parts'],
    ['the time of the start', { ...nightly, schedule: '? ? * * *' }, 'window.schedule: must have the five parts'],
    ['two spaces', { ...nightly, schedule: '0  2 * * *' }, 'window.schedule: must have the five parts'],
    ['a long text', { ...nightly, schedule: `${'1,'.repeat(70)}1 * * * *` }, 'window.schedule: must have at most'],
    ['a time zone of Mars', { ...nightly, timeZone: 'Mars/Phobos' }, 'window.timeZone: is no time zone'],
    ['no time zone', { ...nightly, timeZone: '' }, 'window.timeZone: must have at least'],
    ['no duration', { schedule: '0 2 * * *' }, 'window.duration: is required'],
    ['a second', { ...nightly, duration: '1s' }, 'window.duration: must be a duration'],
    ['more than a week', { ...nightly, duration: '169h' }, 'window.duration: must be a duration'],
    ['days', { ...nightly, duration: '1d' }, 'window.duration: must be a duration'],
  ])('%s', (_, window, expected) => {
    expect(fault(window)).toContain(expected === 'good' ? 'good' : `InvalidSpec: spec.rotation.${expected}`);
  });

  test('one in a Secret of somebody else', () => {
    expect(fault(nightly, { creationPolicy: 'Merge' })).toContain('rotation.window does not go with');
  });
});

/** `open`, or when it opens. */
const stateAt = (schedule: string, duration: string, timeZone: string, at: string): string => {
  const state = windowAt({ schedule, duration, timeZone }, Date.parse(at));
  return state.open ? 'open' : new Date(state.opensAt).toISOString().replace(':00.000Z', 'Z');
};

describe('when a window is open', () => {
  test.each<[string, string, string, string, string, string]>([
    ['at its first moment', '0 2 * * *', '4h', 'UTC', '2026-01-01T02:00:00.000Z', 'open'],
    ['a millisecond before', '0 2 * * *', '4h', 'UTC', '2026-01-01T01:59:59.999Z', '2026-01-01T02:00Z'],
    ['at its last moment', '0 2 * * *', '4h', 'UTC', '2026-01-01T05:59:59.999Z', 'open'],
    ['when it has ended', '0 2 * * *', '4h', 'UTC', '2026-01-01T06:00:00.000Z', '2026-01-02T02:00Z'],
    ['over midnight', '0 22 * * FRI', '4h', 'UTC', '2026-01-03T01:30:00.000Z', 'open'],
    ['longer than the time between two', '* * * * *', '1m', 'UTC', '2026-01-01T12:34:56.789Z', 'open'],
    ['on a leap day', '0 0 29 2 *', '1h', 'UTC', '2026-03-01T00:00:00.000Z', '2028-02-29T00:00Z'],
    ['on last Sundays', '0 4 * * SUN#L', '6h', 'UTC', '2026-01-20T00:00:00.000Z', '2026-01-25T04:00Z'],
    ['in winter', '0 2 * * *', '1h', 'Europe/Berlin', '2026-01-10T12:00:00.000Z', '2026-01-11T01:00Z'],
    ['in summer', '0 2 * * *', '1h', 'Europe/Berlin', '2026-07-10T12:00:00.000Z', '2026-07-11T00:00Z'],
    [
      'at a time that is left out',
      '30 2 * * *',
      '1h',
      'Europe/Berlin',
      '2026-03-28T12:00:00.000Z',
      '2026-03-29T01:00Z',
    ],
    ['at one that comes twice', '30 2 * * *', '10m', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', 'open'],
    ['at its second coming', '30 2 * * *', '10m', 'Europe/Berlin', '2026-10-25T01:30:00.000Z', '2026-10-26T01:30Z'],
  ])('%s', (_, schedule, duration, timeZone, at, expected) => {
    expect(stateAt(schedule, duration, timeZone, at)).toBe(expected);
  });

  test('a clock that jumps only asks again: there is nothing to remember', () => {
    const at = (hour: string) => stateAt('0 2 * * *', '4h', 'UTC', `2026-01-01T${hour}:00:00.000Z`);
    expect(['01', '03', '01', '07', '03'].map(at)).toEqual([
      '2026-01-01T02:00Z',
      'open',
      '2026-01-01T02:00Z',
      '2026-01-02T02:00Z',
      'open',
    ]);
  });
});

test('no schedule that a tenant can write is looked for until the end of time', () => {
  const hard = [
    '0 0 30 2 *',
    '59 23 31 2,4,6,9,11 *',
    '0 0 29 2 1',
    '0 0 29 2 SAT#5',
    `${'59,'.repeat(35)}59 0 29 2 MON`,
  ];
  const started = process.cpuUsage();
  for (let times = 0; times < 20; times++)
    for (const schedule of hard) fault({ schedule, duration: '1m', timeZone: 'America/New_York' });
  // Until the year 9999 it takes 50 ms a look, on a machine that does nothing else.
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
});
