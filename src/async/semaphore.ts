import { onAbort } from './deadline.ts';
import { type Priority, priorities, rank } from './priority.ts';
import { PriorityOrder, PriorityQueue } from './priority-queue.ts';
import type { Cancel, Timers } from './timers.ts';

/** Who wants a slot. */
export interface AcquireRequest {
  readonly priority: Priority;
  /** Waiters of one priority are served round robin by group: a namespace. */
  readonly group: string;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** Gives the slot back; a second call does nothing. */
export type Release = () => void;

/** A position in the queue for a slot. */
export interface Ticket {
  /** Undefined when the signal ended first. */
  readonly granted: Promise<Release | undefined>;
  /** Goes on waiting at a higher priority: somebody more urgent waits for the same thing. */
  raise(priority: Priority): void;
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

export interface SemaphoreOptions {
  /**
   * Most of one group, an eighth of them kept for its rotations. It also leaves as many free for others as it takes, so
   * that whoever comes next finds a free one even if those that are taken are never given back.
   */
  readonly perGroup?: number;
  readonly pacing?: { readonly pace: Pace; readonly timers: Timers };
}

/**
 * A bounded number of slots, handed out by priority. An eighth is kept for rotations, so that one of them never waits for
 * a slow refresh to end; and a priority that was passed over seven times is served the eighth time, so that it never starves.
 */
export class Semaphore {
  readonly #total: number;
  readonly #perGroup: number | undefined;
  readonly #waiting = new PriorityQueue<Waiter>();
  readonly #turns = new PriorityOrder();
  readonly #held = new Held();
  readonly #heldByGroup = new Map<string, Held>();
  readonly #pacing: SemaphoreOptions['pacing'];
  #wake: Cancel | undefined;

  constructor(total: number, { perGroup, pacing }: SemaphoreOptions = {}) {
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

  /** A slot at once, or undefined: none is free at that priority for that group, or somebody waits for it already. */
  tryAcquire(priority: Priority, group = ''): Release | undefined {
    const isFree = this.#isOpen(priority) && this.#mayHave(priority, group) && !this.#isWaitedFor(priority);
    return isFree ? this.#hold(priority, group) : undefined;
  }

  acquire(request: AcquireRequest): Promise<Release | undefined> {
    return this.queue(request).granted;
  }

  queue({ priority, group, signal }: AcquireRequest): Ticket {
    const { promise, resolve } = Promise.withResolvers<Release | undefined>();
    const waiter: Waiter = { priority, group, resolve, forget: () => undefined };
    this.#waiting.push(priority, group, waiter);
    waiter.forget = onAbort(signal, () => this.#leave(waiter));
    this.#serve();
    return { granted: promise, raise: higher => this.#raise(waiter, higher) };
  }

  #leave(waiter: Waiter): void {
    this.#waiting.remove(waiter.priority, waiter.group, waiter);
    waiter.resolve(undefined);
    this.#arm();
  }

  #raise(waiter: Waiter, priority: Priority): void {
    if (rank(priority) >= rank(waiter.priority)) return;
    if (!this.#waiting.remove(waiter.priority, waiter.group, waiter)) return;
    waiter.priority = priority;
    this.#waiting.push(priority, waiter.group, waiter);
    this.#serve();
  }

  #serve(): void {
    for (let waiter = this.#next(); waiter; waiter = this.#next()) {
      waiter.forget();
      waiter.resolve(this.#hold(waiter.priority, waiter.group));
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
    const priority = this.#turns.next(priorities.filter(each => this.#isOpen(each) && this.#isWaitedFor(each)));
    return priority && this.#waiting.shift(priority, group => this.#mayHave(priority, group));
  }

  /** Whether there is one more slot for this priority. */
  #isOpen(priority: Priority): boolean {
    return freeOf(this.#total, this.#held, priority) > 0;
  }

  #isWaitedFor(priority: Priority): boolean {
    return this.#waiting.has(priority, group => this.#mayHave(priority, group));
  }

  #mayHave(priority: Priority, group: string): boolean {
    if (this.#pacing && this.#pacing.pace.waitMs(group) > 0) return false;
    if (this.#perGroup === undefined) return true;
    const held = this.#heldByGroup.get(group) ?? none;
    return freeOf(this.#perGroup, held, priority) > 0 && held.in(priority) < freeOf(this.#total, this.#held, priority);
  }

  #hold(priority: Priority, group: string): Release {
    const byGroup = this.#heldByGroup.get(group) ?? new Held();
    this.#heldByGroup.set(group, byGroup);
    for (const held of [this.#held, byGroup]) held.add(priority, 1);
    this.#pacing?.pace.granted(group);
    return once(() => {
      for (const held of [this.#held, byGroup]) held.add(priority, -1);
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

  in(priority: Priority): number {
    return priority === 'high' ? this.rotations : this.others;
  }

  add(priority: Priority, count: number): void {
    if (priority === 'high') this.rotations += count;
    else this.others += count;
  }
}

const none = new Held();

/** An eighth is kept for rotations. */
function freeOf(total: number, held: Held, priority: Priority): number {
  const free = total - held.all;
  return priority === 'high' ? free : Math.min(free, total - Math.floor(total / 8) - held.others);
}

interface Waiter {
  priority: Priority;
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
