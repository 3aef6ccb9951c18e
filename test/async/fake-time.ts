import { setImmediate } from 'node:timers/promises';
import type { Timers } from '../../src/async/timers.ts';
import type { Clock } from '../../src/core/clock.ts';

/** Time that moves only when a test says so. Starts at 1,000,000 ms. */
export class FakeTime implements Clock, Timers {
  #now = 1_000_000;
  /** Timers that are set now. */
  readonly pending = new Set<{ readonly at: number; readonly run: () => void }>();
  /** Timers that were ever set. */
  set = 0;
  /** Milliseconds that each look at the clock takes; timers are early by one and a half of them. As on a real machine. */
  imprecision = 0;

  wall(): number {
    return this.#now;
  }

  steady(): number {
    this.#now += this.imprecision;
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms - 1.5 * this.imprecision), run };
    this.pending.add(timer);
    this.set += 1;
    return () => this.pending.delete(timer);
  }

  /** Moves on, running what falls due in order, and lets everything settle that follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  #next(end: number): { readonly at: number; readonly run: () => void } | undefined {
    const [first] = [...this.pending].filter(timer => timer.at <= end).sort((a, b) => a.at - b.at);
    return first;
  }
}

/** Resolves when all that can go on without time passing has gone on. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await setImmediate();
}
