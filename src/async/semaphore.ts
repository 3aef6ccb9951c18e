import { onAbort } from './deadline.ts';
import { type Lane, lanes, rank } from './priority.ts';
import { LaneTurns } from './priority-order.ts';
import { FairQueue } from './priority-queue.ts';
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

/** Spaces the grants to some groups out in time. */
export interface Pace {
  /** Milliseconds until the next grant to this group may happen; 0 for now. */
  waitMs(group: string): number;
  /** A slot was granted. */
  granted(group: string): void;
  /** The groups for which it is not always 0. */
  readonly slowed: Iterable<string>;
}

export interface SlotOptions {
  /**
   * Most of one group, an eighth of them kept for its rotations. It also leaves as many free for others as it takes, so
   * that whoever comes next finds a free one even if those that are taken are never given back.
   */
  readonly perGroup?: number;
  readonly pacing?: { readonly pace: Pace; readonly timers: Timers };
}

/**
 * A bounded number of slots, handed out by lane. An eighth is kept for rotations, so that one of them never waits for
 * a slow refresh to end; and a lane that was passed over seven times gets the eighth turn, so that it never starves.
 */
export class Slots {
  readonly #total: number;
  readonly #perGroup: number | undefined;
  readonly #waiting = new FairQueue<Waiter>();
  readonly #turns = new LaneTurns();
  readonly #held = new Held();
  readonly #heldByGroup = new Map<string, Held>();
  readonly #pacing: SlotOptions['pacing'];
  #wake: Cancel | undefined;

  constructor(total: number, { perGroup, pacing }: SlotOptions = {}) {
    this.#total = total;
    this.#perGroup = perGroup;
    this.#pacing = pacing;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size();
  }

  /** How many of a group wait. */
  waitingOf(group: string): number {
    return this.#waiting.sizeOf(group);
  }

  /** A slot at once, or undefined: none is free for that lane and group, or somebody waits for it already. */
  tryAcquire(lane: Lane, group = ''): Release | undefined {
    const isFree = this.#isOpen(lane) && this.#mayHave(lane, group) && !this.#isWaitedFor(lane);
    return isFree ? this.#hold(lane, group) : undefined;
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
    this.#arm();
  }

  #raise(waiter: Waiter, lane: Lane): void {
    if (rank(lane) >= rank(waiter.lane)) return;
    if (!this.#waiting.remove(waiter.lane, waiter.group, waiter)) return;
    waiter.lane = lane;
    this.#waiting.push(lane, waiter.group, waiter);
    this.#serve();
  }

  #serve(): void {
    for (let waiter = this.#next(); waiter; waiter = this.#next()) {
      waiter.forget();
      waiter.resolve(this.#hold(waiter.lane, waiter.group));
    }
    this.#arm();
  }

  /** One timer, for the first group that is kept waiting by the pace alone. */
  #arm(): void {
    this.#wake?.();
    this.#wake = undefined;
    if (!this.#pacing) return;
    const { pace, timers } = this.#pacing;
    const waits = [...pace.slowed].flatMap(group => (this.#waiting.sizeOf(group) > 0 ? [pace.waitMs(group)] : []));
    const wait = Math.min(...waits.filter(each => each > 0));
    if (Number.isFinite(wait)) this.#wake = timers.after(wait, () => this.#serve());
  }

  #next(): Waiter | undefined {
    const lane = this.#turns.next(lanes.filter(each => this.#isOpen(each) && this.#isWaitedFor(each)));
    return lane && this.#waiting.shift(lane, group => this.#mayHave(lane, group));
  }

  /** Whether the lane may have one more slot. */
  #isOpen(lane: Lane): boolean {
    return freeOf(this.#total, this.#held, lane) > 0;
  }

  #isWaitedFor(lane: Lane): boolean {
    return this.#waiting.has(lane, group => this.#mayHave(lane, group));
  }

  #mayHave(lane: Lane, group: string): boolean {
    if (this.#pacing && this.#pacing.pace.waitMs(group) > 0) return false;
    if (this.#perGroup === undefined) return true;
    const held = this.#heldByGroup.get(group) ?? none;
    return freeOf(this.#perGroup, held, lane) > 0 && held.in(lane) < freeOf(this.#total, this.#held, lane);
  }

  #hold(lane: Lane, group: string): Release {
    const byGroup = this.#heldByGroup.get(group) ?? new Held();
    this.#heldByGroup.set(group, byGroup);
    for (const held of [this.#held, byGroup]) held.add(lane, 1);
    this.#pacing?.pace.granted(group);
    return once(() => {
      for (const held of [this.#held, byGroup]) held.add(lane, -1);
      if (byGroup.all === 0) this.#heldByGroup.delete(group);
      this.#serve();
    });
  }
}

/** How many slots are taken. */
class Held {
  rotations = 0;
  others = 0;

  get all(): number {
    return this.rotations + this.others;
  }

  in(lane: Lane): number {
    return lane === 'rotation' ? this.rotations : this.others;
  }

  add(lane: Lane, count: number): void {
    if (lane === 'rotation') this.rotations += count;
    else this.others += count;
  }
}

const none = new Held();

/** An eighth is kept for rotations. */
function freeOf(total: number, held: Held, lane: Lane): number {
  const free = total - held.all;
  return lane === 'rotation' ? free : Math.min(free, total - Math.floor(total / 8) - held.others);
}

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
