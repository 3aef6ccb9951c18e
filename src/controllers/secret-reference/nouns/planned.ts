import type { Priority } from '../../../async/priority.ts';
import type { Fault } from '../../../core/fault.ts';
import type { PlannedRead, Requested, Wanted } from './observed.ts';

/** What to do about a reference; a value that can be printed. */
export type Plan =
  | { readonly kind: 'idle' }
  /** Steady milliseconds. */
  | { readonly kind: 'wait'; readonly until: number; readonly priority: Priority }
  | { readonly kind: 'suspended' }
  | { readonly kind: 'refuse'; readonly fault: Fault }
  | SyncPlan
  /** Merge only: takes the own keys out of the host, then the finalizer off the reference. */
  | { readonly kind: 'finalize' };

export interface SyncPlan extends Wanted {
  readonly kind: 'sync';
  readonly because: Because;
  /** Repair is not rotation: a target is put back with the versions that it was served from. */
  readonly repair: boolean;
  /** Steady milliseconds: no older read will do. */
  readonly notBefore: number;
  readonly asked: Requested;
}

export type Because =
  | 'NeverSynced'
  | 'SpecChanged'
  | 'RotationRequested'
  | 'SourceChanged'
  | 'WriteUnreported'
  | 'TargetMissing'
  | 'TargetTampered'
  | 'LastAttemptFailed'
  | 'RefreshDue'
  | 'RepairUnreported';

/** Steady milliseconds: now, and the event or due time that the reconcile answers. */
export interface Timing {
  readonly now: number;
  readonly requestedAt: number;
}

/** Who was asked, as the state of the reference keeps it. */
export const sourcesOf = (asked: readonly Pick<PlannedRead, 'source'>[]): string =>
  [...new Set(asked.map(({ source: { access } }) => `${access.uid}/${access.generation}`))].join();
