import type { ObjectKey } from '../core/object-key.ts';
import type { LeaseRecord } from './lease-record.ts';
import { LeaseSight } from './lease-sight.ts';
import { beginTerm, type LeasePorts, type Term } from './lease-term.ts';
import type { KubeFault, Reflector } from './port.ts';
import { pause } from './waiting.ts';

export interface ElectionOptions extends LeasePorts {
  readonly key: ObjectKey;
  /** Watches that one Lease; it runs only while this process stands by. */
  readonly lease: Reflector<LeaseRecord>;
  /** The Lease could not be taken, though it is free: without rights on it nobody would ever lead. */
  readonly onRefused: (fault: KubeFault) => void;
}

/** Waits until this process leads: the Lease was released, its holder fell silent, or nobody ever held it. */
export async function campaign(options: ElectionOptions, signal: AbortSignal): Promise<Term | undefined> {
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

async function standBy(options: ElectionOptions, signal: AbortSignal): Promise<Term | undefined> {
  const { lease, key, identity, timing, clock } = options;
  const sight = new LeaseSight(clock, timing.retryMs * 2.5);
  const nap = napper(lease, signal);
  let ledUntil: number | undefined;
  while (!signal.aborted) {
    const seen = lease.get(key);
    const wait = lease.synced ? waitFor(seen, identity, sight, timing.durationMs) : timing.durationMs;
    if (wait > 0) {
      await nap(wait);
      continue;
    }
    // Held by ourselves: a write of which we lost the answer. Who led before us we know from before it.
    if (seen?.holder !== identity) ledUntil = seen?.renewTime;
    const taken = await take(options, seen, signal);
    if (taken.ok) return beginTerm(taken.value, ledUntil, options);
    if (taken.fault.kind !== 'conflict' && taken.fault.kind !== 'already-exists') options.onRefused(taken.fault);
    await nap(timing.retryMs * (0.9 + options.random() / 5));
  }
  return undefined;
}

function waitFor(seen: LeaseRecord | undefined, identity: string, sight: LeaseSight, durationMs: number): number {
  if (seen?.holder === undefined || seen.holder === identity) return 0;
  return sight.waitMs(seen, seen.durationMs ?? durationMs);
}

function take({ store, identity, timing, clock }: ElectionOptions, seen: LeaseRecord | undefined, signal: AbortSignal) {
  const now = clock.wall();
  const transitions = seen === undefined ? 0 : seen.transitions + (seen.holder === identity ? 0 : 1);
  const claim = { holder: identity, durationMs: timing.durationMs, renewTime: now, acquireTime: now, transitions };
  return store.put(seen, claim, { signal, deadlineMs: timing.renewDeadlineMs / 2 });
}

/** A pause that a change of the Lease cuts short. */
function napper(lease: Reflector<LeaseRecord>, signal: AbortSignal): (milliseconds: number) => Promise<void> {
  let wake = new AbortController();
  const ring = () => wake.abort();
  lease.onChange(ring);
  void lease.whenSynced().then(ring);
  return async milliseconds => {
    await pause(milliseconds, AbortSignal.any([signal, wake.signal]));
    wake = new AbortController();
  };
}
