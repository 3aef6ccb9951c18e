import type { Clock } from '../core/clock.ts';
import { Breaker } from './breaker.ts';
import { RetryLine } from './retry-line.ts';

/** Lists fail apart from reads: what cannot be listed may well be read. */
export type CallKind = 'read' | 'list';

/** What one identity has left at one source: its circuit breakers and its retries. Nobody else's calls are counted here. */
export class IdentityBudget {
  readonly retries: RetryLine;
  /** Steady milliseconds: until then a login that was refused is not tried again. */
  loginAt = 0;
  usedAt = 0;
  readonly #breakers: Readonly<Record<CallKind, Breaker>>;

  constructor(random: () => number) {
    this.retries = new RetryLine(random);
    this.#breakers = { read: new Breaker(random), list: new Breaker(random) };
  }

  /** That of reads, or that of lists. */
  breaker(kind: CallKind): Breaker {
    return this.#breakers[kind];
  }

  /** Reads of it fail. */
  get isFailing(): boolean {
    return this.#breakers.read.opensAt !== undefined;
  }

  /** Steady milliseconds at which a call may be tried again; in the past for now. */
  get triesAt(): number {
    const { read, list } = this.#breakers;
    return Math.max(this.loginAt, read.opensAt ?? 0, list.opensAt ?? 0);
  }
}

/** Longer than any reference waits for its retry. */
const forgottenMs = 2 * 60 * 60_000;

/** Those of one source, by namespace: so identities are told apart also where they share one login. */
export class IdentityBudgets {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #byNamespace = new Map<string, IdentityBudget>();
  #tidyAt = 100;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: () => number }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Undefined when nothing is known about it: all is well. */
  known(namespace: string): IdentityBudget | undefined {
    return this.#byNamespace.get(namespace);
  }

  of(namespace: string): IdentityBudget {
    const budget = this.known(namespace) ?? this.#add(namespace);
    budget.usedAt = this.#clock.steady();
    return budget;
  }

  get failing(): number {
    return this.#byNamespace.values().reduce((count, { isFailing }) => count + (isFailing ? 1 : 0), 0);
  }

  forget(namespace: string): void {
    this.#byNamespace.delete(namespace);
  }

  clear(): void {
    this.#byNamespace.clear();
  }

  #add(namespace: string): IdentityBudget {
    if (this.#byNamespace.size >= this.#tidyAt) this.#tidy();
    const budget = new IdentityBudget(this.#random);
    this.#byNamespace.set(namespace, budget);
    return budget;
  }

  /** Namespaces come and go. */
  #tidy(): void {
    const since = this.#clock.steady() - forgottenMs;
    for (const [namespace, { usedAt }] of this.#byNamespace) if (usedAt < since) this.#byNamespace.delete(namespace);
    this.#tidyAt = 2 * this.#byNamespace.size + 100;
  }
}
