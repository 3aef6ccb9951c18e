import type { Priority } from '../async/priority.ts';
import { type Pace, Semaphore } from '../async/semaphore.ts';
import type { Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import type { Fault } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { type CallOutcome, CircuitBreaker, type Permit } from './circuit-breaker.ts';
import { type BudgetOptions, type CallKind, type IdentityBudget, IdentityBudgets } from './identity-budget.ts';
import type { Recovery, SourceAccess } from './ports.ts';
import { RetrySchedule } from './retry-schedule.ts';

export interface LimiterOptions extends BudgetOptions {
  readonly timers: Timers;
  /** Calls of one identity to one source at a time, an eighth of them kept for rotations; default 16. */
  readonly slotsPerIdentity?: number;
}

const triesOf = (slotsPerIdentity: number): number => Math.ceil(slotsPerIdentity / 4);

/** Calls of all identities to one source at a time. */
export const callsPerSource = (slotsPerIdentity: number): number => 2 * slotsPerIdentity + triesOf(slotsPerIdentity);

/** The limiters of all sources, by UID. */
export class SourceLimiters {
  readonly #options: LimiterOptions;
  readonly #bySource = new Map<string, SourceLimiter>();
  readonly #onRecovered: ((recovery: Recovery) => void)[] = [];

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  of(sourceUid: string): SourceLimiter {
    const known = this.#bySource.get(sourceUid);
    if (known) return known;
    const gate = new SourceLimiter(this.#options, recovery => this.#recovered({ sourceUid, ...recovery }));
    this.#bySource.set(sourceUid, gate);
    return gate;
  }

  /** The source changed or is gone, or serves a namespace no longer: what was learnt no longer holds. */
  forget(sourceUid: string, namespace?: string): void {
    if (namespace === undefined) this.#bySource.delete(sourceUid);
    else this.#bySource.get(sourceUid)?.forget(namespace);
  }

  onRecovered(handler: (recovery: Recovery) => void): void {
    this.#onRecovered.push(handler);
  }

  #recovered(recovery: Recovery): void {
    for (const handler of this.#onRecovered) handler(recovery);
  }
}

/** Who calls, what, and how urgently. */
export interface Caller {
  readonly namespace: string;
  readonly kind: CallKind;
  readonly priority: Priority;
}

/** The largest batch of a store, so that batches fill all slots. */
const reconcilesPerSlot = 20;
/** So many identities that fail at once are an outage of the store, if it answers nobody else either for so long. */
const several = 3;
const silentMs = 30_000;
/** A pause that a store asks one identity for; of a source that many share, nobody can make it longer. */
const longestSharedPauseMs = 60_000;

/**
 * What stands between the references and one store. Each identity has a budget of its own, so that nobody's failing,
 * hanging or throttled calls are in the way of somebody else's; identities are kept apart by their namespaces, also
 * where they share one login. When several fail and none is answered, they try the store one after the other.
 */
export class SourceLimiter {
  /** For reconciles. One that waits for a store holds some 14 kB: of thousands that are due at once, most wait in the work queue. */
  readonly capacity: Semaphore;
  readonly #slots: Semaphore;
  /** Identities that fail try in slots of their own, so that many whose calls hang do not fill the others for ever. */
  readonly #slotsToTry: Semaphore;
  readonly #clock: Clock;
  readonly #recovered: (recovery: Omit<Recovery, 'sourceUid'>) => void;
  readonly #budgets: IdentityBudgets;
  readonly #outage: CircuitBreaker;
  /** While all fail. */
  readonly #retries: RetrySchedule;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(options: LimiterOptions, recovered: (recovery: Omit<Recovery, 'sourceUid'>) => void) {
    const { random, timers, slotsPerIdentity: perIdentity = 16 } = options;
    this.#clock = options.clock;
    this.#recovered = recovered;
    this.#budgets = new IdentityBudgets(options);
    this.#outage = new CircuitBreaker(random);
    this.#retries = new RetrySchedule(random);
    const tries = triesOf(perIdentity);
    this.capacity = new Semaphore(2 * perIdentity * reconcilesPerSlot, { perGroup: perIdentity * reconcilesPerSlot });
    this.#slots = new Semaphore(2 * perIdentity, { perGroup: perIdentity, pacing: { pace: this.#pace(), timers } });
    this.#slotsToTry = new Semaphore(tries, { perGroup: tries });
  }

  /** Those that a call takes one of. */
  slots({ namespace, kind }: Caller): Semaphore {
    return this.#budgets.known(namespace)?.breaker(kind).halfOpenAt === undefined ? this.#slots : this.#slotsToTry;
  }

  /** An identity that was answered last may try even while all others fail: it may know better than they do. */
  refusal({ namespace, kind, priority }: Caller): Fault | undefined {
    const breaker = this.#budgets.known(namespace)?.breaker(kind);
    if (breaker?.halfOpenAt === undefined) return undefined;
    return breaker.refusal(priority, this.#now) ?? this.#outage.refusal(priority, this.#now);
  }

  /** Calls the store if the breakers let it, and reports to them what came of it. */
  async run<T>(
    caller: Caller,
    source: Pick<SourceAccess, 'namespaced'>,
    call: () => Promise<{ readonly result: Result<T>; readonly finding: CallOutcome }>,
  ): Promise<Result<T>> {
    const permit = this.#admit(caller);
    if (!permit.ok) return permit;
    permit.value.budget.pace.called();
    const { result, finding } = await call();
    this.#report(caller, permit.value, source.namespaced ? finding : shortened(finding));
    return result;
  }

  /** No login of that identity is tried before, in steady milliseconds. */
  loginAt(namespace: string, time: number): void {
    this.#budgets.of(namespace).loginAt = time;
  }

  /** Steady milliseconds. While all fail, all share one schedule. */
  retryAt(namespace: string, reference: string, waitMs: number): number {
    const budget = this.#budgets.of(namespace);
    const outageEnds = budget.isFailing ? this.#outage.halfOpenAt : undefined;
    const line = outageEnds === undefined ? budget.retries : this.#retries;
    return line.next(reference, waitMs, this.#now, Math.max(budget.triesAt, outageEnds ?? 0));
  }

  forget(namespace: string): void {
    this.#budgets.forget(namespace);
  }

  #admit({ namespace, kind, priority }: Caller): Result<Permits> {
    const refused = this.refusal({ namespace, kind, priority });
    if (refused) return failed(refused);
    const budget = this.#budgets.of(namespace);
    const breaker = budget.breaker(kind);
    const outage = breaker.halfOpenAt === undefined ? ok(this.#outage.pass()) : this.#outage.admit(priority, this.#now);
    if (!outage.ok) return outage;
    const own = breaker.admit(priority, this.#now);
    return own.ok ? ok({ budget, own: own.value, outage: outage.value }) : own;
  }

  #report({ namespace, kind }: Caller, { budget, own, outage }: Permits, finding: CallOutcome): void {
    const now = this.#now;
    const enough = this.#outage.halfOpenAt === undefined ? undefined : 1;
    const recovered = budget.breaker(kind).report(own, finding, now, enough);
    if (finding === 'answered') this.#answeredAt = now;
    const counts = finding === 'answered' || (kind === 'read' && this.#isWidespread());
    const isBack = this.#outage.report(outage, counts ? finding : 'neutral', now);
    if (budget.isFailing) budget.pace.hold();
    if (isBack) {
      this.#budgets.recoverAll(isBack.awayMs);
      this.#retries.reset();
      this.#recovered({});
    } else if (recovered) {
      if (!budget.isFailing) this.#budgets.recover(namespace, recovered.awayMs);
      this.#recovered({ namespace });
    }
  }

  /** Each identity comes back at its own pace. */
  #pace(): Pace {
    const budgets = this.#budgets;
    return {
      waitMs: namespace => budgets.known(namespace)?.pace.waitMs() ?? 0,
      granted: namespace =>
        budgets.known(namespace)?.pace.granted(this.#slots.waitingOf(namespace) + this.capacity.waitingOf(namespace)),
      get slowed() {
        return budgets.recovering;
      },
    };
  }

  #isWidespread(): boolean {
    return this.#now >= this.#answeredAt + silentMs && this.#budgets.failing >= several;
  }

  get #now(): number {
    return this.#clock.steady();
  }
}

interface Permits {
  readonly budget: IdentityBudget;
  readonly own: Permit;
  readonly outage: Permit;
}

function shortened(finding: CallOutcome): CallOutcome {
  if (finding === 'answered' || finding === 'neutral' || finding.kind !== 'throttled') return finding;
  const { retryAfterMs } = finding;
  return retryAfterMs === undefined
    ? finding
    : { ...finding, retryAfterMs: Math.min(retryAfterMs, longestSharedPauseMs) };
}
