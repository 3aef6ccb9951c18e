const spacingMs = 1000;
const firstMs = 1000;
const patienceMs = 9_000;
const longestMs = 60 * 60_000;

/**
 * The times at which the failing references of one source try again: one place a second, so that two thousand of them
 * cost what one costs. A single one tries every ten seconds at least, so that an outage is seen to end; one that may
 * come later takes the first free place from then on, and keeps nobody from the places before. Whoever fails again
 * before its time, because somebody edits it or asks for a rotation, keeps its place: left empty it would be nobody's,
 * and the line would grow by a second with each edit.
 */
export class RetryLine {
  readonly #random: () => number;
  /** For each place that is taken, a later one that may be free: a path that is shortened as it is walked. */
  readonly #after = new Map<number, number>();
  /** The time that each has. */
  readonly #held = new Map<string, number>();
  #tidyAt = 1000;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Steady milliseconds; not before `earliest`. `attempt`: failed turns in a row of this reference. */
  next(reference: string, attempt: number, now: number, earliest: number): number {
    this.#tidy(now);
    const held = this.#held.get(reference) ?? now;
    if (held > now && held >= earliest) return held;
    const time = this.#take(attempt, now, earliest);
    this.#held.set(reference, time);
    return time;
  }

  /** The store answers: nobody stands in line any more. */
  reset(): void {
    this.#after.clear();
    this.#held.clear();
  }

  #take(attempt: number, now: number, earliest: number): number {
    const patience = Math.min(firstMs * 2 ** attempt, patienceMs) * (0.5 + this.#random() / 2);
    const wanted = Math.max(now + patience, earliest);
    const place = this.#firstFree(Math.ceil(wanted / spacingMs));
    const time = place * spacingMs + (spacingMs / 2) * this.#random();
    if (time > wanted + longestMs) return time - (longestMs / 2) * this.#random();
    this.#after.set(place, place + 1);
    return time;
  }

  #firstFree(from: number): number {
    let free = from;
    for (let later = this.#after.get(free); later !== undefined; later = this.#after.get(free)) free = later;
    for (let place = from; place < free; ) {
      const later = this.#after.get(place) ?? free;
      this.#after.set(place, free);
      place = later;
    }
    return free;
  }

  #tidy(now: number): void {
    if (this.#after.size + this.#held.size < this.#tidyAt) return;
    for (const place of this.#after.keys()) if (place * spacingMs < now) this.#after.delete(place);
    for (const [reference, time] of this.#held) if (time < now) this.#held.delete(reference);
    this.#tidyAt = 2 * (this.#after.size + this.#held.size) + 1000;
  }
}
