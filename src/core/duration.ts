const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };

/** Go durations of whole hours, minutes and seconds, largest unit first: "1h", "90s", "1h30m", "0s". */
export const durationPattern = '^([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$';

/** Milliseconds, or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const parts = text === '' ? undefined : new RegExp(durationPattern).exec(text)?.slice(1);
  return parts?.reduce((total, part = '0s') => total + Number.parseInt(part, 10) * (units[part.slice(-1)] ?? 0), 0);
}

/** Whole days of 24 hours: "30d". */
export const daysPattern = '^[1-9][0-9]{0,3}d$';

/** Milliseconds of days, or of a duration as above, for what is counted in weeks; undefined when the text is neither. */
export const parseLongDuration = (text: string): number | undefined =>
  new RegExp(daysPattern).test(text) ? Number.parseInt(text, 10) * 86_400_000 : parseDuration(text);
