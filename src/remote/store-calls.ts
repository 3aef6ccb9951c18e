import type { Priority } from '../async/priority.ts';
import type { AcquireRequest, Ticket } from '../async/semaphore.ts';
import type { Clock } from '../core/clock.ts';
import { type Fault, faultPolicy, isApiServerTrouble, unavailable } from '../core/fault.ts';
import { failed, type Result } from '../core/result.ts';
import type { CallOutcome } from './circuit-breaker.ts';
import type { CallKind } from './identity-budget.ts';
import { type ProviderObserver, type SourceAccess, sourceOfCall } from './ports.ts';
import type { SessionSlot } from './session-slot.ts';
import type { Caller, SourceLimiters } from './source-limiter.ts';
import { type Question, withSession } from './with-session.ts';

/** One call to a store: for whom, how urgent, until when. */
export interface StoreRequest {
  readonly kind: CallKind;
  readonly source: SourceAccess;
  readonly namespace: string;
  readonly session: SessionSlot;
  readonly inFlight: Waiting;
  /** Called when the store is asked. */
  readonly started: () => void;
  /** What it is when there was no answer in our own time. */
  readonly overtime: Fault;
}

/** What a call has to know of those who wait for it; both may change while it waits. */
export interface Waiting {
  readonly priority: Priority;
  /** Steady milliseconds. */
  readonly notBefore: number;
  readonly signal: AbortSignal;
  queue(ticketFor: (request: AcquireRequest) => Ticket, group: string): Ticket['granted'];
}

export interface StoreCallPorts {
  readonly clock: Clock;
  readonly observer: ProviderObserver;
  readonly gates: SourceLimiters;
}

/** A call takes a slot of its source, asks the source's breaker, then the session of its identity, then the store. */
export class StoreCalls {
  readonly #ports: StoreCallPorts;

  constructor(ports: StoreCallPorts) {
    this.#ports = ports;
  }

  /** A refusal that is known already costs no slot; it is looked for again after the wait for one. */
  async make<T>(storeRequest: StoreRequest, question: Question<T>, faultIn: FaultIn<T> = noFault): Promise<Result<T>> {
    const { source, namespace, session, inFlight } = storeRequest;
    const gate = this.#ports.gates.of(source.uid);
    const refused = this.refusal(storeRequest);
    if (refused) return failed(refused);
    const slots = gate.slots(callerOf(storeRequest));
    const release = await inFlight.queue(request => slots.queue(request), namespace);
    if (!release) return failed(withdrawn);
    try {
      const refusedMeanwhile = session.refusalFor(inFlight);
      if (refusedMeanwhile) return failed(refusedMeanwhile);
      return await gate.run(callerOf(storeRequest), source, () => this.#call(storeRequest, question, faultIn));
    } finally {
      release();
    }
  }

  /** What is known already: the login was refused, or the store wants to be left alone. */
  refusal(storeRequest: StoreRequest): Fault | undefined {
    const { source, session, inFlight } = storeRequest;
    return session.refusalFor(inFlight) ?? this.#ports.gates.of(source.uid).refusal(callerOf(storeRequest));
  }

  async #call<T>(
    storeRequest: StoreRequest,
    question: Question<T>,
    faultIn: FaultIn<T>,
  ): Promise<{ readonly result: Result<T>; readonly finding: CallOutcome }> {
    const { source, namespace, session, inFlight, started, overtime } = storeRequest;
    const { clock, observer } = this.#ports;
    const startedAt = clock.steady();
    const { priority, notBefore, signal } = inFlight;
    const result = await withSession(session, question, { priority, notBefore, signal, started, overtime });
    if (signal.aborted || session.isDropped) return { result, finding: 'neutral' };
    this.#ports.gates.of(source.uid).loginAt(namespace, session.refusedUntil);
    const fault = result.ok ? faultIn(result.value) : result.fault;
    const tookMs = clock.steady() - startedAt;
    observer.read({ ...sourceOfCall(source), outcome: fault?.kind ?? 'ok', tookMs });
    return { result, finding: findingOf(fault, storeRequest) };
  }
}

const callerOf = ({ namespace, kind, inFlight: { priority } }: StoreRequest): Caller => ({ namespace, kind, priority });

/** What an answer says about the store itself, although it is an answer. */
export type FaultIn<T> = (value: T) => Fault | undefined;
const noFault = (): undefined => undefined;

/**
 * `invalid` was found before the store was asked; the API server's trouble is none of the store's; and a search that takes
 * longer than we let it asks for too much.
 */
function findingOf(fault: Fault | undefined, { kind, overtime }: StoreRequest): CallOutcome {
  if (fault === undefined) return 'answered';
  if (kind === 'list' && fault === overtime) return 'neutral';
  if (faultPolicy[fault.kind].stalled || isApiServerTrouble(fault)) return 'neutral';
  return fault.kind === 'throttled' || fault.kind === 'unavailable' ? fault : 'answered';
}

export const withdrawn: Fault = unavailable('the source was changed or withdrawn while it was read');
