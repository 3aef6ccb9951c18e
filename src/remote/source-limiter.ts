import type { Priority } from '../async/priority.ts';
import type { Clock } from '../core/clock.ts';
import type { Fault } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { type CallOutcome, CircuitBreaker, type Permit } from './circuit-breaker.ts';
import { type BudgetOptions, type CallKind, type IdentityBudget, IdentityBudgets } from './identity-budget.ts';
import type { Recovery } from './ports.ts';
import { RetrySchedule } from './retry-schedule.ts';

export interface LimiterOptions extends BudgetOptions {
  /** Calls of one identity to one source at a time, an eighth of them kept for rotations; default 16. */
  readonly slotsPerIdentity?: number;
  /** How many keys of a namespace wait for the source before they read from it; default: none. */
  readonly waitingFor?: (sourceUid: string, namespace: string) => number;
}

/** Who calls, what, and how urgently. */
export interface Caller {
  readonly namespace: string;
  readonly kind: CallKind;
  readonly priority: Priority;
}

/** So many identities that fail at once are an outage of the store, if it answers nobody else either for so long. */
const several = 3;
const silentMs = 30_000;

/**
 * What stands between the references and one store. Each identity has a budget of its own, so that nobody's failing,
 * hanging or throttled calls are in the way of somebody else's; identities are kept apart by their namespaces, also
 * where they share one login. When several fail and none is answered, they try the store one after the other.
 */
export class SourceLimiter {
  readonly #clock: Clock;
  readonly #recovered: (recovery: Omit<Recovery, 'sourceUid'>) => void;
  readonly #budgets: IdentityBudgets;
  readonly #outage: CircuitBreaker;
  /** While all fail. */
  readonly #retries: RetrySchedule;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(options: LimiterOptions, recovered: (recovery: Omit<Recovery, 'sourceUid'>) => void) {
    const { random } = options;
    this.#clock = options.clock;
    this.#recovered = recovered;
    this.#budgets = new IdentityBudgets(options);
    this.#outage = new CircuitBreaker(random);
    this.#retries = new RetrySchedule(random);
  }

  /** Whether calls of this kind fail for this identity. */
  isFailing({ namespace, kind }: Caller): boolean {
    return this.#budgets.known(namespace)?.breaker(kind).halfOpenAt !== undefined;
  }

  /** An identity that was answered last may try even while all others fail: it may know better than they do. */
  refusal({ namespace, kind, priority }: Caller): Fault | undefined {
    const breaker = this.#budgets.known(namespace)?.breaker(kind);
    if (breaker?.halfOpenAt === undefined) return undefined;
    return breaker.refusal(priority, this.#now) ?? this.#outage.refusal(priority, this.#now);
  }

  /** Leave to call the store once. */
  admit({ namespace, kind, priority }: Caller): Result<CallPermit> {
    const refused = this.refusal({ namespace, kind, priority });
    if (refused) return failed(refused);
    const budget = this.#budgets.of(namespace);
    const breaker = budget.breaker(kind);
    const outage = breaker.halfOpenAt === undefined ? ok(this.#outage.pass()) : this.#outage.admit(priority, this.#now);
    if (!outage.ok) return outage;
    const own = breaker.admit(priority, this.#now);
    return own.ok ? ok({ budget, own: own.value, outage: outage.value }) : own;
  }

  /** What came of it. */
  report({ namespace, kind }: Caller, { budget, own, outage }: CallPermit, outcome: CallOutcome): void {
    const now = this.#now;
    const enough = this.#outage.halfOpenAt === undefined ? undefined : 1;
    const recovered = budget.breaker(kind).report(own, outcome, now, enough);
    if (outcome === 'answered') this.#answeredAt = now;
    const counts = outcome === 'answered' || (kind === 'read' && this.#isWidespread());
    const isBack = this.#outage.report(outage, counts ? outcome : 'neutral', now);
    if (budget.isFailing) budget.pace.hold();
    if (recovered && !budget.isFailing) this.#budgets.recover(namespace, recovered.awayMs);
    if (isBack) {
      this.#budgets.recoverAll();
      this.#retries.reset();
      this.#recovered({});
    } else if (recovered) this.#recovered({ namespace });
  }

  /** No login of that identity is tried before, in steady milliseconds. */
  loginAt(namespace: string, time: number): void {
    this.#budgets.of(namespace).loginAt = time;
  }

  /** Steady milliseconds. While all fail, all share one schedule. */
  retryAt(namespace: string, reference: string, waitMs: number): number {
    const budget = this.#budgets.of(namespace);
    const outageEnds = budget.isFailing ? this.#outage.halfOpenAt : undefined;
    const schedule = outageEnds === undefined ? budget.retries : this.#retries;
    return schedule.next(reference, waitMs, this.#now, Math.max(budget.triesAt, outageEnds ?? 0));
  }

  /** It is gone, and waits for no retry any more. */
  forgetReference(namespace: string, reference: string): void {
    for (const schedule of [this.#budgets.known(namespace)?.retries, this.#retries]) schedule?.forget(reference);
  }

  forget(namespace: string): void {
    this.#budgets.forget(namespace);
  }

  /** Milliseconds until its next call may go, while it comes back after an outage; 0 for now. */
  waitMs(namespace: string, priority: Priority): number {
    return this.#budgets.known(namespace)?.pace.waitMs(priority) ?? 0;
  }

  /** A call of it goes; so many wait behind it. */
  paced(namespace: string, waiting: number): void {
    this.#budgets.known(namespace)?.pace.granted(waiting);
  }

  /** The namespaces that may have to wait. */
  get recovering(): Iterable<string> {
    return this.#budgets.recovering;
  }

  #isWidespread(): boolean {
    return this.#now >= this.#answeredAt + silentMs && this.#budgets.failing >= several;
  }

  get #now(): number {
    return this.#clock.steady();
  }
}

/** Handed back with what came of the call. */
export interface CallPermit {
  readonly budget: IdentityBudget;
  readonly own: Permit;
  readonly outage: Permit;
}
