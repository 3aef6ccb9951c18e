import type { Lane } from '../async/priority.ts';
import type { Slots } from '../async/semaphore.ts';
import type { ObjectKey } from '../core/object-key.ts';

/** One turn of one key. */
export interface Work {
  readonly key: ObjectKey;
  readonly lane: Lane;
  /** Steady milliseconds of the newest request that this turn answers: an event's arrival, or the time it was due. */
  readonly requestedAt: number;
  /** Failed turns in a row before this one. */
  readonly attempt: number;
  /**
   * Ends at shutdown or when leadership is lost: at once while the turn is outside, so that reads stop; after the
   * drain time while it holds its API slot, so that a write under way can finish.
   */
  readonly signal: AbortSignal;
  /** Ends when a rotation of the key is asked for during a turn of a lower lane: handed to reads, it hurries them. */
  readonly raised: AbortSignal;
  /** Gives the turn's API slot back while it waits for a store, and takes one again, in its lane's order, afterwards. */
  outside<T>(wait: () => Promise<T>): Promise<T>;
  /**
   * Takes a place for the rest of the turn. When all are taken, the answer is how the turn has to end: its key waits in
   * line, which takes hardly any memory, and has its next turn together with a place.
   */
  takePlace(places: Slots): Next | undefined;
}

/** When the key's turn comes again without any event. */
export type Next =
  | { readonly kind: 'on-change' }
  /** Steady milliseconds. */
  | { readonly kind: 'at'; readonly time: number; readonly lane: Lane }
  /** A failure: exponential with jitter, from 1 to 30 s (`short`) or from 30 s to 10 minutes (`long`). */
  | { readonly kind: 'backoff'; readonly pace: 'short' | 'long' }
  /** A failure whose time is already known (a source's budget); in the turn's own lane unless another is named. */
  | { readonly kind: 'retry-at'; readonly time: number; readonly lane?: Lane }
  /** Nothing was tried: the key waits for one of these places, and what it was asked for stays asked for. */
  | { readonly kind: 'in-line'; readonly places: Slots };

export type Reconcile = (work: Work) => Promise<Next>;
