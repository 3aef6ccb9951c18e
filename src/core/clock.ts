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

/** RFC 3339 with seconds, as `metav1.Time` prints it. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
