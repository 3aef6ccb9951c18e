const spacingMs = 1000;
const longestMs = 60 * 60_000;

/**
 * The times at which the failing references of one identity try again: one slot a second, so that two thousand of them
 * cost what one costs. One that may wait for long takes the first free slot from then on, and keeps nobody from the
 * slots before. Whoever fails again before its time, because somebody edits it or asks for a rotation, keeps its slot:
 * nobody else would use it, and the schedule would grow by a second with each edit.
 */
export class RetrySchedule {
  readonly #random: () => number;
  /** Union-find with path compression: the next free second after each taken one. */
  readonly #after = new Map<number, number>();
  /** The time that each has. */
  readonly #held = new Map<string, number>();
  #tidyAt = 1000;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Steady milliseconds; not before `earliest`. `waitMs`: how long this reference would wait if it were alone. */
  next(reference: string, waitMs: number, now: number, earliest: number): number {
    this.#tidy(now);
    const wanted = Math.max(now + waitMs * (0.5 + this.#random() / 2), earliest);
    const place = this.#firstFree(Math.ceil(wanted / spacingMs));
    const held = this.#held.get(reference) ?? now;
    if (held > now && held >= earliest && held <= place * spacingMs) return held;
    const time = this.#take(place, wanted);
    this.#held.set(reference, time);
    return time;
  }

  /** The store answers: nobody waits any more. */
  reset(): void {
    this.#after.clear();
    this.#held.clear();
  }

  #take(place: number, wanted: number): number {
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
