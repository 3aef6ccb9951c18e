import { onAbort } from './abort.ts';
import { FairQueue } from './fair-queue.ts';
import { type Lane, lanes, rank } from './lane.ts';
import { LaneTurns } from './lane-turns.ts';
import type { Cancel, Timers } from './timers.ts';

/** Who wants a slot. */
export interface SlotRequest {
  readonly lane: Lane;
  /** Waiters of one lane are served round robin by group: a namespace. */
  readonly group: string;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** Gives the slot back; a second call does nothing. */
export type Release = () => void;

/** A place in the queue for a slot. */
export interface Ticket {
  /** Undefined when the signal ended first. */
  readonly granted: Promise<Release | undefined>;
  /** Goes on waiting in a higher lane: somebody more urgent waits for the same thing. */
  raise(lane: Lane): void;
}

/** Spaces grants out in time. */
export interface Pace {
  /** Milliseconds until the next grant may happen; 0 for now. */
  waitMs(): number;
  /** A slot was granted. */
  granted(): void;
}

/**
 * A bounded number of slots, handed out by lane. An eighth is kept for rotations, so that one of them never waits for
 * a slow refresh to end; and a lane that was passed over seven times gets the eighth turn, so that it never starves.
 */
export class Slots {
  readonly #total: number;
  readonly #forOthers: number;
  readonly #pacing: { readonly pace: Pace; readonly timers: Timers } | undefined;
  readonly #waiting = new FairQueue<Waiter>();
  readonly #turns = new LaneTurns();
  #held = 0;
  #heldByOthers = 0;
  #wake: Cancel | undefined;

  constructor(total: number, pacing?: { readonly pace: Pace; readonly timers: Timers }) {
    this.#total = total;
    this.#forOthers = total - Math.floor(total / 8);
    this.#pacing = pacing;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size();
  }

  /** A slot at once, or undefined: none is free for that lane, or somebody waits for it already. */
  tryAcquire(lane: Lane): Release | undefined {
    const isFree = this.#lanesWithSlots().includes(lane) && this.#waiting.size(lane) === 0 && this.#waitMs() === 0;
    return isFree ? this.#hold(lane) : undefined;
  }

  acquire(request: SlotRequest): Promise<Release | undefined> {
    return this.queue(request).granted;
  }

  queue({ lane, group, signal }: SlotRequest): Ticket {
    const { promise, resolve } = Promise.withResolvers<Release | undefined>();
    const waiter: Waiter = { lane, group, resolve, forget: () => undefined };
    this.#waiting.push(lane, group, waiter);
    waiter.forget = onAbort(signal, () => this.#leave(waiter));
    this.#serve();
    return { granted: promise, raise: higher => this.#raise(waiter, higher) };
  }

  #leave(waiter: Waiter): void {
    this.#waiting.remove(waiter.lane, waiter.group, waiter);
    waiter.resolve(undefined);
    if (this.#waiting.size() === 0) this.#sleep();
  }

  #raise(waiter: Waiter, lane: Lane): void {
    if (rank(lane) >= rank(waiter.lane)) return;
    if (!this.#waiting.remove(waiter.lane, waiter.group, waiter)) return;
    waiter.lane = lane;
    this.#waiting.push(lane, waiter.group, waiter);
    this.#serve();
  }

  #serve(): void {
    for (let open = this.#openLanes(); open.length > 0; open = this.#openLanes()) {
      const wait = this.#waitMs();
      if (wait > 0) {
        this.#serveIn(wait);
        return;
      }
      const lane = this.#turns.next(open);
      const waiter = lane && this.#waiting.shift(lane);
      if (waiter !== undefined) this.#grant(waiter);
    }
  }

  #waitMs(): number {
    return this.#pacing?.pace.waitMs() ?? 0;
  }

  #serveIn(wait: number): void {
    this.#wake ??= this.#pacing?.timers.after(wait, () => {
      this.#wake = undefined;
      this.#serve();
    });
  }

  #sleep(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** The lanes that wait and may have a slot now. */
  #openLanes(): readonly Lane[] {
    return this.#lanesWithSlots().filter(lane => this.#waiting.size(lane) > 0);
  }

  #lanesWithSlots(): readonly Lane[] {
    if (this.#held >= this.#total) return [];
    return this.#heldByOthers < this.#forOthers ? lanes : rotationOnly;
  }

  #grant(waiter: Waiter): void {
    waiter.forget();
    waiter.resolve(this.#hold(waiter.lane));
  }

  #hold(lane: Lane): Release {
    const others = lane === 'rotation' ? 0 : 1;
    this.#held += 1;
    this.#heldByOthers += others;
    this.#pacing?.pace.granted();
    return once(() => {
      this.#held -= 1;
      this.#heldByOthers -= others;
      this.#serve();
    });
  }
}

const rotationOnly: readonly Lane[] = ['rotation'];

interface Waiter {
  lane: Lane;
  readonly group: string;
  readonly resolve: (release: Release | undefined) => void;
  forget: () => void;
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
