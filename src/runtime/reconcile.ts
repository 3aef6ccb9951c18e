import type { Priority } from '../async/priority.ts';
import type { ObjectKey } from '../core/object-key.ts';

/** One reconcile of one key. */
export interface ReconcileRequest {
  readonly key: ObjectKey;
  readonly priority: Priority;
  /** Steady milliseconds of the newest request that this reconcile answers: an event's arrival, or the time it was due. */
  readonly requestedAt: number;
  /** Failed reconciles in a row before this one. */
  readonly attempt: number;
  /** For writes. Ends some time after shutdown or the loss of leadership, so that a write under way can finish. */
  readonly signal: AbortSignal;
  /**
   * For reads. Ends at once at shutdown or when leadership is lost, and when a rotation of the key is asked for during a
   * reconcile of a lower priority: that ends without a word, and the rotation starts afresh.
   */
  readonly readSignal: AbortSignal;
}

/** When the key is reconciled again without any event. */
export type Next =
  | { readonly kind: 'on-change' }
  /** Steady milliseconds. */
  | { readonly kind: 'at'; readonly time: number; readonly priority: Priority }
  /** A failure: exponential with jitter, from 1 to 30 s (`short`) or from 30 s to 10 minutes (`long`). */
  | { readonly kind: 'backoff'; readonly pace: 'short' | 'long' }
  /** A failure whose time is already known (a source's budget); at the reconcile's own priority unless another is named. */
  | { readonly kind: 'retry-at'; readonly time: number; readonly priority?: Priority };

/** No later than a time. A failure has chosen its own, and stays with it. */
export function noLaterThan(next: Next, time: number | undefined, priority: Priority): Next {
  if (time === undefined || (next.kind !== 'on-change' && next.kind !== 'at')) return next;
  return next.kind === 'at' && next.time <= time ? next : { kind: 'at', time, priority };
}

/** Asks for a reconcile of a key. `at`: steady milliseconds, now or later. */
export type Enqueue = (key: ObjectKey, priority: Priority, at: number) => void;

export type Reconcile = (work: ReconcileRequest) => Promise<Next>;
