import type { Cancel, Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';

/** One due time a key, for any number of keys, with one timer: a binary heap that knows where each key is. */
export class DelayingQueue<K> {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #onDue: (key: K, time: number) => void;
  readonly #heap: Due<K>[] = [];
  readonly #byKey = new Map<K, Due<K>>();
  #closed = false;
  #armed: { readonly time: number; readonly cancel: Cancel } | undefined;

  constructor(ports: { readonly clock: Clock; readonly timers: Timers }, onDue: (key: K, time: number) => void) {
    this.#clock = ports.clock;
    this.#timers = ports.timers;
    this.#onDue = onDue;
  }

  /** Steady milliseconds; replaces the time that the key had. */
  set(key: K, time: number): void {
    if (this.#closed) return;
    this.#remove(key);
    const due = { key, time, at: this.#heap.length };
    this.#byKey.set(key, due);
    this.#heap.push(due);
    this.#sift(due);
    this.#arm();
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Forgets everything, leaves no timer, and takes no more times. */
  close(): void {
    this.#closed = true;
    this.#heap.length = 0;
    this.#byKey.clear();
    this.#arm();
  }

  #arm(): void {
    const time = this.#heap[0]?.time;
    if (time === this.#armed?.time) return;
    this.#armed?.cancel();
    this.#armed = undefined;
    if (time === undefined) return;
    const cancel = this.#timers.after(Math.max(0, time - this.#clock.steady()), () => this.#fire());
    this.#armed = { time, cancel };
  }

  #fire(): void {
    this.#armed = undefined;
    const now = this.#clock.steady();
    for (let first = this.#heap[0]; first && first.time <= now; first = this.#heap[0]) {
      this.#remove(first.key);
      this.#onDue(first.key, first.time);
    }
    this.#arm();
  }

  #remove(key: K): void {
    const due = this.#byKey.get(key);
    if (!due) return;
    this.#byKey.delete(key);
    const last = this.#heap.pop();
    if (!last || last === due) return;
    this.#place(last, due.at);
    this.#sift(last);
  }

  #place(due: Due<K>, at: number): void {
    due.at = at;
    this.#heap[at] = due;
  }

  /** Moves an entry up while it is earlier than the one above it, then down while it is later than one below. */
  #sift(due: Due<K>): void {
    for (let above = this.#parent(due); above && above.time > due.time; above = this.#parent(due))
      this.#swap(above, due);
    for (let below = this.#earlierChild(due); below && below.time < due.time; below = this.#earlierChild(due))
      this.#swap(due, below);
  }

  #parent(due: Due<K>): Due<K> | undefined {
    return due.at === 0 ? undefined : this.#heap[(due.at - 1) >> 1];
  }

  #earlierChild(due: Due<K>): Due<K> | undefined {
    const left = this.#heap[2 * due.at + 1];
    const right = this.#heap[2 * due.at + 2];
    return right && left && right.time < left.time ? right : left;
  }

  #swap(one: Due<K>, other: Due<K>): void {
    const at = one.at;
    this.#place(one, other.at);
    this.#place(other, at);
  }
}

interface Due<K> {
  readonly key: K;
  readonly time: number;
  at: number;
}
