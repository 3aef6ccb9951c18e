import type { Cancel, Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import type { Fault } from '../core/fault.ts';
import type { Result } from '../core/result.ts';
import { InFlightRead } from './in-flight-read.ts';
import type { ReadWant } from './ports.ts';

/** What is read: the key holds everything that could make two answers differ, the identity first of all. */
export interface ReadSubject {
  readonly sourceUid: string;
  readonly namespace: string;
  readonly key: string;
}

/** Does the read; `started` is called when the store is asked. */
export type StartRead<T> = (inFlight: InFlightRead<T>, started: () => void) => Promise<Result<T>>;

const keepMs = 10_000;
const keepBytes = 8 * 1024 * 1024;

/**
 * A read satisfies every request that was made before the read started:
 *
 *   request 1 ──┐ request 2 ─┐
 *               ├─ waiting ──┴─ started ──── answer ──── kept 10 s
 *                                 request 3 ┴─ a read of its own
 *
 * Answers are kept because references that are due together are not all reconciled in the same moment.
 */
export class CoalescedReads<T> {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #sizeOf: (value: T) => number;
  readonly #waiting = new Map<string, InFlightRead<T>>();
  readonly #started = new Map<string, Started<T>>();
  readonly #inFlight = new Set<InFlightRead<T>>();
  /** In the order of their answers. */
  readonly #kept = new Set<Started<T>>();
  #bytes = 0;
  #expiry: Cancel | undefined;

  /** `bytes`: the size of an answer. */
  constructor(clock: Clock, timers: Timers, bytes: (value: T) => number) {
    this.#clock = clock;
    this.#timers = timers;
    this.#sizeOf = bytes;
  }

  read(subject: ReadSubject, want: ReadWant, fly: StartRead<T>): Promise<Result<T>> {
    const started = this.#started.get(subject.key);
    const fresh = started && started.at >= want.notBefore ? started : undefined;
    if (fresh?.answer) return Promise.resolve(fresh.answer.result);
    const inFlight = fresh?.inFlight ?? this.#waiting.get(subject.key);
    // One that everybody has left is on its way down.
    if (!inFlight || inFlight.signal.aborted) return this.#begin(subject, want, fly);
    return inFlight.join(subject.namespace, want);
  }

  /** Ends the reads of a source, of one namespace of it, or all, and forgets the answers of that source. */
  drop(sourceUid: string | undefined, namespace: string | undefined, fault: Fault): void {
    const isMeant = (each: { readonly sourceUid: string }) => sourceUid === undefined || each.sourceUid === sourceUid;
    for (const inFlight of [...this.#inFlight].filter(isMeant)) inFlight.leave(namespace, fault);
    for (const started of [...this.#kept].filter(isMeant)) this.#forget(started);
    this.#rearm();
  }

  #begin(subject: ReadSubject, want: ReadWant, fly: StartRead<T>): Promise<Result<T>> {
    const inFlight = new InFlightRead<T>(subject.sourceUid, want);
    this.#waiting.set(subject.key, inFlight);
    this.#inFlight.add(inFlight);
    const answer = inFlight.join(subject.namespace, want);
    const run = fly(inFlight, () => this.#start(subject.key, inFlight));
    run.then(
      result => this.#complete(subject.key, inFlight, result),
      (thrown: unknown) => this.#fail(subject.key, inFlight, thrown),
    );
    return answer;
  }

  #start(key: string, inFlight: InFlightRead<T>): void {
    if (this.#waiting.get(key) !== inFlight) return;
    this.#waiting.delete(key);
    const before = this.#started.get(key);
    if (before) this.#forget(before);
    this.#started.set(key, {
      key,
      sourceUid: inFlight.sourceUid,
      at: this.#clock.steady(),
      inFlight,
      answer: undefined,
    });
  }

  #complete(key: string, inFlight: InFlightRead<T>, result: Result<T>): void {
    this.#end(key, inFlight);
    inFlight.settle(result);
    const started = this.#started.get(key);
    if (started?.inFlight !== inFlight) return;
    if (inFlight.signal.aborted) this.#forget(started);
    else this.#keep(started, result);
  }

  #fail(key: string, inFlight: InFlightRead<T>, thrown: unknown): void {
    this.#end(key, inFlight);
    const started = this.#started.get(key);
    if (started?.inFlight === inFlight) this.#forget(started);
    inFlight.fail(thrown);
  }

  #end(key: string, inFlight: InFlightRead<T>): void {
    this.#inFlight.delete(inFlight);
    if (this.#waiting.get(key) === inFlight) this.#waiting.delete(key);
  }

  #keep(started: Started<T>, result: Result<T>): void {
    started.answer = { result, until: this.#clock.steady() + keepMs };
    started.inFlight = undefined;
    this.#kept.add(started);
    this.#bytes += this.#sizeWith(result);
    for (const oldest of this.#kept) {
      if (this.#bytes <= keepBytes) break;
      this.#forget(oldest);
    }
    this.#rearm();
  }

  #forget(started: Started<T>): void {
    if (this.#started.get(started.key) === started) this.#started.delete(started.key);
    if (this.#kept.delete(started) && started.answer) this.#bytes -= this.#sizeWith(started.answer.result);
  }

  #expire(): void {
    this.#expiry = undefined;
    const now = this.#clock.steady();
    for (const oldest of this.#kept) {
      if (oldest.answer && oldest.answer.until > now) break;
      this.#forget(oldest);
    }
    this.#rearm();
  }

  /** A kilobyte for the bookkeeping of each, and the value. */
  #sizeWith(result: Result<T>): number {
    return 1024 + (result.ok ? this.#sizeOf(result.value) : 0);
  }

  /** One timer, for the oldest answer. */
  #rearm(): void {
    const [oldest] = this.#kept;
    if (!oldest) {
      this.#expiry?.();
      this.#expiry = undefined;
      return;
    }
    const wait = (oldest.answer?.until ?? 0) - this.#clock.steady();
    this.#expiry ??= this.#timers.after(Math.max(0, wait), () => this.#expire());
  }
}

interface Started<T> {
  readonly key: string;
  readonly sourceUid: string;
  readonly at: number;
  /** Until it has landed. */
  inFlight: InFlightRead<T> | undefined;
  answer: { readonly result: Result<T>; readonly until: number } | undefined;
}
