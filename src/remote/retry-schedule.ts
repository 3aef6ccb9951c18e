const spacingMs = 1000;
const mostAhead = 3600;

/**
 * The times at which the failing references of one identity try again: one a second, so that two thousand of them cost
 * what one costs. One that may wait for long takes the first free second from then on, and keeps nobody from those
 * before. Whoever fails again before its time, because somebody edits it or asks for a rotation, keeps its second:
 * nobody else would use it, and the schedule would grow by one with each edit.
 */
export class RetrySchedule {
  readonly #random: () => number;
  readonly #taken = new Set<number>();
  /** The time that each has. */
  readonly #held = new Map<string, number>();
  #tidyAt = 1000;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Steady milliseconds; not before `earliest`. `waitMs`: how long this reference would wait if it were alone. */
  next(reference: string, waitMs: number, now: number, earliest: number): number {
    this.#tidy(now);
    const first = Math.ceil(Math.max(now + waitMs * (0.5 + this.#random() / 2), earliest) / spacingMs);
    let second = first;
    while (this.#taken.has(second) && second < first + mostAhead) second += 1;
    const held = this.#held.get(reference) ?? now;
    if (held > now && held >= earliest && held <= second * spacingMs) return held;
    // More than an hour of them wait: this one comes besides, in the second half of it.
    if (second === first + mostAhead) second -= Math.floor((mostAhead / 2) * this.#random());
    this.#taken.add(second);
    const time = (second + this.#random() / 2) * spacingMs;
    this.#held.set(reference, time);
    return time;
  }

  /** It is gone, and its second is for others: for the next one, who may be the one that finds the store well again. */
  forget(reference: string): void {
    const held = this.#held.get(reference);
    if (held === undefined) return;
    this.#held.delete(reference);
    this.#taken.delete(Math.floor(held / spacingMs));
  }

  /** The store answers: nobody waits any more. */
  reset(): void {
    this.#taken.clear();
    this.#held.clear();
  }

  #tidy(now: number): void {
    if (this.#taken.size + this.#held.size < this.#tidyAt) return;
    for (const second of this.#taken) if (second * spacingMs < now) this.#taken.delete(second);
    for (const [reference, time] of this.#held) if (time < now) this.#held.delete(reference);
    this.#tidyAt = 2 * (this.#taken.size + this.#held.size) + 1000;
  }
}
