import { onAbort } from '../async/deadline.ts';
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
  readonly promoted: AbortSignal;
  readonly #slots: Semaphore;
  readonly #abort = new AbortController();
  #release: Release | undefined;
  #reservation: Release | undefined;
  #waits = 0;
  #ended = false;
  #stopping = false;

  constructor(request: QueuedRequest, slots: Semaphore, release: Release) {
    this.key = request.key;
    this.priority = request.priority;
    this.requestedAt = request.requestedAt;
    this.attempt = request.attempt;
    this.promoted = request.promoted;
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

  /** No more waiting: what is outside is aborted now, a write under way may still end. */
  stop(): void {
    this.#stopping = true;
    if (!this.#release) this.#abort.abort();
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
    if (this.#stopping) this.#abort.abort();
  }

  /** Without a slot if it is being stopped: its signal has ended, so that no call is made any more. */
  async #reacquire(): Promise<void> {
    const priority = this.promoted.aborted ? 'high' : this.priority;
    const group = splitKey(this.key).namespace;
    const ticket = this.#slots.queue({ priority, group, signal: this.signal });
    const forget = onAbort(this.promoted, () => ticket.raise('high'));
    const release = await ticket.granted;
    forget();
    // Of several waits at once, the first that ends takes the slot.
    if (this.#release || this.#waits > 0 || this.#ended) release?.();
    else this.#release = release;
  }
}
