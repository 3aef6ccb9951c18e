import type { AbsentFault, Fault } from '../../../core/fault.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import type { Next } from '../../../runtime/reconcile.ts';
import type { Answer } from './desired.ts';
import type { Observed } from './observed.ts';
import type { Plan, SyncPlan } from './planned.ts';

/** The result of a reconcile that changed or reported something. */
export type Outcome = { readonly kind: 'suspended' } | Failed | Synced | Gone;

/** What the reconcile could not do. */
export interface Failed {
  readonly kind: 'failed';
  readonly fault: Fault;
  /** A write was begun: the Secret may be there, whatever the answer says. */
  readonly mayBeWritten?: true;
  /** Nothing was read: the budget of the namespace lets it at these steady milliseconds. */
  readonly readsAt?: number;
}

/** Nothing to report: when the reconcile comes again. */
export interface Waiting {
  readonly kind: 'waiting';
  readonly next: Next;
}

/** deletionPolicy Delete: everything is proved to be gone, and so is the Secret. */
export interface Gone {
  readonly kind: 'gone';
  readonly fault: Fault;
  /** Whether it went in this reconcile. */
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

/** The target after the reconcile. */
export type Settled = SettledThere | SettledGone;

export interface SettledThere {
  readonly kind: 'there';
  readonly change: 'kept' | 'created' | 'updated';
  readonly contentChanged: boolean;
  readonly revision: number;
  readonly fingerprint: string;
  /** Of the Secret as it is now. */
  readonly metadata: ObjectMeta;
}

export interface SettledGone {
  readonly kind: 'gone';
  readonly proof: AbsentFault;
  /** False when nothing was there that could be deleted. */
  readonly deleted: boolean;
}

/** A reconcile that was carried out: on what, why, and since which steady milliseconds. */
export interface Reconciled<T = Outcome> {
  readonly observed: Observed;
  readonly plan: Plan;
  readonly outcome: T;
  readonly startedAt: number;
}
export type Done = Reconciled<Outcome | Waiting>;

export const settledResult = (
  change: SettledThere['change'],
  contentChanged: boolean,
  revision: number,
  fingerprint: string,
  metadata: ObjectMeta,
): SettledThere => ({ kind: 'there', change, contentChanged, revision, fingerprint, metadata });
