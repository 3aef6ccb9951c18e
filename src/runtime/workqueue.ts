import { type Priority, rank } from '../async/priority.ts';
import type { Release } from '../async/slot-queue.ts';
import type { Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import type { ObjectKey } from '../core/object-key.ts';
import { backoffTime } from './backoff.ts';
import { DelayingQueue } from './delaying-queue.ts';
import type { Next, ReconcileRequest } from './reconcile.ts';
import { ReconcileSlots, type SlotOptions, type WaitingKey } from './reconcile-slots.ts';

export interface QueueOptions extends SlotOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
}

/** One reconcile of a key, from `take` until `done`. */
export interface QueuedRequest extends Omit<ReconcileRequest, 'signal'> {
  /** Steady milliseconds at which the key became ready. */
  readonly since: number;
}

/**
 * Keys that wait to be reconciled. A key is there once, however often it was asked for: the highest priority and the newest
 * request win. It is never reconciled twice at once; asked for during a reconcile, it gets another one afterwards.
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #entries = new Map<ObjectKey, Entry>();
  readonly #slots: ReconcileSlots;
  readonly #delayed: DelayingQueue<ObjectKey>;
  #onReady: () => void = () => undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#slots = new ReconcileSlots(options, () => this.#onReady());
    this.#delayed = new DelayingQueue(options, (key, time) => this.#fallDue(key, time));
  }

  /** `requestedAt`: steady milliseconds, now if absent. */
  add(key: ObjectKey, priority: Priority, requestedAt = this.#options.clock.steady()): void {
    const entry = this.#entry(key);
    entry.pending = merge(entry.pending, { priority, requestedAt, since: this.#options.clock.steady() });
    if (entry.running) supersede(entry.running, priority);
    else if (entry.waiting) entry.waiting = this.#slots.enterAgain(entry.waiting, priority);
    else entry.waiting = this.#slots.enter(key, priority);
  }

  /** A reconcile without an event, at a steady time. The earlier of two times wins, until a reconcile of the key sets a new one. */
  addAt(key: ObjectKey, time: number, priority: Priority): void {
    const entry = this.#entry(key);
    if (entry.due && entry.due.time <= time) return;
    entry.due = { time, priority };
    this.#delayed.set(key, time);
  }

  /** The next key that may be reconciled now. */
  take(): QueuedRequest | undefined {
    const next = this.#slots.take();
    const entry = next && this.#entries.get(next.key);
    if (!next || !entry?.pending) return undefined;
    const { key, priority, held } = next;
    const { attempt, pending } = entry;
    const reads = new AbortController();
    entry.running = { priority, reads, due: entry.due, held };
    entry.pending = undefined;
    entry.waiting = undefined;
    return { ...pending, key, priority, attempt, readSignal: reads.signal };
  }

  /** Ends the reconcile of a key. */
  done(request: QueuedRequest, next: Next): void {
    const entry = this.#entry(request.key);
    const { running, pending } = entry;
    this.#schedule(request, entry, next);
    entry.attempt = next.kind === 'backoff' || next.kind === 'retry-at' ? request.attempt + 1 : 0;
    entry.running = undefined;
    if (pending) entry.waiting = this.#slots.enter(request.key, pending.priority);
    else if (!entry.due) this.#entries.delete(request.key);
    for (const release of running?.held ?? []) release();
  }

  /** Keys that wait to be reconciled now, at one priority or at all. */
  depth(priority?: Priority): number {
    const waiting = [...this.#entries.values()].flatMap(each => each.waiting ?? []);
    return waiting.filter(each => priority === undefined || each.priority === priority).length;
  }

  /** Keys of a namespace that wait for a slot of a source. */
  waitingFor(source: string, namespace: string): number {
    return this.#slots.waitingFor(source, namespace);
  }

  /** Keys that have a due time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** One handler: called when a key may be there to be taken. */
  onReady(handler: () => void): void {
    this.#onReady = handler;
  }

  /** Nothing falls due any more, reads under way end, and no timer is left behind. */
  close(): void {
    for (const { running } of this.#entries.values()) running?.reads.abort();
    this.#delayed.close();
  }

  #schedule(request: QueuedRequest, entry: Entry, next: Next): void {
    const due = this.#dueOf(request, next);
    if (!due) return;
    // A time that was set during the reconcile is news to it and stays if it is the earlier one; an older one is replaced.
    if (entry.due === entry.running?.due) entry.due = undefined;
    this.addAt(request.key, due.time, due.priority);
  }

  #dueOf(request: QueuedRequest, next: Next): Due | undefined {
    const { clock, random } = this.#options;
    if (next.kind === 'on-change') return undefined;
    if (next.kind === 'at') return next;
    if (next.kind === 'retry-at') return { time: next.time, priority: next.priority ?? request.priority };
    return { time: backoffTime(next, request.attempt, clock.steady(), random), priority: request.priority };
  }

  #fallDue(key: ObjectKey, time: number): void {
    const entry = this.#entry(key);
    const priority = entry.due?.priority ?? 'low';
    entry.due = undefined;
    this.add(key, priority, time);
  }

  #entry(key: ObjectKey): Entry {
    const known = this.#entries.get(key);
    if (known) return known;
    const entry: Entry = { pending: undefined, waiting: undefined, running: undefined, due: undefined, attempt: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}

interface Entry {
  pending: Pending | undefined;
  waiting: WaitingKey | undefined;
  running: Running | undefined;
  due: Due | undefined;
  attempt: number;
}

interface Running {
  readonly priority: Priority;
  readonly reads: AbortController;
  /** The time that the key had when it began. */
  readonly due: Due | undefined;
  readonly held: readonly Release[];
}

interface Pending {
  readonly priority: Priority;
  readonly requestedAt: number;
  readonly since: number;
}

interface Due {
  readonly time: number;
  readonly priority: Priority;
}

function merge(before: Pending | undefined, added: Pending): Pending {
  if (!before) return added;
  return {
    priority: rank(added.priority) < rank(before.priority) ? added.priority : before.priority,
    requestedAt: Math.max(before.requestedAt, added.requestedAt),
    since: Math.min(before.since, added.since),
  };
}

/** A rotation reads again in any case: what it would wait for is worth nothing to it. */
function supersede(running: Running, priority: Priority): void {
  if (priority === 'high' && running.priority !== 'high') running.reads.abort();
}
