import type { Clock } from '../core/clock.ts';

const meanMs = 60_000;
const longestMs = 45_000;
const leastPerSecond = 5;

/**
 * After an outage everything of an identity that failed is due at once. It is let through over as long as the outage
 * took, 45 s at most, at 1.8 times the rate of calls from before it; faster only if those who wait would not be served
 * in that time. If it is gone again meanwhile, the time begins again and is no shorter: a store that comes and goes for a
 * second would get in a second all that waits since the outage.
 */
export class SlowStart {
  readonly #clock: Clock;
  #rate = 0;
  #countedAt: number;
  #down = false;
  #recovery: { readonly until: number; readonly ms: number } | undefined;
  #leastMs = 1000;
  #mostWaiting = 0;
  #nextAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedAt = clock.steady();
  }

  get isRecovering(): boolean {
    return this.#recovering !== undefined;
  }

  /** The store was called. Calls in an outage and right after it do not count as its steady rate. */
  called(): void {
    if (this.#down || this.#recovering) return;
    this.#rate = this.#ratePerSecond() + 1000 / meanMs;
    this.#countedAt = this.#clock.steady();
  }

  /** The store does not answer: the rate until now is what is steady. */
  hold(): void {
    if (this.#down) return;
    const recovering = this.#recovering;
    if (!recovering) this.#rate = this.#ratePerSecond();
    this.#leastMs = recovering?.ms ?? 1000;
    this.#down = true;
    this.#recovery = undefined;
  }

  /** It answers again, after `awayMs` milliseconds. */
  recover(awayMs: number): void {
    const now = this.#clock.steady();
    const ms = Math.min(Math.max(awayMs, this.#leastMs), longestMs);
    this.#down = false;
    this.#recovery = { until: now + ms, ms };
    this.#countedAt = now + ms;
    this.#mostWaiting = 0;
    this.#nextAt = now;
  }

  /** Milliseconds until the next call may go; 0 for now. */
  waitMs(): number {
    return this.#recovering ? Math.max(0, this.#nextAt - this.#clock.steady()) : 0;
  }

  /** A call goes; so many wait behind it. */
  granted(waiting: number): void {
    if (!this.#recovering) return;
    this.#mostWaiting = Math.max(this.#mostWaiting, waiting);
    const inTime = this.#mostWaiting / ((0.75 * this.#recovering.ms) / 1000);
    const perSecond = Math.max(1.8 * this.#rate, inTime, leastPerSecond);
    this.#nextAt = Math.max(this.#nextAt, this.#clock.steady() - 100) + 1000 / perSecond;
  }

  get #recovering(): { readonly ms: number } | undefined {
    return this.#recovery && this.#clock.steady() < this.#recovery.until ? this.#recovery : undefined;
  }

  /** A mean over the last minute in which older calls count for less and less. */
  #ratePerSecond(): number {
    return this.#rate * Math.exp((this.#countedAt - this.#clock.steady()) / meanMs);
  }
}
