import { Cron, CronPattern } from 'croner';
import * as z from 'zod';
import { parseDuration } from '../../core/duration.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { boundedDuration } from '../fields.ts';

/** When newer values may be published: a window that opens by a cron expression, in a time zone, for a while. */

const part = '[0-9A-Za-z*,/#-]+';

export const WindowSpec = z
  .object({
    schedule: z
      .string()
      .max(128)
      .regex(new RegExp(`^${part}( ${part}){4}$`), {
        error: 'must have the five parts of a cron expression: minute, hour, day of month, month, day of week',
      })
      .meta({
        description:
          'When it opens: a cron expression of five parts, such as "0 2 * * SAT". A time that a change of the clocks leaves out opens as soon as the clocks go on, one that comes twice opens once.',
      }),
    duration: boundedDuration('1m', '168h').meta({ description: 'How long it stays open.' }),
    timeZone: z.string().min(1).max(64).exactOptional().meta({
      description: 'The time zone of schedule, by its IANA name such as Europe/Berlin. Default: UTC.',
    }),
  })
  // Only here: CEL knows neither calendars nor time zones.
  .superRefine((window, context) => {
    const wrong = whyUnusable(window);
    if (wrong !== undefined) context.addIssue({ code: 'custom', path: [wrong.field], message: wrong.message });
  })
  .meta({
    description:
      'Newer values are published only while it is open. What is found while it is closed is shown in status.candidate and published at the next opening. The first sync, an edit of the spec and the repair of a Secret do not wait.',
  });
export type WindowSpec = Parsed<typeof WindowSpec>;

/** A window as it is at one time. */
export type WindowState = { readonly open: true } | { readonly open: false; readonly opensAt: number };

/** Wall milliseconds. It is open from each time of its schedule on, for its duration. */
export function windowAt(window: WindowSpec, wallMs: number): WindowState {
  const duration = parseDuration(window.duration) ?? 0;
  const latest = nextOpening(window, wallMs - duration);
  if (latest <= wallMs) return { open: true };
  return { open: false, opensAt: latest };
}

/** The first time of the schedule after this one; never, where there is none in the next years. */
export const nextOpening = (window: WindowSpec, wallMs: number): number =>
  cronOf(window).nextRun(new Date(wallMs))?.getTime() ?? Number.POSITIVE_INFINITY;

const cronOf = ({ schedule, timeZone = 'UTC' }: Pick<WindowSpec, 'schedule' | 'timeZone'>): Cron =>
  new Cron(schedule, { mode: '5-part', timezone: timeZone, paused: true });

interface Unusable {
  readonly field: 'schedule' | 'timeZone';
  readonly message: string;
}

function whyUnusable({ schedule, timeZone = 'UTC' }: Pick<WindowSpec, 'schedule' | 'timeZone'>): Unusable | undefined {
  if (!isTimeZone(timeZone))
    return { field: 'timeZone', message: 'is no time zone: use an IANA name such as Europe/Berlin or UTC' };
  const opens = opensEver({ schedule });
  if (opens === undefined)
    return { field: 'schedule', message: 'is no cron expression of five parts, such as "0 2 * * SAT"' };
  return opens
    ? undefined
    : { field: 'schedule', message: 'never comes, for no month has that day: the window would never open' };
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** Undefined: it is no cron expression. */
function opensEver({ schedule }: Pick<WindowSpec, 'schedule'>): boolean | undefined {
  try {
    return hasDay(new CronPattern(schedule, 'UTC', { mode: '5-part' }));
  } catch {
    return undefined;
  }
}

/** Worked out, and not searched for: croner looks for the 30th of February until the year 9999, which takes it 50 ms. */
function hasDay({ day, nearestWeekdays, lastDayOfMonth, lastWeekday, month, starDOW }: CronPattern): boolean {
  // A weekday that is named counts beside the days of the month, and comes in each.
  if (!starDOW || lastDayOfMonth || lastWeekday) return true;
  return longestMonths.some(
    (days, at) => month[at] && [...day.slice(0, days), ...nearestWeekdays.slice(0, days)].some(Boolean),
  );
}

const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
