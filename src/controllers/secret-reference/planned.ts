import type { SecretReferenceSpec } from '../../api/secret-reference.ts';
import type { Lane } from '../../async/priority.ts';
import type { Fault } from '../../core/fault.ts';
import type { PlannedRead, PlannedSearch } from './observed.ts';

/** What to do about a reference; a value that can be printed. */
export type Plan =
  | { readonly kind: 'idle' }
  /** Steady milliseconds. */
  | { readonly kind: 'wait'; readonly until: number; readonly lane: Lane }
  | { readonly kind: 'suspended' }
  | { readonly kind: 'refuse'; readonly fault: Fault }
  | SyncPlan
  /** Merge only: takes the own keys out of the host, then the finalizer off the reference. */
  | { readonly kind: 'finalize' };

export interface SyncPlan {
  readonly kind: 'sync';
  readonly because: Because;
  readonly spec: SecretReferenceSpec;
  readonly reads: readonly PlannedRead[];
  /** What has to be looked for before all reads are known. */
  readonly searches: readonly PlannedSearch[];
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

/** The turn: `now` and `requestedAt`, the event or due time it answers, in steady milliseconds. */
export interface Timing {
  readonly now: number;
  readonly requestedAt: number;
}

/** The tokens that somebody put on the reference and that no sync has answered yet. */
export interface Requested {
  /** `shearline.dev/rotate`. */
  readonly rotate?: string;
  /** `force-sync`, the habit of ExternalSecrets users; remembered apart, so that the two never flap. */
  readonly forceSync?: string;
}
