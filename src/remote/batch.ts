import type { Clock } from '../core/clock.ts';

/** Milliseconds from one call that is not full to the next: a call a namespace and login, where reads come one by one. */
const spacingMs = 40;

/**
 * The reads of one namespace and login, which can leave together. A lone one leaves at once; those that come right behind
 * it are held until they fill a call or the time for the next is there. A rotation is never held.
 */
export class Batch<Read> {
  /** All that wait, for the time or for a slot. */
  readonly waiting = new Set<Read>();
  readonly held = new Set<Read>();
  readonly #size: number;
  readonly #clock: Clock;
  #nextAt = 0;

  constructor(size: number, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
  }

  /** Milliseconds until a call may go that is not full; 0 for now. */
  get waitMs(): number {
    return Math.max(0, this.#nextAt - this.#clock.steady());
  }

  /** Whether the read is held. */
  add(read: Read, isRotation: boolean): boolean {
    this.waiting.add(read);
    const isHeld = !isRotation && this.waitMs > 0 && this.waiting.size % this.#size > 0;
    if (isHeld) this.held.add(read);
    return isHeld;
  }

  delete(read: Read): void {
    this.waiting.delete(read);
    this.held.delete(read);
  }

  /** The first, and those that leave with it. */
  take(head: Read): readonly [Read, ...Read[]] {
    const others = this.waiting.values().filter(each => each !== head);
    const reads = [head, ...others.take(this.#size - 1)] as const;
    if (reads.length < this.#size) this.#nextAt = this.#clock.steady() + spacingMs;
    return reads;
  }
}
