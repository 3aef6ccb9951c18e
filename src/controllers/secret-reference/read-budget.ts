import { TokenBucket } from '../../async/token-bucket.ts';
import { timestamp } from '../../core/clock.ts';
import { type Fault, tooManyChanges } from '../../core/fault.ts';
import type { Observed } from './nouns/observed.ts';
import type { SyncPlan } from './nouns/planned.ts';
import { isChanged } from './nouns/reference-state.ts';
import { isRequested } from './rotation.ts';

const burst = 100;
const perSecond = 10;
/** Many remote secrets of one reference cost less than as many references: stores answer them in batches. */
const readsPerToken = 20;
/** Milliseconds after which a reference is changed for the first time again. */
const freshMs = 10 * 60_000;

/**
 * What edits and repairs of one namespace may read from one source: 100 at once and 10 a second after that. Whoever comes
 * when it is used up gets a time of its own, so that hundreds do not try again at once.
 */
export class ReadBudgets {
  readonly #buckets = new Map<string, TokenBucket>();
  #tidyAt = 1000;

  /** Steady milliseconds at which so many reads may start. */
  reserve(sourceUid: string, namespace: string, reads: number, now: number): number {
    this.#tidy(now);
    const id = `${sourceUid}/${namespace}`;
    const bucket = this.#buckets.get(id) ?? new TokenBucket(burst, perSecond, now);
    this.#buckets.set(id, bucket);
    return bucket.reserve(now, Math.ceil(reads / readsPerToken));
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Namespaces and sources come and go; a full bucket says what none says. */
  #tidy(now: number): void {
    if (this.#buckets.size < this.#tidyAt) return;
    for (const [id, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(id);
    this.#tidyAt = 2 * this.#buckets.size + 1000;
  }
}

/** Steady milliseconds at which the reads of a plan may start; in the past or now when they may. */
export function readsAt(observed: Observed, plan: SyncPlan, budgets: ReadBudgets, now: number): number {
  const { namespace, reference, state } = observed;
  // Tokens have an allowance of their own.
  if (isRequested(plan.asked)) return now;
  if (state.readsAt !== undefined) return state.readsAt;
  if (!drawsOnBudget(observed, now)) return now;
  const found = plan.searches.length > 0 ? (reference.status?.remote.length ?? 0) : 0;
  const asked = [...plan.reads, ...plan.searches].map(({ source }) => source.access.uid);
  const times = [...new Set(asked)].map(uid => {
    const reads = asked.filter(each => each === uid).length;
    return budgets.reserve(uid, namespace.name, reads + found, now);
  });
  return Math.max(now, ...times);
}

/**
 * Whether somebody brings about the reads of this reference again and again, by edits or by a hand on its Secret. Not by the
 * first change within ten minutes, for thousands may be edited, deleted or restored at once; nor is the first sync theirs.
 * Refreshes, retries, sources that changed and stores that are back never are.
 */
export function drawsOnBudget({ reference, state }: Observed, now: number): boolean {
  const wasChanged = state.changedAt !== undefined && now - state.changedAt < freshMs;
  return reference.status !== undefined && isChanged(state) && wasChanged;
}

/** What a user reads who has to wait. */
export function postponed({ namespace }: Observed, waitMs: number, wallMs: number): Fault {
  const at = timestamp(wallMs + waitMs);
  return tooManyChanges(
    `edits and repairs in namespace ${namespace.name} ask the store more than ${perSecond} times a second: this one is made at ${at}`,
  );
}
