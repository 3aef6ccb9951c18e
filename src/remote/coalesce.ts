import type { Cancel, Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import type { Fault } from '../core/fault.ts';
import type { Result } from '../core/result.ts';
import { Flight } from './in-flight-read.ts';
import type { ReadWant } from './ports.ts';

/** What is read: the key holds everything that could make two answers differ, the identity first of all. */
export interface ReadSubject {
  readonly sourceUid: string;
  readonly namespace: string;
  readonly key: string;
}

/** Does the read; `started` is called when the store is asked. */
export type Fly<T> = (flight: Flight<T>, started: () => void) => Promise<Result<T>>;

const keepMs = 10_000;
const keepBytes = 8 * 1024 * 1024;

/**
 * A read satisfies every request that was made before the read started:
 *
 *   request 1 ──┐ request 2 ─┐
 *               ├─ waiting ──┴─ started ──── answer ──── kept 10 s
 *                                 request 3 ┴─ a read of its own
 *
 * Answers are kept because references that are due together do not all have their turn in the same moment.
 */
export class SharedReads<T> {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #sizeOf: (value: T) => number;
  readonly #waiting = new Map<string, Flight<T>>();
  readonly #started = new Map<string, Started<T>>();
  readonly #flying = new Set<Flight<T>>();
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

  read(subject: ReadSubject, want: ReadWant, fly: Fly<T>): Promise<Result<T>> {
    const started = this.#started.get(subject.key);
    const fresh = started && started.at >= want.notBefore ? started : undefined;
    if (fresh?.answer) return Promise.resolve(fresh.answer.result);
    const flight = fresh?.flight ?? this.#waiting.get(subject.key);
    // One that everybody has left is on its way down.
    if (!flight || flight.signal.aborted) return this.#launch(subject, want, fly);
    return flight.join(subject.namespace, want);
  }

  /** Ends the reads of a source, of one namespace of it, or all, and forgets the answers of that source. */
  drop(sourceUid: string | undefined, namespace: string | undefined, fault: Fault): void {
    const isMeant = (each: { readonly sourceUid: string }) => sourceUid === undefined || each.sourceUid === sourceUid;
    for (const flight of [...this.#flying].filter(isMeant)) flight.leave(namespace, fault);
    for (const started of [...this.#kept].filter(isMeant)) this.#forget(started);
    this.#rearm();
  }

  #launch(subject: ReadSubject, want: ReadWant, fly: Fly<T>): Promise<Result<T>> {
    const flight = new Flight<T>(subject.sourceUid, want);
    this.#waiting.set(subject.key, flight);
    this.#flying.add(flight);
    const answer = flight.join(subject.namespace, want);
    const run = fly(flight, () => this.#start(subject.key, flight));
    run.then(
      result => this.#land(subject.key, flight, result),
      (thrown: unknown) => this.#crash(subject.key, flight, thrown),
    );
    return answer;
  }

  #start(key: string, flight: Flight<T>): void {
    if (this.#waiting.get(key) !== flight) return;
    this.#waiting.delete(key);
    const before = this.#started.get(key);
    if (before) this.#forget(before);
    this.#started.set(key, { key, sourceUid: flight.sourceUid, at: this.#clock.steady(), flight, answer: undefined });
  }

  #land(key: string, flight: Flight<T>, result: Result<T>): void {
    this.#end(key, flight);
    flight.settle(result);
    const started = this.#started.get(key);
    if (started?.flight !== flight) return;
    if (flight.signal.aborted) this.#forget(started);
    else this.#keep(started, result);
  }

  #crash(key: string, flight: Flight<T>, thrown: unknown): void {
    this.#end(key, flight);
    const started = this.#started.get(key);
    if (started?.flight === flight) this.#forget(started);
    flight.fail(thrown);
  }

  #end(key: string, flight: Flight<T>): void {
    this.#flying.delete(flight);
    if (this.#waiting.get(key) === flight) this.#waiting.delete(key);
  }

  #keep(started: Started<T>, result: Result<T>): void {
    started.answer = { result, until: this.#clock.steady() + keepMs };
    started.flight = undefined;
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
  flight: Flight<T> | undefined;
  answer: { readonly result: Result<T>; readonly until: number } | undefined;
}
