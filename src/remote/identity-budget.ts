import type { Clock } from '../core/clock.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { RetrySchedule } from './retry-schedule.ts';
import { SlowStart } from './slow-start.ts';

export interface BudgetOptions {
  readonly clock: Clock;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
}

/** Lists fail apart from reads: what cannot be listed may well be read. */
export type CallKind = 'read' | 'list';

/**
 * What one identity has left at one source: its circuit breakers, its retries, and the pace at which it comes back after
 * an outage. Nobody else's calls are counted here.
 */
export class IdentityBudget {
  readonly retries: RetrySchedule;
  readonly pace: SlowStart;
  /** Steady milliseconds: until then a login that was refused is not tried again. */
  loginAt = 0;
  usedAt = 0;
  readonly #breakers: Readonly<Record<CallKind, CircuitBreaker>>;

  constructor({ clock, random }: BudgetOptions) {
    this.retries = new RetrySchedule(random);
    this.pace = new SlowStart(clock);
    this.#breakers = { read: new CircuitBreaker(random), list: new CircuitBreaker(random) };
  }

  /** That of reads, or that of lists. */
  breaker(kind: CallKind): CircuitBreaker {
    return this.#breakers[kind];
  }

  /** Steady milliseconds: since then reads of it fail. */
  get failingSince(): number | undefined {
    return this.#breakers.read.openSince;
  }

  get isFailing(): boolean {
    return this.failingSince !== undefined;
  }

  /** The store answers it again, after so many milliseconds. */
  recover(awayMs: number): void {
    this.retries.reset();
    this.pace.recover(awayMs);
  }

  /** Steady milliseconds at which a call may be tried again; in the past for now. */
  get triesAt(): number {
    const { read, list } = this.#breakers;
    return Math.max(this.loginAt, read.halfOpenAt ?? 0, list.halfOpenAt ?? 0);
  }

  /** What was learnt about the store no longer holds. */
  reset(): void {
    for (const breaker of Object.values(this.#breakers)) breaker.reset();
  }
}

/** Longer than any reference waits for its retry. */
const forgottenMs = 2 * 60 * 60_000;

/** Those of one source, by namespace: so identities are kept apart also where they share one login. */
export class IdentityBudgets {
  readonly #options: BudgetOptions;
  readonly #byNamespace = new Map<string, IdentityBudget>();
  readonly #recovering = new Set<string>();
  #tidyAt = 100;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Undefined when nothing is known about it: all is well. */
  known(namespace: string): IdentityBudget | undefined {
    return this.#byNamespace.get(namespace);
  }

  of(namespace: string): IdentityBudget {
    const budget = this.known(namespace) ?? this.#add(namespace);
    budget.usedAt = this.#options.clock.steady();
    return budget;
  }

  get failing(): number {
    return this.#byNamespace.values().reduce((count, { isFailing }) => count + (isFailing ? 1 : 0), 0);
  }

  get recovering(): Iterable<string> {
    for (const namespace of this.#recovering)
      if (!this.known(namespace)?.pace.isRecovering) this.#recovering.delete(namespace);
    return this.#recovering;
  }

  /** The store answers this identity again. */
  recover(namespace: string, awayMs: number): void {
    this.of(namespace).recover(awayMs);
    this.#recovering.add(namespace);
  }

  /** It is back for all of them. For each it was away since its own reads fail: when all fail is known much later. */
  recoverAll(): void {
    const now = this.#options.clock.steady();
    for (const [namespace, budget] of this.#byNamespace) {
      if (budget.failingSince !== undefined) this.recover(namespace, now - budget.failingSince);
      budget.reset();
    }
  }

  forget(namespace: string): void {
    this.#byNamespace.delete(namespace);
  }

  #add(namespace: string): IdentityBudget {
    if (this.#byNamespace.size >= this.#tidyAt) this.#tidy();
    const budget = new IdentityBudget(this.#options);
    this.#byNamespace.set(namespace, budget);
    return budget;
  }

  /** Namespaces come and go. */
  #tidy(): void {
    const since = this.#options.clock.steady() - forgottenMs;
    for (const [namespace, { usedAt }] of this.#byNamespace) if (usedAt < since) this.#byNamespace.delete(namespace);
    this.#tidyAt = 2 * this.#byNamespace.size + 100;
  }
}
