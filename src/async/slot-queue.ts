import { type Priority, priorities, rank } from './priority.ts';
import { PriorityOrder, PriorityQueue } from './priority-queue.ts';

/** What waits for a slot. Those of one priority are served round robin by group: a namespace. */
export interface Waiter {
  priority: Priority;
  readonly group: string;
}

/** Gives the slot back; a second call does nothing. */
export type Release = () => void;

/**
 * A bounded number of slots, and what waits for them. An eighth is kept for rotations, so that one of them never waits
 * for a slow refresh to end; a priority that was passed over seven times is served the eighth time, so that it never starves.
 */
export class SlotQueue<T extends Waiter> {
  readonly #total: number;
  readonly #perGroup: number | undefined;
  readonly #freed: () => void;
  readonly #isNext: (priority: Priority) => boolean;
  readonly #mayAt: Readonly<Record<Priority, (group: string) => boolean>>;
  readonly #waiting = new PriorityQueue<T>();
  readonly #order = new PriorityOrder();
  readonly #held = new Held();
  readonly #heldByGroup = new Map<string, Held>();

  /**
   * `perGroup`: most of one group, an eighth of them kept for its rotations. It also leaves as many free for others as it
   * takes, so that whoever comes next finds a free one even if those that are taken are never given back.
   * `freed`: called when a slot was given back. `may`: the groups that may be served now.
   */
  constructor(
    total: number,
    perGroup: number | undefined,
    freed: () => void,
    may: (group: string, priority: Priority) => boolean = anybody,
  ) {
    this.#total = total;
    this.#perGroup = perGroup;
    this.#freed = freed;
    const mayAt = (priority: Priority) => (group: string) => may(group, priority) && this.#mayHave(priority, group);
    // Made once: each reconcile asks a dozen times who is next.
    this.#mayAt = { high: mayAt('high'), normal: mayAt('normal'), low: mayAt('low') };
    this.#isNext = priority => this.#free(priority) > 0 && this.#waiting.has(priority, this.#mayAt[priority]);
  }

  /** Nobody waits, and nothing is held. */
  get isUnused(): boolean {
    return this.size === 0 && this.#held.all === 0;
  }

  get size(): number {
    return this.#waiting.size();
  }

  sizeOf(group: string): number {
    return this.#waiting.sizeOf(group);
  }

  push(item: T): void {
    this.#waiting.push(item.priority, item.group, item);
  }

  /** False when it does not wait. */
  remove(item: T): boolean {
    return this.#waiting.remove(item.priority, item.group, item);
  }

  /** It goes on at a higher priority: somebody more urgent waits for the same thing. */
  raise(item: T, priority: Priority): void {
    if (rank(priority) >= rank(item.priority)) return;
    const waits = this.remove(item);
    item.priority = priority;
    if (waits) this.push(item);
  }

  /** Takes a slot for whoever is next, if there is one. */
  next(): { readonly item: T; readonly release: Release } | undefined {
    if (this.size === 0 || this.#held.all >= this.#total) return undefined;
    const priority = this.#order.next(priorities.filter(this.#isNext));
    const item = priority && this.#waiting.shift(priority, this.#mayAt[priority]);
    return item && { item, release: this.#hold(item.priority, item.group) };
  }

  #free(priority: Priority): number {
    return freeOf(this.#total, this.#held, priority);
  }

  #mayHave(priority: Priority, group: string): boolean {
    const free = this.#free(priority);
    if (this.#perGroup === undefined) return free > 0;
    const held = this.#heldByGroup.get(group) ?? none;
    return freeOf(this.#perGroup, held, priority) > 0 && held.in(priority) < free;
  }

  #hold(priority: Priority, group: string): Release {
    const byGroup = this.#heldByGroup.get(group) ?? new Held();
    this.#heldByGroup.set(group, byGroup);
    this.#held.add(priority, 1);
    byGroup.add(priority, 1);
    return once(() => {
      this.#held.add(priority, -1);
      byGroup.add(priority, -1);
      if (byGroup.all === 0) this.#heldByGroup.delete(group);
      this.#freed();
    });
  }
}

const anybody = (): boolean => true;

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

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
