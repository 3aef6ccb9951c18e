import { onAbort } from '../async/deadline.ts';
import { type Priority, rank } from '../async/priority.ts';
import type { AcquireRequest, Ticket } from '../async/semaphore.ts';
import type { Fault } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import type { ReadRequest, RemoteValue } from '../providers/provider.ts';
import { type StoreRequest, type Waiting, withdrawn } from './store-calls.ts';
import type { Question } from './with-session.ts';

type Answers = readonly Result<RemoteValue>[];

/** Reads that leave together. It waits at the priority of the most urgent, until the last of them has gone. */
export class Batch implements Waiting {
  /** Resolved when it need not wait for company any longer. */
  readonly gathered = Promise.withResolvers<void>();
  readonly #abort = new AbortController();
  readonly #members = new Set<Member>();
  #priority: Priority;
  #started = false;
  #ticket: Ticket | undefined;

  constructor(priority: Priority) {
    this.#priority = priority;
  }

  get size(): number {
    return this.#members.size;
  }

  get priority(): Priority {
    return this.#priority;
  }

  get notBefore(): number {
    return Math.max(...[...this.#members].map(({ storeRequest }) => storeRequest.inFlight.notBefore));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  add(storeRequest: StoreRequest, request: ReadRequest): Promise<Result<RemoteValue>> {
    const { promise, resolve, reject } = Promise.withResolvers<Result<RemoteValue>>();
    const member: Member = { storeRequest, request, resolve, reject, forget: () => undefined };
    this.#members.add(member);
    member.forget = onAbort(storeRequest.inFlight.signal, () => this.#leave(member));
    this.#raise(storeRequest.inFlight.priority);
    // Whatever makes the member more urgent from now on makes the batch more urgent.
    void storeRequest.inFlight.queue(
      () => ({ granted: this.#noSlot, raise: priority => this.#raise(priority) }),
      storeRequest.namespace,
    );
    return promise;
  }

  queue(ticketFor: (request: AcquireRequest) => Ticket, group: string): Ticket['granted'] {
    this.#ticket = ticketFor({ priority: this.#priority, group, signal: this.signal });
    return this.#ticket.granted;
  }

  /** From here on the members are those of the call. */
  start(): void {
    this.#started = true;
    for (const { storeRequest } of this.#members) storeRequest.started();
  }

  readonly question: Question<Answers> = async (session, signal) => {
    const requests = [...this.#members].map(({ request }) => request);
    const answers: Result<RemoteValue>[] = [];
    for (const answer of (await session.readMany?.(requests, signal)) ?? []) {
      if (answer.ok) answers.push(answer);
      else if (answer.fault.kind === 'login-expired') return failed(answer.fault);
      else answers.push(failed(answer.fault));
    }
    return ok(answers);
  };

  /** The store asks for fewer calls, or gave none of the members an answer. */
  readonly faultIn = (answers: Answers): Fault | undefined => {
    const faults = answers.flatMap(answer => (answer.ok ? [] : [answer.fault]));
    const [first] = faults;
    const none = faults.length === answers.length && faults.every(({ kind }) => kind === 'unavailable');
    return faults.find(({ kind }) => kind === 'throttled') ?? (none ? first : undefined);
  };

  /** Each member gets its own answer, or what became of the call. */
  settle(result: Result<Answers>): void {
    for (const [index, { forget, resolve }] of [...this.#members].entries()) {
      forget();
      resolve(result.ok ? (result.value[index] ?? failed(withdrawn)) : result);
    }
  }

  fail(thrown: unknown): void {
    for (const { forget, reject } of this.#members) {
      forget();
      reject(thrown);
    }
  }

  #raise(priority: Priority): void {
    if (rank(priority) >= rank(this.#priority)) return;
    this.#priority = priority;
    this.#ticket?.raise(priority);
  }

  #leave(member: Member): void {
    member.resolve(failed(withdrawn));
    if (!this.#started) this.#members.delete(member);
    if ([...this.#members].some(({ storeRequest }) => !storeRequest.inFlight.signal.aborted)) return;
    this.#abort.abort();
    this.gathered.resolve();
  }

  readonly #noSlot = Promise.resolve(undefined);
}

interface Member {
  readonly storeRequest: StoreRequest;
  readonly request: ReadRequest;
  readonly resolve: (answer: Result<RemoteValue>) => void;
  readonly reject: (thrown: unknown) => void;
  forget: () => void;
}
