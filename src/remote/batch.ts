import { onAbort } from '../async/deadline.ts';
import { type Lane, rank } from '../async/priority.ts';
import type { SlotRequest, Ticket } from '../async/semaphore.ts';
import type { Fault } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import type { ReadRequest, RemoteValue } from '../providers/provider.ts';
import { type Errand, type Waiting, withdrawn } from './store-calls.ts';
import type { Question } from './with-session.ts';

type Answers = readonly Result<RemoteValue>[];

/** Reads that leave together. It waits in their place, in the lane of the most urgent, until the last of them has gone. */
export class Batch implements Waiting {
  /** Resolved when it need not wait for company any longer. */
  readonly gathered = Promise.withResolvers<void>();
  readonly #abort = new AbortController();
  readonly #members = new Set<Member>();
  #lane: Lane;
  #started = false;
  #ticket: Ticket | undefined;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  get size(): number {
    return this.#members.size;
  }

  get lane(): Lane {
    return this.#lane;
  }

  get notBefore(): number {
    return Math.max(...[...this.#members].map(({ errand }) => errand.flight.notBefore));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  add(errand: Errand, request: ReadRequest): Promise<Result<RemoteValue>> {
    const { promise, resolve, reject } = Promise.withResolvers<Result<RemoteValue>>();
    const member: Member = { errand, request, resolve, reject, forget: () => undefined };
    this.#members.add(member);
    member.forget = onAbort(errand.flight.signal, () => this.#leave(member));
    this.#raise(errand.flight.lane);
    // Whatever makes the member more urgent from now on makes the batch more urgent.
    void errand.flight.queue(() => ({ granted: this.#noSlot, raise: lane => this.#raise(lane) }), errand.namespace);
    return promise;
  }

  queue(ticketFor: (request: SlotRequest) => Ticket, group: string): Ticket['granted'] {
    this.#ticket = ticketFor({ lane: this.#lane, group, signal: this.signal });
    return this.#ticket.granted;
  }

  /** From here on the members are those of the call. */
  start(): void {
    this.#started = true;
    for (const { errand } of this.#members) errand.started();
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

  #raise(lane: Lane): void {
    if (rank(lane) >= rank(this.#lane)) return;
    this.#lane = lane;
    this.#ticket?.raise(lane);
  }

  #leave(member: Member): void {
    member.resolve(failed(withdrawn));
    if (!this.#started) this.#members.delete(member);
    if ([...this.#members].some(({ errand }) => !errand.flight.signal.aborted)) return;
    this.#abort.abort();
    this.gathered.resolve();
  }

  readonly #noSlot = Promise.resolve(undefined);
}

interface Member {
  readonly errand: Errand;
  readonly request: ReadRequest;
  readonly resolve: (answer: Result<RemoteValue>) => void;
  readonly reject: (thrown: unknown) => void;
  forget: () => void;
}
