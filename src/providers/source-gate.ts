import type { Clock } from '../core/clock.ts';
import type { Fault } from '../core/fault.ts';
import type { Lane } from '../core/lane.ts';
import { failed, type Result } from '../core/result.ts';
import { Slots } from '../core/slots.ts';
import type { Timers } from '../core/timers.ts';
import { type Admission, Breaker, type Finding } from './breaker.ts';
import { RecoveryPace } from './recovery-pace.ts';
import { RetryLine } from './retry-line.ts';

export interface GateOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  /** Calls to one source at a time, an eighth of them kept for rotations; default 16. */
  readonly slotsPerSource?: number;
}

/** The gates of all sources, by UID. */
export class SourceGates {
  readonly #options: GateOptions;
  readonly #bySource = new Map<string, SourceGate>();
  readonly #onRecovered: ((sourceUid: string) => void)[] = [];

  constructor(options: GateOptions) {
    this.#options = options;
  }

  of(sourceUid: string): SourceGate {
    const known = this.#bySource.get(sourceUid);
    if (known) return known;
    const gate = new SourceGate(this.#options, () => this.#recovered(sourceUid));
    this.#bySource.set(sourceUid, gate);
    return gate;
  }

  /** The source changed or is gone: what was learnt about it no longer holds. */
  forget(sourceUid: string): void {
    this.#bySource.delete(sourceUid);
  }

  onRecovered(handler: (sourceUid: string) => void): void {
    this.#onRecovered.push(handler);
  }

  #recovered(sourceUid: string): void {
    for (const handler of this.#onRecovered) handler(sourceUid);
  }
}

/** The largest batch of a store, so that batches fill all slots. */
const turnsPerSlot = 20;

/** What stands between the references and one store: its own slots, its circuit breaker, its retries, its recovery. */
export class SourceGate {
  readonly slots: Slots;
  /** For turns. One that waits holds some 14 kB, so that thousands which are due at once wait in line for it instead. */
  readonly places: Slots;
  readonly #clock: Clock;
  readonly #recovered: () => void;
  readonly #breaker: Breaker;
  readonly #pace: RecoveryPace;
  readonly #retries: RetryLine;

  constructor({ clock, timers, random, slotsPerSource = 16 }: GateOptions, recovered: () => void) {
    this.#clock = clock;
    this.#recovered = recovered;
    this.#breaker = new Breaker(random);
    this.#retries = new RetryLine(random);
    this.#pace = new RecoveryPace(clock, () => this.slots.waiting + this.places.waiting);
    this.places = new Slots(slotsPerSource * turnsPerSlot);
    this.slots = new Slots(slotsPerSource, { pace: this.#pace, timers });
  }

  refusal(lane: Lane): Fault | undefined {
    return this.#breaker.refusal(lane, this.#now());
  }

  /** Calls the store if the breaker lets it, and tells the breaker what came of it. */
  async through<T>(lane: Lane, call: () => Promise<{ readonly result: Result<T>; readonly finding: Finding }>) {
    const admission = this.#breaker.admit(lane, this.#now());
    if (!admission.ok) return failed(admission.fault);
    this.#pace.called();
    const { result, finding } = await call();
    this.#report(admission.value, finding);
    return result;
  }

  /** Steady milliseconds, from `earliest` on. */
  retryAt(reference: string, attempt: number, earliest: number): number {
    return this.#retries.next(reference, attempt, this.#now(), Math.max(earliest, this.#breaker.opensAt ?? 0));
  }

  #report(admission: Admission, finding: Finding): void {
    const recovered = this.#breaker.report(admission, finding, this.#now());
    if (this.#breaker.opensAt !== undefined) this.#pace.hold();
    if (!recovered) return;
    this.#retries.reset();
    this.#pace.recover(recovered.awayMs);
    this.#recovered();
  }

  #now(): number {
    return this.#clock.steady();
  }
}
