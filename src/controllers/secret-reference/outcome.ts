import type { Fault } from '../../core/fault.ts';
import type { SettledThere } from './apply.ts';
import type { Answer } from './fetch.ts';
import type { SyncPlan } from './plan.ts';

/** What became of a turn that had something to say. */
export type Outcome =
  | { readonly kind: 'suspended' }
  | { readonly kind: 'failed'; readonly fault: Fault }
  | Synced
  | Gone;

/** deletionPolicy Delete: everything is proved to be gone, and so is the Secret. */
export interface Gone {
  readonly kind: 'gone';
  readonly fault: Fault;
  /** Whether it went in this turn. */
  readonly deleted: boolean;
}

export interface Synced {
  readonly kind: 'synced';
  readonly plan: SyncPlan;
  readonly answers: readonly Answer[];
  /** Remote keys that a search matched and did not take. */
  readonly leftOut: readonly string[];
  /** Number of keys that the reference keeps in the Secret. */
  readonly keys: number;
  readonly settled: SettledThere;
}
