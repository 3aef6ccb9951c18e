import { onAbort } from '../async/deadline.ts';
import type { Priority } from '../async/priority.ts';
import type { Cancel, Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import { type Fault, unavailable } from '../core/fault.ts';
import { failed, type Result } from '../core/result.ts';
import type { ReadWant } from './ports.ts';

/** What is read: the key holds everything that could make two answers differ, the identity first of all. */
export interface ReadSubject {
  readonly sourceUid: string;
  readonly namespace: string;
  readonly key: string;
}

/** A read that waits in the queue of its source, or is at the store. */
export interface QueuedRead<T> {
  readonly answer: Promise<Result<T>>;
  /** Somebody more urgent waits for it, too. */
  raise(priority: Priority): void;
}

/** Puts a read into the queue of its source. */
export type Enqueue<T> = (inFlight: InFlightRead<T>) => QueuedRead<T>;

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
  /** The newest read of each key, until it is answered. */
  readonly #newest = new Map<string, InFlightRead<T>>();
  readonly #inFlight = new Set<InFlightRead<T>>();
  /** By key, in the order of the answers. There may be a thousand: who waited for them is not held with them. */
  readonly #kept = new Map<string, Kept<T>>();
  #bytes = 0;
  #expiry: Cancel | undefined;

  /** `bytes`: the size of an answer. */
  constructor(clock: Clock, timers: Timers, bytes: (value: T) => number) {
    this.#clock = clock;
    this.#timers = timers;
    this.#sizeOf = bytes;
  }

  read(subject: ReadSubject, want: ReadWant, enqueue: Enqueue<T>): Promise<Result<T>> {
    const newest = this.#newest.get(subject.key);
    if (newest && newest.startedAt >= want.notBefore && !newest.signal.aborted) return newest.join(want);
    const kept = this.#kept.get(subject.key);
    if (kept && kept.startedAt >= want.notBefore) return Promise.resolve(kept.result);
    return this.#begin(subject, want, enqueue);
  }

  /** Ends the reads of a source, of one namespace of it, or all, and forgets the answers of that source. */
  drop(sourceUid: string | undefined, namespace: string | undefined, fault: Fault): void {
    const isOfSource = ({ subject }: { readonly subject: ReadSubject }) =>
      sourceUid === undefined || subject.sourceUid === sourceUid;
    for (const inFlight of [...this.#inFlight].filter(isOfSource))
      if (namespace === undefined || inFlight.subject.namespace === namespace) inFlight.end(fault);
    for (const { subject } of [...this.#kept.values()].filter(isOfSource)) this.#forget(subject.key);
    this.#rearm();
  }

  #begin(subject: ReadSubject, want: ReadWant, enqueue: Enqueue<T>): Promise<Result<T>> {
    this.#forget(subject.key);
    const inFlight = new InFlightRead<T>(subject, want.priority);
    this.#newest.set(subject.key, inFlight);
    this.#inFlight.add(inFlight);
    const answer = inFlight.join(want);
    inFlight.waitAs(enqueue(inFlight)).then(
      result => this.#complete(inFlight, result),
      (thrown: unknown) => this.#fail(inFlight, thrown),
    );
    return answer;
  }

  #complete(inFlight: InFlightRead<T>, result: Result<T>): void {
    inFlight.settle(result);
    const hasStarted = Number.isFinite(inFlight.startedAt);
    if (this.#isNewest(inFlight) && hasStarted && !inFlight.signal.aborted) this.#keep(inFlight, result);
    this.#remove(inFlight);
  }

  #fail(inFlight: InFlightRead<T>, thrown: unknown): void {
    this.#remove(inFlight);
    inFlight.fail(thrown);
  }

  #remove(inFlight: InFlightRead<T>): void {
    this.#inFlight.delete(inFlight);
    if (this.#isNewest(inFlight)) this.#newest.delete(inFlight.subject.key);
  }

  #keep({ subject, startedAt }: InFlightRead<T>, result: Result<T>): void {
    // A kilobyte for the bookkeeping of each, and the value.
    const bytes = 1024 + (result.ok ? this.#sizeOf(result.value) : 0);
    this.#kept.set(subject.key, { subject, startedAt, result, bytes, until: this.#clock.steady() + keepMs });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= keepBytes) break;
      this.#forget(oldest);
    }
    this.#rearm();
  }

  #forget(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }

  #isNewest(read: InFlightRead<T>): boolean {
    return this.#newest.get(read.subject.key) === read;
  }

  #expire(): void {
    this.#expiry = undefined;
    const now = this.#clock.steady();
    for (const [oldest, { until }] of this.#kept) {
      if (until > now) break;
      this.#forget(oldest);
    }
    this.#rearm();
  }

  /** One timer, for the oldest answer. */
  #rearm(): void {
    const [oldest] = this.#kept.values();
    if (oldest) {
      const wait = Math.max(0, oldest.until - this.#clock.steady());
      this.#expiry ??= this.#timers.after(wait, () => this.#expire());
      return;
    }
    this.#expiry?.();
    this.#expiry = undefined;
  }
}

interface Kept<T> {
  readonly subject: ReadSubject;
  /** Steady milliseconds. */
  readonly startedAt: number;
  readonly result: Result<T>;
  readonly bytes: number;
  readonly until: number;
}

/** One read that any number of requests wait for. It is aborted when none is left. */
export class InFlightRead<T> {
  readonly subject: ReadSubject;
  /** Of the first request; whoever joins raises it in the queue. */
  readonly priority: Priority;
  /** Steady milliseconds; infinite as long as the store was not asked. */
  startedAt = Number.POSITIVE_INFINITY;
  readonly #abort = new AbortController();
  readonly #waiting = new Set<WaitingRequest<T>>();
  #notBefore = 0;
  #queued: QueuedRead<T> | undefined;

  constructor(subject: ReadSubject, priority: Priority) {
    this.subject = subject;
    this.priority = priority;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Of the newest of the requests. */
  get notBefore(): number {
    return this.#notBefore;
  }

  /** It is in its queue from now on. */
  waitAs(queued: QueuedRead<T>): QueuedRead<T>['answer'] {
    this.#queued = queued;
    return queued.answer;
  }

  join({ notBefore, priority, signal }: ReadWant): Promise<Result<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Result<T>>();
    const request: WaitingRequest<T> = { resolve, reject, forget: () => undefined };
    this.#waiting.add(request);
    this.#notBefore = Math.max(this.#notBefore, notBefore);
    this.#queued?.raise(priority);
    request.forget = onAbort(signal, () => {
      resolve(failed(givenUp));
      this.#waiting.delete(request);
      if (this.#waiting.size === 0) this.#abort.abort();
    });
    return promise;
  }

  /** For all who wait. */
  settle(result: Result<T>): void {
    for (const { resolve } of this.#takeWaiting()) resolve(result);
  }

  /** A bug: each of the waiting reconciles reports it. */
  fail(thrown: unknown): void {
    for (const { reject } of this.#takeWaiting()) reject(thrown);
  }

  end(fault: Fault): void {
    this.settle(failed(fault));
    this.#abort.abort();
  }

  #takeWaiting(): readonly WaitingRequest<T>[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const { forget } of all) forget();
    return all;
  }
}

interface WaitingRequest<T> {
  readonly resolve: (result: Result<T>) => void;
  readonly reject: (thrown: unknown) => void;
  forget: () => void;
}

const givenUp: Fault = unavailable('the read was given up');
