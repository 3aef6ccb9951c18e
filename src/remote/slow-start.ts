import type { Priority } from '../async/priority.ts';
import type { Clock } from '../core/clock.ts';

const shortestMs = 1000;
const longestMs = 36_000;
const leastPerSecond = 6.5;
/** So much sooner a rotation may go, which somebody waits for: a second's worth of them at once. */
const rotationsAheadMs = 1000;

/**
 * After an outage everything of an identity that failed is due at once. It is let through over as long as the outage
 * took, 36 s at most. If it is gone again meanwhile, the time begins again and is no shorter: a store that comes and
 * goes for a second would get in a second all that waits since the outage.
 */
export class SlowStart {
  readonly #clock: Clock;
  #until = Number.NEGATIVE_INFINITY;
  #ms = shortestMs;
  #leastMs = shortestMs;
  #mostWaiting = 0;
  #nextAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isRecovering(): boolean {
    return this.#clock.steady() < this.#until;
  }

  /** The store does not answer. */
  hold(): void {
    if (this.isRecovering) this.#leastMs = this.#ms;
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /** It answers again, after `awayMs` milliseconds. */
  recover(awayMs: number): void {
    const now = this.#clock.steady();
    this.#ms = Math.min(Math.max(awayMs, this.#leastMs), longestMs);
    this.#until = now + this.#ms;
    this.#leastMs = shortestMs;
    this.#mostWaiting = 0;
    this.#nextAt = now;
  }

  /** Milliseconds until the next call may go; 0 for now. */
  waitMs(priority: Priority): number {
    const dueAt = this.#nextAt - (priority === 'high' ? rotationsAheadMs : 0);
    return this.isRecovering ? Math.max(0, dueAt - this.#clock.steady()) : 0;
  }

  /** A call goes; so many wait behind it, and all of them are to go within three quarters of the time. */
  granted(waiting: number): void {
    if (!this.isRecovering) return;
    this.#mostWaiting = Math.max(this.#mostWaiting, waiting);
    const perSecond = Math.max((1000 * this.#mostWaiting) / (0.75 * this.#ms), leastPerSecond);
    this.#nextAt = Math.max(this.#nextAt, this.#clock.steady() - 100) + 1000 / perSecond;
  }
}
