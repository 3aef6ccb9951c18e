import { parseTime } from '../../core/clock.ts';
import type { RemoteValue } from '../provider.ts';

/** Metadata that people or tools keep beside a value in the store: when what it holds was really made. */
export const rotatedAt = 'shearline.dev/rotated-at';

/**
 * When the version that is served was made, as the store says it: RFC 3339, a Date, or undefined where it says nothing.
 * With a note beside it the earlier of the two: a note makes a value as old as it is, and never younger than its version.
 */
export function madeAt(own: string | Date | undefined, note?: string): Pick<RemoteValue, 'madeAt'> {
  const times = [millisOf(own), millisOf(note)].filter(time => time !== undefined);
  return times.length === 0 ? {} : { madeAt: Math.min(...times) };
}

/** A date, or a date with a time and its zone: what else `Date` would make a time of is none. */
const rfc3339 = /^\d{4}-\d\d-\d\d([Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d))?$/;

function millisOf(time: string | Date | undefined): number | undefined {
  if (time instanceof Date) return Number.isNaN(time.getTime()) ? undefined : inBounds(time.getTime());
  return time !== undefined && rfc3339.test(time) ? inBounds(parseTime(time)) : undefined;
}

/** Vault writes the year 1 for "never", and a time in status has a year of four digits. */
const inBounds = (ms: number | undefined): number | undefined =>
  ms !== undefined && ms > 0 && ms < Date.UTC(9999, 11) ? ms : undefined;
