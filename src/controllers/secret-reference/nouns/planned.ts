import type { Priority } from '../../../async/priority.ts';
import type { Fault } from '../../../core/fault.ts';
import type { EndedTurn } from '../../secret-rotation/turn.ts';
import type { PlannedRead, Requested, Wanted } from './observed.ts';
import type { Revision } from './revisions.ts';

/** What to do about a reference; a value that can be printed. */
export type Plan =
  | { readonly kind: 'idle' }
  /** Steady milliseconds. */
  | { readonly kind: 'wait'; readonly until: number; readonly priority: Priority }
  | { readonly kind: 'suspended' }
  | { readonly kind: 'refuse'; readonly fault: Fault }
  | SyncPlan
  /** A run has ended, and the reference answers who asked for it. */
  | { readonly kind: 'ended'; readonly turn: EndedTurn }
  /** Only time has passed: the condition RotationDue says something else than what is so by now. */
  | { readonly kind: 'aged' }
  /** Merge only: takes the own keys out of the host, then the finalizer off the reference. */
  | { readonly kind: 'finalize' };

export interface SyncPlan extends Wanted {
  readonly kind: 'sync';
  readonly because: Because;
  /** Repair is not rotation: a target is put back with the versions that it was served from. */
  readonly repair: boolean;
  /** Versions that are served now are read again, where the store has them: by a repair, and for refreshPolicy Once. */
  readonly keepsVersions: boolean;
  /** Steady milliseconds: no older read will do. */
  readonly notBefore: number;
  readonly asked: Requested;
  /** Wall milliseconds until which newer values are found, and not published. */
  readonly holdsUntil: number | undefined;
  /** Newer values become a revision of their own, which a run publishes. */
  readonly acquires: boolean;
  /** Who asked is answered, and what waits is rendered again, by a reconcile of its own: this one asks for nothing newer. */
  readonly leavesMore: boolean;
  /** A rollback by hand, or a run: its bytes are published, and nothing is read. */
  readonly publishes?: Revision;
}

export type Because =
  | 'NeverSynced'
  | 'SpecChanged'
  | 'RotationRequested'
  | 'TemplateChanged'
  | 'SourceChanged'
  | 'WriteUnreported'
  | 'WindowOpen'
  | 'TargetMissing'
  | 'TargetTampered'
  | 'LastAttemptFailed'
  | 'RefreshDue'
  | 'RepairUnreported'
  | 'RolledBack'
  | 'RunPublishes'
  | 'RunRollsBack'
  | 'CandidateOutdated';

/** Steady milliseconds: now, and the event or due time that the reconcile answers. */
export interface Timing {
  readonly now: number;
  /** Milliseconds since the epoch. */
  readonly wall: number;
  readonly requestedAt: number;
}

/** Who was asked, as the state of the reference keeps it. */
export const sourcesOf = (asked: readonly Pick<PlannedRead, 'source'>[]): string =>
  [...new Set(asked.map(({ source: { access } }) => `${access.uid}/${access.generation}`))].join();
