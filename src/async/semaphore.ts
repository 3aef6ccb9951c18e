import { onAbort } from './deadline.ts';
import type { Priority } from './priority.ts';
import { type Release, SlotQueue, type Waiter } from './slot-queue.ts';

export type { Release } from './slot-queue.ts';

/** Who wants a slot. */
export interface AcquireRequest extends Readonly<Waiter> {
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** A position in the queue for a slot. */
export interface Ticket {
  /** Undefined when the signal ended first. */
  readonly granted: Promise<Release | undefined>;
  /** Goes on waiting at a higher priority: somebody more urgent waits for the same thing. */
  raise(priority: Priority): void;
}

/** A bounded number of slots, each handed out as soon as it is free. */
export class Semaphore {
  readonly #slots: SlotQueue<Acquiring>;

  /** `perGroup`: most of one group. */
  constructor(total: number, { perGroup }: { readonly perGroup?: number } = {}) {
    this.#slots = new SlotQueue(total, perGroup, () => this.#serve());
  }

  /** How many wait. */
  get waiting(): number {
    return this.#slots.size;
  }

  /** How many of a group wait. */
  waitingOf(group: string): number {
    return this.#slots.sizeOf(group);
  }

  /** A slot at once, or undefined: none is free at that priority for that group, or somebody waits for it already. */
  tryAcquire(priority: Priority, group = ''): Release | undefined {
    return this.#slots.tryTake(priority, group);
  }

  acquire(request: AcquireRequest): Promise<Release | undefined> {
    return this.queue(request).granted;
  }

  queue({ priority, group, signal }: AcquireRequest): Ticket {
    const { promise, resolve } = Promise.withResolvers<Release | undefined>();
    const waiter: Acquiring = { priority, group, resolve, forget: () => undefined };
    this.#slots.push(waiter);
    waiter.forget = onAbort(signal, () => {
      if (this.#slots.remove(waiter)) resolve(undefined);
    });
    this.#serve();
    return {
      granted: promise,
      raise: higher => {
        this.#slots.raise(waiter, higher);
        this.#serve();
      },
    };
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
