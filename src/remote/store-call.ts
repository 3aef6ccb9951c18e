import { endOfAll } from '../async/deadline.ts';
import { mostUrgent, type Priority } from '../async/priority.ts';
import type { Clock } from '../core/clock.ts';
import { type Fault, faultPolicy, isApiServerTrouble, isStoreFault, unavailable, unusable } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import type { ListRequest, LoginExpired, ReadAnswer, ReadRequest, RemoteValue } from '../providers/provider.ts';
import type { CallOutcome } from './circuit-breaker.ts';
import type { InFlightRead } from './coalesce.ts';
import type { CallKind } from './identity-budget.ts';
import { type ProviderObserver, type SourceAccess, sourceOfCall } from './ports.ts';
import type { SessionSlot } from './session-slot.ts';
import type { SourceLimiter } from './source-limiter.ts';
import { type Question, type SessionWant, withSession } from './with-session.ts';

/** What a store is asked for a namespace, and who waits for it. */
export interface StoreRequest<Kind extends CallKind, Request, Value> {
  readonly kind: Kind;
  readonly request: Request;
  readonly source: SourceAccess;
  readonly namespace: string;
  readonly session: SessionSlot;
  readonly inFlight: InFlightRead<Value>;
}
export type StoreRead = StoreRequest<'read', ReadRequest, RemoteValue>;
export type StoreList = StoreRequest<'list', ListRequest, readonly string[]>;

/** A request that leaves the queue. */
export interface DueRequest<Value> extends StoreRequest<CallKind, unknown, Value> {
  readonly priority: Priority;
  readonly outcome: PromiseWithResolvers<Result<Value>>;
}

export interface StoreCallPorts {
  readonly clock: Clock;
  readonly observer: ProviderObserver;
}

/** One call of a store for requests of one namespace and session, each of which gets its own answer. */
export async function callStore<Value>(
  due: readonly [DueRequest<Value>, ...DueRequest<Value>[]],
  ask: Ask<Value>,
  limiter: SourceLimiter,
  ports: StoreCallPorts,
): Promise<void> {
  using all = endOfAll(due.map(({ inFlight }) => inFlight.signal));
  const want: SessionWant = {
    priority: mostUrgent(due.map(({ priority }) => priority)),
    notBefore: Math.max(...due.map(({ inFlight }) => inFlight.notBefore)),
    signal: all.signal,
    started: () => {
      for (const { inFlight } of due) inFlight.startedAt = ports.clock.steady();
    },
    overtime: ask.overtime,
  };
  try {
    const result = await call(due[0], want, ask.question, limiter, ports);
    for (const [index, { outcome }] of due.entries())
      outcome.resolve(result.ok ? (result.value[index] ?? failed(withdrawn)) : result);
  } catch (thrown) {
    for (const { outcome } of due) outcome.reject(thrown);
  }
}

/** Asks the source's breakers, then the session of the identity, then the store; what came of it is reported to the breakers. */
async function call<Value>(
  { kind, source, namespace, session }: DueRequest<Value>,
  want: SessionWant,
  question: Question<Answers<Value>>,
  limiter: SourceLimiter,
  { clock, observer }: StoreCallPorts,
): Promise<Result<Answers<Value>>> {
  const refused = session.refusalFor(want);
  if (refused) return failed(refused);
  const caller = { namespace, kind, priority: want.priority };
  const permit = limiter.admit(caller);
  if (!permit.ok) return permit;
  const startedAt = clock.steady();
  const result = await withSession(session, question, want);
  if (want.signal.aborted || session.isDropped) {
    limiter.report(caller, permit.value, 'neutral');
    return result;
  }
  const fault = result.ok ? faultAmong(result.value) : result.fault;
  // A list that takes longer than we let it asks for too much.
  const isTooMuch = kind === 'list' && fault === want.overtime;
  limiter.loginAt(namespace, session.refusedUntil);
  limiter.report(caller, permit.value, isTooMuch ? 'neutral' : outcomeOf(fault, source));
  observer.read({ ...sourceOfCall(source), outcome: fault?.kind ?? 'ok', tookMs: clock.steady() - startedAt });
  return result;
}

/** One for each request, in their order. */
type Answers<Value> = readonly Result<Value>[];

/** How a store is asked for all of them, and what it is when it does not answer in our time. */
interface Ask<Value> {
  readonly question: Question<Answers<Value>>;
  readonly overtime: Fault;
}

/** Several in one call where the store has such a call: an entry that fails fails only itself, a login that has ended is for all. */
export function askForReads([{ request, source }, ...others]: readonly [StoreRead, ...StoreRead[]]): Ask<RemoteValue> {
  const overtime = unavailable(`${source.label} did not answer within 15 s`);
  if (!source.provider.batch?.takes(request))
    return { overtime, question: async (session, signal) => alone(await session.read(request, signal)) };
  const requests = [request, ...others.map(each => each.request)];
  return { overtime, question: async (session, signal) => together(await session.readMany?.(requests, signal)) };
}

export function askForList({ request, source: { label } }: StoreList): Ask<readonly string[]> {
  const below = request.prefix && ` below ${request.prefix}`;
  const cannot = failed(unavailable(`${label} cannot list its keys`));
  return {
    overtime: unusable(`${label} has more keys${below} than it could list within 15 s; make find.prefix longer`),
    question: async (session, signal) => alone((await session.list?.(request, signal)) ?? cannot),
  };
}

const alone = <T, F>(answer: Result<T, F>) => (answer.ok ? ok([answer]) : answer);

function together(answers: readonly ReadAnswer[] = []): Result<Answers<RemoteValue>, Fault | LoginExpired> {
  const each: Result<RemoteValue>[] = [];
  for (const answer of answers) {
    if (answer.ok) each.push(answer);
    else if (answer.fault.kind === 'login-expired') return failed(answer.fault);
    else each.push(failed(answer.fault));
  }
  return ok(each);
}

/** What the answers say about the store itself: it asks for fewer calls, or had no answer to any of the requests. */
function faultAmong(answers: Answers<unknown>): Fault | undefined {
  const faults = answers.flatMap(answer => (answer.ok ? [] : [answer.fault]));
  const noneAnswered = faults.length === answers.length && faults.every(isStoreFault);
  return faults.find(({ kind }) => kind === 'throttled') ?? (noneAnswered ? faults[0] : undefined);
}

/** `invalid` was found before the store was asked, and the API server's trouble is none of the store's. */
function outcomeOf(fault: Fault | undefined, { namespaced }: SourceAccess): CallOutcome {
  if (fault === undefined) return 'answered';
  if (!isStoreFault(fault))
    return faultPolicy[fault.kind].stalled || isApiServerTrouble(fault) ? 'neutral' : 'answered';
  const isLong = !namespaced && fault.kind === 'throttled' && fault.retryAfterMs !== undefined;
  return isLong ? { ...fault, retryAfterMs: Math.min(fault.retryAfterMs, longestSharedPauseMs) } : fault;
}

/** A pause that a store asks one identity for; of a source that many share, nobody can make it longer. */
const longestSharedPauseMs = 60_000;

export const withdrawn: Fault = unavailable('the source was changed or withdrawn while it was read');
