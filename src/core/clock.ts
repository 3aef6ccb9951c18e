/** The two times a long-lived process needs; they are never mixed. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. It may jump: only for timestamps that people read. */
  wall(): number;
  /** Milliseconds that never jump, anchored to the wall clock at start: for due times, ages and deadlines. */
  steady(): number;
}

const anchor = Date.now() - performance.now();

export const systemClock: Clock = {
  wall: () => Date.now(),
  steady: () => anchor + performance.now(),
};

let lastSecond = { second: Number.NaN, text: '' };

/**
 * RFC 3339 with seconds, as `metav1.Time` prints it. The text of a second is made once: a status has five of them, and is
 * held for as long as its object.
 */
export function timestamp(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond.second)
    lastSecond = { second, text: new Date(second * 1000).toISOString().replace('.000Z', 'Z') };
  return lastSecond.text;
}

/** `metav1.MicroTime`: the API server takes six digits of a second and nothing else. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** Wall milliseconds of an RFC 3339 time; undefined when it is none. */
export function parseTime(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
