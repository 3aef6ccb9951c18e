import { onAbort } from '../async/deadline.ts';
import type { Lane } from '../async/priority.ts';
import type { Release, Slots } from '../async/semaphore.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';
import type { Next, Work } from './reconcile.ts';
import type { Turn } from './workqueue.ts';

/** A turn under way: holds an API slot, but not while it waits for a store. */
export class RunningTurn implements Work {
  readonly key: ObjectKey;
  readonly lane: Lane;
  readonly requestedAt: number;
  readonly attempt: number;
  readonly raised: AbortSignal;
  readonly #slots: Slots;
  readonly #abort = new AbortController();
  #release: Release | undefined;
  #place: Release | undefined;
  #outside = 0;
  #ended = false;
  #stopping = false;

  constructor(turn: Turn, slots: Slots, release: Release) {
    this.key = turn.key;
    this.lane = turn.lane;
    this.requestedAt = turn.requestedAt;
    this.attempt = turn.attempt;
    this.raised = turn.raised;
    this.#place = turn.place;
    this.#slots = slots;
    this.#release = release;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async outside<T>(wait: () => Promise<T>): Promise<T> {
    this.#outside += 1;
    this.#giveBack();
    try {
      return await wait();
    } finally {
      this.#outside -= 1;
      await this.#comeBack();
    }
  }

  takePlace(places: Slots): Next | undefined {
    this.#place ??= places.tryAcquire(this.lane, splitKey(this.key).namespace);
    return this.#place ? undefined : { kind: 'in-line', places };
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
    this.#giveBack();
    this.#place?.();
  }

  #giveBack(): void {
    this.#release?.();
    this.#release = undefined;
    if (this.#stopping) this.#abort.abort();
  }

  /** Without a slot if the turn is being stopped: its signal has ended, so that no call is made any more. */
  async #comeBack(): Promise<void> {
    const lane = this.raised.aborted ? 'rotation' : this.lane;
    const group = splitKey(this.key).namespace;
    const ticket = this.#slots.queue({ lane, group, signal: this.signal });
    const forget = onAbort(this.raised, () => ticket.raise('rotation'));
    const release = await ticket.granted;
    forget();
    // Of several waits at once, the first that ends takes the slot.
    if (this.#release || this.#outside > 0 || this.#ended) release?.();
    else this.#release = release;
  }
}
