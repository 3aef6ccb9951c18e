import type { Clock } from '../core/clock.ts';

/**
 * Milliseconds of a Retry-After, which is in seconds or a date (RFC 9110); at most `longestMs`. Undefined when there is none,
 * more than one, or none that can be understood.
 */
export function parseRetryAfter(
  header: string | string[] | undefined,
  clock: Pick<Clock, 'wall'>,
  longestMs: number,
): number | undefined {
  if (typeof header !== 'string') return undefined;
  const trimmed = header.trim();
  if (/^\d{1,10}$/.test(trimmed)) return Math.min(Number(trimmed) * 1000, longestMs);
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(trimmed)) return undefined;
  const date = Date.parse(trimmed);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - clock.wall(), 0), longestMs);
}
