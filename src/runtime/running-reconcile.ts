import type { Priority } from '../async/priority.ts';
import type { Release, Semaphore } from '../async/semaphore.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';
import type { Next, ReconcileRequest } from './reconcile.ts';
import type { QueuedRequest } from './workqueue.ts';

/** A reconcile under way. */
export class RunningReconcile implements ReconcileRequest {
  readonly key: ObjectKey;
  readonly priority: Priority;
  readonly requestedAt: number;
  readonly attempt: number;
  readonly readSignal: AbortSignal;
  readonly signal: AbortSignal;
  #reservation: Release | undefined;

  constructor(request: QueuedRequest, signal: AbortSignal) {
    this.key = request.key;
    this.priority = request.priority;
    this.requestedAt = request.requestedAt;
    this.attempt = request.attempt;
    this.readSignal = request.readSignal;
    this.signal = signal;
    this.#reservation = request.reservation;
  }

  tryReserve(capacity: Semaphore): Next | undefined {
    this.#reservation ??= capacity.tryAcquire(this.priority, splitKey(this.key).namespace);
    return this.#reservation ? undefined : { kind: 'at-capacity', capacity };
  }

  end(): void {
    this.#reservation?.();
  }
}
