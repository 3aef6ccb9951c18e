/** `metav1.MicroTime`: the API server takes six digits of a second and nothing else. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** Wall milliseconds of an RFC 3339 time; undefined when it is none. */
export function parseTime(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
