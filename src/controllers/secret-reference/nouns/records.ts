import type { Reason } from '../../../api/conditions.ts';
import type { FaultReason } from '../../../core/fault.ts';
import type { ObjectKey } from '../../../core/object-key.ts';

/**
 * One thing that was done for a reference: `read` and `list` ask a store, `write` changes a Secret. Identifiers only. The
 * schema is documented in docs/audit.md, and fields are only ever added.
 */
export type AuditRecord = AuditSubject &
  (
    | (AuditCall & { readonly action: 'read'; readonly key: string; readonly version?: string })
    | (AuditCall & { readonly action: 'list'; readonly prefix: string; readonly found?: number })
    | { readonly action: 'write'; readonly secret: ObjectKey; readonly change: Change }
  );

/** What was done to a Secret. */
export type Change = 'created' | 'updated' | 'adopted' | 'deleted';

/** For whom, and why. */
export interface AuditSubject {
  readonly reference: ObjectKey;
  readonly uid: string;
  readonly generation: number;
  readonly owner?: string;
  /** Why: `RotationRequested`, `SpecChanged`, `RefreshDue`, … */
  readonly because: string;
  /** The token of the rotation that was asked for. */
  readonly token?: string;
}

/** A question to a store. */
export interface AuditCall {
  /** `ClusterSecretSource vault-prod`. */
  readonly source: string;
  readonly provider: string;
  /** `ok`, or the reason of the fault. */
  readonly result: 'ok' | FaultReason;
  /** From the request to its answer; a read that several share is reported for each of them. */
  readonly durationMs: number;
}

/** One outcome, for the log line and the metrics: identifiers and counts, nothing that was read. */
export interface OutcomeRecord {
  readonly reference: ObjectKey;
  /** Why the reconcile did more than look. */
  readonly because: string;
  readonly result: 'created' | 'updated' | 'adopted' | 'kept' | 'held' | 'deleted' | 'failed' | 'suspended';
  readonly reason: Reason;
  readonly status: 'written' | 'unchanged' | 'failed';
  readonly millis: number;
}
