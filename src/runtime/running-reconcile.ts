import type { Priority } from '../async/priority.ts';
import type { Release, Semaphore } from '../async/semaphore.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';
import type { Next, ReconcileRequest } from './reconcile.ts';
import type { QueuedRequest } from './workqueue.ts';

/** A reconcile under way: holds an API slot, but not while it waits for a store. */
export class RunningReconcile implements ReconcileRequest {
  readonly key: ObjectKey;
  readonly priority: Priority;
  readonly requestedAt: number;
  readonly attempt: number;
  readonly readSignal: AbortSignal;
  readonly #slots: Semaphore;
  readonly #abort = new AbortController();
  #release: Release | undefined;
  #reservation: Release | undefined;
  #waits = 0;
  #ended = false;

  constructor(request: QueuedRequest, slots: Semaphore, release: Release) {
    this.key = request.key;
    this.priority = request.priority;
    this.requestedAt = request.requestedAt;
    this.attempt = request.attempt;
    this.readSignal = request.readSignal;
    this.#reservation = request.reservation;
    this.#slots = slots;
    this.#release = release;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async releaseSlotWhile<T>(wait: () => Promise<T>): Promise<T> {
    this.#waits += 1;
    this.#releaseSlot();
    try {
      return await wait();
    } finally {
      this.#waits -= 1;
      await this.#reacquire();
    }
  }

  tryReserve(capacity: Semaphore): Next | undefined {
    this.#reservation ??= capacity.tryAcquire(this.priority, splitKey(this.key).namespace);
    return this.#reservation ? undefined : { kind: 'at-capacity', capacity };
  }

  /** The time to end is over. */
  abort(): void {
    this.#abort.abort();
  }

  end(): void {
    this.#ended = true;
    this.#releaseSlot();
    this.#reservation?.();
  }

  #releaseSlot(): void {
    this.#release?.();
    this.#release = undefined;
  }

  /** Without a slot if nobody wants to know what was read: no call is made any more. */
  async #reacquire(): Promise<void> {
    const { priority, readSignal: signal } = this;
    const release = await this.#slots.acquire({ priority, group: splitKey(this.key).namespace, signal });
    // Of several waits at once, the first that ends takes the slot.
    if (this.#release || this.#waits > 0 || this.#ended) release?.();
    else this.#release = release;
  }
}
