import { pause } from '../async/deadline.ts';
import type { Clock } from '../core/clock.ts';
import type { ObjectKey } from '../core/object-key.ts';
import type { Informer, KubeFault } from './api.ts';
import { holdLease, type LeaderElectionPorts, type Leadership } from './held-lease.ts';
import type { LeaseRecord } from './lease.ts';

export interface LeaderElectionOptions extends LeaderElectionPorts {
  readonly key: ObjectKey;
  /** Watches that one Lease; it runs only while this process stands by. */
  readonly lease: Informer<LeaseRecord>;
  /** The Lease could not be taken, though it is free: without rights on it no replica can lead. */
  readonly onRefused: (fault: KubeFault) => void;
}

/** Waits until this process leads: the Lease was released, its holder is silent, or it never had one. */
export async function acquireLease(
  options: LeaderElectionOptions,
  signal: AbortSignal,
): Promise<Leadership | undefined> {
  const standby = new AbortController();
  const end = () => standby.abort();
  signal.addEventListener('abort', end, { once: true });
  const watching = options.lease.run(standby.signal);
  const term = await standBy(options, signal);
  end();
  signal.removeEventListener('abort', end);
  await watching;
  return term;
}

async function standBy(options: LeaderElectionOptions, signal: AbortSignal): Promise<Leadership | undefined> {
  const { lease, key, identity, timing, clock } = options;
  const observed = new ObservedLease(clock, timing.retryMs * 2.5);
  const sleep = sleeper(lease, signal);
  let ledUntil: number | undefined;
  while (!signal.aborted) {
    const seen = lease.get(key);
    const wait = lease.synced ? waitFor(seen, identity, observed, timing.durationMs) : timing.durationMs;
    if (wait > 0) {
      await sleep(wait);
      continue;
    }
    // Held by ourselves: a write of which we lost the answer. Who led before us we know from before it.
    if (seen?.holder !== identity) ledUntil = seen?.renewTime;
    const taken = await tryAcquire(options, seen, signal);
    if (taken.ok) return holdLease(taken.value, ledUntil, options);
    if (taken.fault.kind !== 'conflict' && taken.fault.kind !== 'already-exists') options.onRefused(taken.fault);
    await sleep(timing.retryMs * (0.9 + options.random() / 5));
  }
  return undefined;
}

function waitFor(seen: LeaseRecord | undefined, identity: string, observed: ObservedLease, durationMs: number): number {
  if (seen?.holder === undefined || seen.holder === identity) return 0;
  return observed.expiresInMs(seen, seen.durationMs ?? durationMs);
}

function tryAcquire(
  { store, identity, timing, clock }: LeaderElectionOptions,
  seen: LeaseRecord | undefined,
  signal: AbortSignal,
) {
  const now = clock.wall();
  const transitions = seen === undefined ? 0 : seen.transitions + (seen.holder === identity ? 0 : 1);
  const claim = { holder: identity, durationMs: timing.durationMs, renewTime: now, acquireTime: now, transitions };
  return store.put(seen, claim, { signal, deadlineMs: timing.renewDeadlineMs / 2 });
}

/** A pause that a change of the Lease cuts short. */
function sleeper(lease: Informer<LeaseRecord>, signal: AbortSignal): (milliseconds: number) => Promise<void> {
  let wake = new AbortController();
  const wakeUp = () => wake.abort();
  lease.onChange(wakeUp);
  void lease.whenSynced().then(wakeUp);
  return async milliseconds => {
    await pause(milliseconds, AbortSignal.any([signal, wake.signal]));
    wake = new AbortController();
  };
}

/** How long a standby must still wait for a Lease that somebody holds. */
export class ObservedLease {
  readonly #clock: Clock;
  /** Milliseconds in which a holder that lives renews for certain. */
  readonly #renewsWithinMs: number;
  #observed: { readonly version: string; readonly at: number; readonly renewals: number } | undefined;

  constructor(clock: Clock, renewsWithinMs: number) {
    this.#clock = clock;
    this.#renewsWithinMs = renewsWithinMs;
  }

  /**
   * Milliseconds until the holder counts as gone. Our own watching decides: the wall clocks of two machines may differ
   * by hours. Only a Lease that never moved before our eyes may count as expired by the wall clock (we have just started,
   * and its holder died long ago), and only after the time in which a living holder would have moved it.
   *
   *   first sight ── renewsWithinMs ──┬── never moved, old by the wall clock: take it
   *                                   └── moved: wait for durationMs without another move
   */
  expiresInMs(lease: LeaseRecord, durationMs: number): number {
    const { at, renewals } = this.#observe(lease);
    const watched = this.#clock.steady() - at;
    const byWatching = durationMs - watched;
    if (renewals > 0 || lease.renewTime === undefined) return byWatching;
    const byWall = durationMs - (this.#clock.wall() - lease.renewTime);
    return Math.min(byWatching, Math.max(byWall, this.#renewsWithinMs - watched));
  }

  #observe({ metadata }: LeaseRecord) {
    const version = metadata.resourceVersion;
    const before = this.#observed;
    if (before?.version === version) return before;
    const next = { version, at: this.#clock.steady(), renewals: before === undefined ? 0 : before.renewals + 1 };
    this.#observed = next;
    return next;
  }
}
