import type { AbsentFault, Fault } from '../../../core/fault.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import type { Next } from '../../../runtime/reconcile.ts';
import type { EndedTurn } from '../../secret-rotation/turn.ts';
import type { Answer } from './desired.ts';
import type { Observed } from './observed.ts';
import type { Pins } from './pins.ts';
import type { Plan, SyncPlan } from './planned.ts';
import type { Readers } from './readers.ts';

/** The result of a reconcile that changed or reported something. */
export type Outcome = { readonly kind: 'suspended' } | Aged | Ended | Failed | Synced | Held | Gone;

/** Nothing was read or written, and what is served has become too old, or is so no longer; or other pods read it. */
export interface Aged {
  readonly kind: 'aged';
}

/** A run has ended; nothing else was read or written. */
export interface Ended {
  readonly kind: 'ended';
  readonly turn: EndedTurn;
}

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

/** The store has newer values, and the Secret stays as it is until the window opens, or a run publishes them. */
export interface Held {
  readonly kind: 'held';
  readonly plan: SyncPlan;
  /** Wall milliseconds. */
  readonly until: number;
  readonly answers: readonly Answer[];
  /** The revision that was acquired, where a run judges it. */
  readonly acquired?: SettledThere | undefined;
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
  /** Old revisions that stay because the operator may not ask which pods refer to them. */
  readonly unseenRevisions?: number;
  /** Who still runs on other revisions, when status comes to name another one. */
  readonly pins?: Pins;
}

/** The target after the reconcile. */
export type Settled =
  | SettledThere
  | SettledGone
  | { readonly kind: 'held'; readonly acquired?: SettledThere | undefined };

export interface SettledThere {
  readonly kind: 'there';
  readonly change: 'kept' | 'created' | 'updated' | 'adopted';
  readonly contentChanged: boolean;
  readonly revision: number;
  readonly fingerprint: string;
  /** Of the Secret as it is now. */
  readonly metadata: ObjectMeta;
  /** Where revisions are kept: the immutable Secret beside it. */
  readonly pinned?: SettledThere;
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
  /** Who reads what, where it was asked. */
  readonly readers?: Readers;
}
export type Done = Reconciled<Outcome | Waiting>;

/** The target, and the revision beside it. */
export const writtenIn = (settled: SettledThere): readonly SettledThere[] =>
  settled.pinned === undefined ? [settled] : [settled.pinned, settled];

/** What is told of: the revision where only that was written. */
export const mainWrite = (settled: SettledThere): SettledThere =>
  settled.change === 'kept' && settled.pinned !== undefined ? settled.pinned : settled;

export const settledResult = (
  change: SettledThere['change'],
  contentChanged: boolean,
  revision: number,
  fingerprint: string,
  metadata: ObjectMeta,
): SettledThere => ({ kind: 'there', change, contentChanged, revision, fingerprint, metadata });
