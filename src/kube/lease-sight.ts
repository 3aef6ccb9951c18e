import type { Clock } from '../core/clock.ts';
import type { LeaseRecord } from './lease-record.ts';

/** How long a standby must still wait for a Lease that somebody holds. */
export class LeaseSight {
  readonly #clock: Clock;
  /** Milliseconds in which a holder that lives renews for certain. */
  readonly #renewsWithinMs: number;
  #seen: { readonly version: string; readonly at: number; readonly renewals: number } | undefined;

  constructor(clock: Clock, renewsWithinMs: number) {
    this.#clock = clock;
    this.#renewsWithinMs = renewsWithinMs;
  }

  /**
   * Milliseconds until the holder counts as gone. Our own watching decides: the wall clocks of two machines may differ
   * by hours. Only a Lease that never moved before our eyes may be told old by the wall clock (we have just started,
   * and its holder died long ago), and only after the time in which a living holder would have moved it.
   *
   *   first sight ── renewsWithinMs ──┬── never moved, old by the wall clock: take it
   *                                   └── moved: wait for durationMs without another move
   */
  waitMs(lease: LeaseRecord, durationMs: number): number {
    const { at, renewals } = this.#look(lease);
    const watched = this.#clock.steady() - at;
    const byWatching = durationMs - watched;
    if (renewals > 0 || lease.renewTime === undefined) return byWatching;
    const byWall = durationMs - (this.#clock.wall() - lease.renewTime);
    return Math.min(byWatching, Math.max(byWall, this.#renewsWithinMs - watched));
  }

  #look({ metadata }: LeaseRecord) {
    const version = metadata.resourceVersion;
    const before = this.#seen;
    if (before?.version === version) return before;
    const next = { version, at: this.#clock.steady(), renewals: before === undefined ? 0 : before.renewals + 1 };
    this.#seen = next;
    return next;
  }
}
