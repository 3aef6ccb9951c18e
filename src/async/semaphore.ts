import { onAbort } from './deadline.ts';
import { type Release, SlotQueue, type Waiter } from './slot-queue.ts';

/** Who wants a slot. */
export interface AcquireRequest extends Readonly<Waiter> {
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** A bounded number of slots, each handed out as soon as it is free. */
export class Semaphore {
  readonly #slots: SlotQueue<Acquiring>;

  constructor(total: number) {
    this.#slots = new SlotQueue(total, undefined, () => this.#serve());
  }

  /** Undefined when the signal ended first. */
  acquire({ priority, group, signal }: AcquireRequest): Promise<Release | undefined> {
    const { promise, resolve } = Promise.withResolvers<Release | undefined>();
    const waiter: Acquiring = { priority, group, resolve, forget: () => undefined };
    this.#slots.push(waiter);
    waiter.forget = onAbort(signal, () => {
      if (this.#slots.remove(waiter)) resolve(undefined);
    });
    this.#serve();
    return promise;
  }

  #serve(): void {
    for (let next = this.#slots.next(); next; next = this.#slots.next()) {
      next.item.forget();
      next.item.resolve(next.release);
    }
  }
}

interface Acquiring extends Waiter {
  readonly resolve: (release: Release | undefined) => void;
  forget: () => void;
}
