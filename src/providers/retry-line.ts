const spacingMs = 1000;
const firstMs = 1000;
const patienceMs = 10_000;
const longestMs = 60 * 60_000;

/**
 * The times at which the failing references of one source try again: a line with one place a second, so that two
 * thousand of them cost what one costs. A single one tries every ten seconds at least, so that an outage is seen to end.
 */
export class RetryLine {
  readonly #random: () => number;
  #last = Number.NEGATIVE_INFINITY;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Steady milliseconds; not before `earliest`. `attempt`: failed turns in a row of this reference. */
  next(attempt: number, now: number, earliest: number): number {
    const patience = Math.min(firstMs * 2 ** attempt, patienceMs) * (0.5 + this.#random() / 2);
    const place = Math.max(now + patience, earliest, this.#last + spacingMs);
    if (place > Math.max(now, earliest) + longestMs) return place - (longestMs / 2) * this.#random();
    this.#last = place;
    return place + (spacingMs / 2) * this.#random();
  }

  /** The store answers: nobody stands in line any more. */
  reset(): void {
    this.#last = Number.NEGATIVE_INFINITY;
  }
}
