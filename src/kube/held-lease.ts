import { pause } from '../async/deadline.ts';
import type { Clock } from '../core/clock.ts';
import type { LeaseClaim, LeaseRecord, LeaseStore } from './lease.ts';

export interface LeaseTiming {
  /** A holder that was silent for so long is gone. */
  readonly durationMs: number;
  /** A holder that could not renew for so long gives up, well before anybody else may take over. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export const defaultLeaseTiming: LeaseTiming = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

export interface LeaderElectionPorts {
  readonly store: LeaseStore;
  /** Of this process and no other: a pod's name and something random. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timing: LeaseTiming;
}

/** The time for which this process leads. */
export interface Leadership {
  /** Ends when leadership is lost or given back. */
  readonly signal: AbortSignal;
  /** Wall milliseconds at which the holder before us renewed last; absent when there was no leader yet. */
  readonly ledUntil?: number;
  /** Gives the Lease back, so that a standby takes it at once; as far as it can within the time of the signal. */
  release(signal: AbortSignal): Promise<void>;
}

/** Renews what was just taken until it is given back or lost. */
export function holdLease(taken: LeaseRecord, ledUntil: number | undefined, ports: LeaderElectionPorts): Leadership {
  const over = new AbortController();
  const held = new HeldLease(taken, ports);
  const renewing = renewLoop(held, ports, over);
  return {
    signal: over.signal,
    ...(ledUntil === undefined ? {} : { ledUntil }),
    release: async signal => {
      const lost = over.signal.aborted;
      over.abort();
      await renewing;
      if (!lost) await held.release(signal);
    },
  };
}

async function renewLoop(
  held: HeldLease,
  { random, timing }: LeaderElectionPorts,
  over: AbortController,
): Promise<void> {
  while (!over.signal.aborted) {
    await pause(timing.retryMs * (0.9 + random() / 5), over.signal);
    if (!over.signal.aborted && (await held.renew(over.signal)) === 'lost') over.abort();
  }
}

class HeldLease {
  readonly #ports: LeaderElectionPorts;
  readonly #since: number;
  readonly #transitions: number;
  /** Absent after somebody deleted the Lease: the next renewal makes it again. */
  #record: LeaseRecord | undefined;
  #renewedAt: { readonly steady: number; readonly wall: number };

  constructor(taken: LeaseRecord, ports: LeaderElectionPorts) {
    this.#ports = ports;
    this.#record = taken;
    this.#transitions = taken.transitions;
    this.#renewedAt = this.#now();
    this.#since = taken.acquireTime ?? this.#renewedAt.wall;
  }

  /**
   * One try. A process that was stopped, or a machine that slept, finds out here: its age is judged only when the try
   * failed, so that a clock that jumps costs nothing while the API server still knows us as the holder.
   */
  async renew(signal: AbortSignal): Promise<'held' | 'lost'> {
    const begun = this.#now();
    const { durationMs, renewDeadlineMs } = this.#ports.timing;
    const left = renewDeadlineMs - this.#age();
    const deadlineMs = Math.max(Math.min(left, renewDeadlineMs / 2), renewDeadlineMs / 10);
    const claim = this.#claim({ holder: this.#ports.identity, durationMs, renewTime: begun.wall });
    const answer = await this.#ports.store.put(this.#record, claim, { signal, deadlineMs });
    if (answer.ok) {
      this.#record = answer.value;
      this.#renewedAt = begun;
      return 'held';
    }
    const isOurs = mayHaveMoved(answer.fault.kind) ? await this.#reread(signal) : 'unknown';
    return isOurs === 'no' || this.#age() > renewDeadlineMs ? 'lost' : 'held';
  }

  async release(signal: AbortSignal): Promise<void> {
    // A second time when a renewal that was under way had taken effect after all.
    for (let tries = 0; tries < 2 && this.#record !== undefined; tries++) {
      const claim = this.#claim({ durationMs: 1000, renewTime: this.#now().wall });
      const answer = await this.#ports.store.put(this.#record, claim, { signal, deadlineMs: 1000 });
      if (answer.ok || answer.fault.kind !== 'conflict' || (await this.#reread(signal)) !== 'yes') return;
    }
  }

  /** After a conflict: an earlier write of ours whose answer was lost, or a new holder? */
  async #reread(signal: AbortSignal): Promise<'yes' | 'no' | 'unknown'> {
    const answer = await this.#ports.store.get({ signal, deadlineMs: 1000 });
    if (!answer.ok) {
      if (answer.fault.kind === 'not-found') this.#record = undefined;
      return 'unknown';
    }
    if (answer.value.holder !== this.#ports.identity) return 'no';
    this.#record = answer.value;
    return 'yes';
  }

  #claim(part: Pick<LeaseClaim, 'holder' | 'durationMs' | 'renewTime'>): LeaseClaim {
    return { ...part, acquireTime: this.#since, transitions: this.#transitions };
  }

  /** The larger of both clocks: the steady one stops while a machine sleeps, the wall clock may be set back. */
  #age(): number {
    const { steady, wall } = this.#now();
    return Math.max(steady - this.#renewedAt.steady, wall - this.#renewedAt.wall);
  }

  #now(): { readonly steady: number; readonly wall: number } {
    return { steady: this.#ports.clock.steady(), wall: this.#ports.clock.wall() };
  }
}

const mayHaveMoved = (kind: string): boolean => ['conflict', 'already-exists', 'not-found'].includes(kind);
