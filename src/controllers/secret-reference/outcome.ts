import type { AbsentFault, Fault } from '../../core/fault.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import type { Answer } from './desired.ts';
import type { SyncPlan } from './planned.ts';

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

/** How things stand after the turn. */
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

export const settledResult = (
  change: SettledThere['change'],
  contentChanged: boolean,
  revision: number,
  fingerprint: string,
  metadata: ObjectMeta,
): Settled => ({ kind: 'there', change, contentChanged, revision, fingerprint, metadata });
