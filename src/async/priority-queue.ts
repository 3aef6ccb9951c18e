import { type Priority, priorities, rank } from './priority.ts';

/** Distinct things that wait, by priority, and round robin by group inside a priority. Each operation costs the same at any length. */
export class PriorityQueue<T> {
  readonly #priorities: Readonly<Record<Priority, RoundRobin<T>>> = {
    high: new RoundRobin(),
    normal: new RoundRobin(),
    low: new RoundRobin(),
  };

  push(priority: Priority, group: string, item: T): void {
    this.#priorities[priority].push(group, item);
  }

  /** False when it did not wait there. */
  remove(priority: Priority, group: string, item: T): boolean {
    return this.#priorities[priority].remove(group, item);
  }

  /** The next of a group that may be served. */
  shift(priority: Priority, may: MayBeServed = anybody): T | undefined {
    return this.#priorities[priority].shift(may);
  }

  /** Whether somebody waits who may be served. */
  has(priority: Priority, may: MayBeServed = anybody): boolean {
    return this.#priorities[priority].next(may) !== undefined;
  }

  sizeOf(group: string): number {
    return priorities.reduce((sum, each) => sum + this.#priorities[each].sizeOf(group), 0);
  }

  size(priority?: Priority): number {
    const { high, normal, low } = this.#priorities;
    return priority === undefined ? high.size + normal.size + low.size : this.#priorities[priority].size;
  }
}

/** Groups that may not are few, or the slots are idle: the search for one that may is short. */
export type MayBeServed = (group: string) => boolean;
const anybody = (): boolean => true;

/** Distinct things that wait, one of each group in turn. */
export class RoundRobin<T> {
  readonly #groups = new Map<string, Fifo<T>>();
  readonly #ring = new Set<string>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  sizeOf(group: string): number {
    return this.#groups.get(group)?.size ?? 0;
  }

  push(group: string, item: T): void {
    const items = this.#groups.get(group) ?? new Fifo<T>();
    if (items.size === 0) {
      this.#groups.set(group, items);
      this.#ring.add(group);
    }
    if (items.push(item)) this.#size += 1;
  }

  remove(group: string, item: T): boolean {
    const items = this.#groups.get(group);
    if (!items?.remove(item)) return false;
    this.#size -= 1;
    if (items.size > 0) return true;
    this.#groups.delete(group);
    return this.#ring.delete(group);
  }

  /** The group that is served next. */
  next(may: MayBeServed): string | undefined {
    for (const group of this.#ring) if (may(group)) return group;
    return undefined;
  }

  shift(may: MayBeServed = anybody): T | undefined {
    const group = this.next(may);
    if (group === undefined) return undefined;
    const items = this.#groups.get(group);
    const item = items?.shift();
    this.#size -= 1;
    this.#ring.delete(group);
    if (items && items.size > 0) this.#ring.add(group);
    else this.#groups.delete(group);
    return item;
  }
}

/**
 * First in, first out, and any item can leave. The iterator is kept between calls because it stays on the first item:
 * a new one would walk over the holes that earlier items left.
 */
class Fifo<T> {
  readonly #items = new Set<T>();
  #first = this.#items.values();

  get size(): number {
    return this.#items.size;
  }

  /** False when it waits already. */
  push(item: T): boolean {
    const before = this.#items.size;
    return this.#items.add(item).size > before;
  }

  remove(item: T): boolean {
    return this.#items.delete(item);
  }

  shift(): T | undefined {
    if (this.#items.size === 0) return undefined;
    let next = this.#first.next();
    if (next.done) {
      this.#first = this.#items.values();
      next = this.#first.next();
    }
    if (next.done) return undefined;
    this.#items.delete(next.value);
    return next.value;
  }
}

/** Who is next: the highest priority that waits, but one that was passed over seven times is served the eighth time. */
export class PriorityOrder {
  readonly #passedOver: Record<Priority, number> = { high: 0, normal: 0, low: 0 };

  /** `waiting` is in the order of priority. The answer counts as served. */
  next(waiting: readonly Priority[]): Priority | undefined {
    const priority = waiting.findLast(each => this.#passedOver[each] >= 7) ?? waiting[0];
    if (priority === undefined) return undefined;
    for (const each of waiting) if (rank(each) > rank(priority)) this.#passedOver[each] += 1;
    this.#passedOver[priority] = 0;
    return priority;
  }
}
