/** Timers as long-lived code uses them: handed in, so that a test can move time. */
export interface Timers {
  /** Runs once, `ms` milliseconds from now; answers how to call it off. It may come a little early or late. */
  after(ms: number, run: () => void): Cancel;
}

export type Cancel = () => void;

/** setTimeout runs at once when asked for more than 24.8 days. */
const longest = 2_147_483_647;

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.ceil(ms), longest));
    return () => clearTimeout(timer);
  },
};
