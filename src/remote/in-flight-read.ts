import { onAbort } from '../async/deadline.ts';
import { type Priority, rank } from '../async/priority.ts';
import type { AcquireRequest, Ticket } from '../async/semaphore.ts';
import { type Fault, unavailable } from '../core/fault.ts';
import { failed, type Result } from '../core/result.ts';
import type { ReadWant } from './ports.ts';

/** One read that any number of requests wait for. It is aborted when none is left. */
export class InFlightRead<T> {
  /** Who it reads for: the drop of a source or of a namespace ends the requests that belong to it. */
  readonly sourceUid: string;
  readonly #abort = new AbortController();
  readonly #joined = new Set<Joined<T>>();
  #priority: Priority;
  #notBefore: number;
  #ticket: Ticket | undefined;

  constructor(sourceUid: string, want: ReadWant) {
    this.sourceUid = sourceUid;
    this.#priority = want.priority;
    this.#notBefore = want.notBefore;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get priority(): Priority {
    return this.#priority;
  }

  /** The newest of the requests. */
  get notBefore(): number {
    return this.#notBefore;
  }

  /** Waits for a slot at the priority of its most urgent request. */
  queue(ticketFor: (request: AcquireRequest) => Ticket, group: string): Ticket['granted'] {
    this.#ticket = ticketFor({ priority: this.#priority, group, signal: this.signal });
    return this.#ticket.granted;
  }

  join(namespace: string, want: ReadWant): Promise<Result<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Result<T>>();
    const joined: Joined<T> = { namespace, resolve, reject, undo: [] };
    this.#joined.add(joined);
    this.#notBefore = Math.max(this.#notBefore, want.notBefore);
    this.#raise(want.priority);
    joined.undo.push(onAbort(want.signal, () => this.#leave(joined, unavailable('the read was given up'))));
    return promise;
  }

  /** Ends the requests of one namespace, or all. */
  leave(namespace: string | undefined, fault: Fault): void {
    for (const joined of [...this.#joined]) {
      if (namespace === undefined || joined.namespace === namespace) this.#leave(joined, fault);
    }
  }

  settle(result: Result<T>): void {
    for (const joined of this.#ended()) joined.resolve(result);
  }

  /** A bug: each of the waiting reconciles reports it. */
  fail(thrown: unknown): void {
    for (const joined of this.#ended()) joined.reject(thrown);
  }

  #raise(priority: Priority): void {
    if (rank(priority) >= rank(this.#priority)) return;
    this.#priority = priority;
    this.#ticket?.raise(priority);
  }

  #leave(joined: Joined<T>, fault: Fault): void {
    this.#joined.delete(joined);
    for (const undo of joined.undo) undo();
    joined.resolve(failed(fault));
    if (this.#joined.size === 0) this.#abort.abort();
  }

  #ended(): readonly Joined<T>[] {
    const all = [...this.#joined];
    this.#joined.clear();
    for (const undo of all.flatMap(joined => joined.undo)) undo();
    return all;
  }
}

interface Joined<T> {
  readonly namespace: string;
  readonly resolve: (result: Result<T>) => void;
  readonly reject: (thrown: unknown) => void;
  readonly undo: (() => void)[];
}
