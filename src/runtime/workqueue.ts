import { type Priority, rank } from '../async/priority.ts';
import { PriorityQueue } from '../async/priority-queue.ts';
import type { Release, Semaphore, Ticket } from '../async/semaphore.ts';
import type { Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';
import { backoffTime } from './backoff.ts';
import { DelayingQueue } from './delaying-queue.ts';
import type { Next } from './reconcile.ts';

export interface QueuePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
}

/** One reconcile of a key, from `take` until `done`. */
export interface QueuedRequest {
  readonly key: ObjectKey;
  readonly priority: Priority;
  /** Of the newest request that this reconcile answers. */
  readonly requestedAt: number;
  /** Failed reconciles in a row before this one. */
  readonly attempt: number;
  /** Steady milliseconds at which the key became ready. */
  readonly since: number;
  /** The capacity that the key waited for. */
  readonly reservation: Release | undefined;
  /** Ends when the queue is closed, or a rotation of the key is asked for while a reconcile of a lower priority is under way. */
  readonly readSignal: AbortSignal;
}

/**
 * Keys that wait to be reconciled. A key is there once, however often it was asked for: the highest priority and the newest
 * request win. It is never reconciled twice at once; asked for during a reconcile, it gets another one afterwards.
 */
export class WorkQueue {
  readonly #ports: QueuePorts;
  readonly #entries = new Map<ObjectKey, Entry>();
  readonly #ready = new PriorityQueue<ObjectKey>();
  readonly #delayed: DelayingQueue<ObjectKey>;
  readonly #closing = new AbortController();
  #onReady: (priority: Priority) => void = () => undefined;

  constructor(ports: QueuePorts) {
    this.#ports = ports;
    this.#delayed = new DelayingQueue(ports, (key, time) => this.#fallDue(key, time));
  }

  /** `requestedAt`: steady milliseconds, now if absent. */
  add(key: ObjectKey, priority: Priority, requestedAt = this.#ports.clock.steady()): void {
    const entry = this.#entry(key);
    const before = entry.pending;
    const pending = merge(before, { priority, requestedAt, since: this.#ports.clock.steady() });
    entry.pending = pending;
    if (entry.running) supersede(entry.running, priority);
    else if (entry.awaitsCapacity) entry.awaitsCapacity.raise(priority);
    else if (before?.priority !== pending.priority) this.#move(key, before?.priority, pending.priority);
  }

  /** A reconcile without an event, at a steady time. The earlier of two times wins, until a reconcile of the key sets a new one. */
  addAt(key: ObjectKey, time: number, priority: Priority): void {
    const entry = this.#entry(key);
    if (entry.due && entry.due.time <= time) return;
    entry.due = { time, priority };
    this.#delayed.set(key, time);
  }

  /** The next key of the priority, round robin by namespace. */
  take(priority: Priority): QueuedRequest | undefined {
    const key = this.#ready.shift(priority);
    const entry = key && this.#entries.get(key);
    if (!key || !entry?.pending) return undefined;
    const { attempt, pending, reservation } = entry;
    const reads = new AbortController();
    entry.running = { priority, reads, due: entry.due };
    entry.pending = undefined;
    entry.reservation = undefined;
    return { ...pending, key, priority, attempt, reservation, readSignal: reads.signal };
  }

  /** Ends the reconcile of a key. */
  done(request: QueuedRequest, next: Next): void {
    const entry = this.#entry(request.key);
    if (next.kind === 'at-capacity') this.#awaitCapacity(request, entry, next.capacity);
    else this.#end(request, entry, next);
  }

  /** Keys that wait to be reconciled now, at one priority or at all. */
  depth(priority?: Priority): number {
    return this.#ready.size(priority);
  }

  /** Keys whose last reconcile found no capacity. */
  atCapacity(priority: Priority): number {
    return [...this.#entries.values()].filter(
      ({ awaitsCapacity, pending }) => awaitsCapacity && pending?.priority === priority,
    ).length;
  }

  /** Keys that have a due time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** One handler: called when a key became ready at a priority. */
  onReady(handler: (priority: Priority) => void): void {
    this.#onReady = handler;
  }

  /** Nothing falls due any more, reads under way end, and neither a timer nor a waiter is left behind. */
  close(): void {
    this.#closing.abort();
    for (const { running } of this.#entries.values()) running?.reads.abort();
    this.#delayed.close();
  }

  #end(request: QueuedRequest, entry: Entry, next: Later): void {
    this.#schedule(request, entry, next);
    entry.attempt = next.kind === 'backoff' || next.kind === 'retry-at' ? request.attempt + 1 : 0;
    entry.running = undefined;
    if (entry.pending) this.#push(request.key, entry.pending.priority);
    else if (!entry.due) this.#entries.delete(request.key);
  }

  /** Asked for again meanwhile, it waits at the higher priority; its failures in a row still count. */
  #awaitCapacity({ key, priority, requestedAt, since }: QueuedRequest, entry: Entry, capacity: Semaphore): void {
    const pending = merge(entry.pending, { priority, requestedAt, since });
    entry.pending = pending;
    entry.running = undefined;
    const ticket = capacity.queue({ priority: pending.priority, group: groupOf(key), signal: this.#closing.signal });
    entry.awaitsCapacity = ticket;
    void ticket.granted.then(place => {
      entry.awaitsCapacity = undefined;
      entry.reservation = place;
      if (place) this.#push(key, entry.pending?.priority ?? priority);
    });
  }

  #schedule(request: QueuedRequest, entry: Entry, next: Later): void {
    const due = this.#dueOf(request, next);
    if (!due) return;
    // A time that was set during the reconcile is news to it and stays if it is the earlier one; an older one is replaced.
    if (entry.due === entry.running?.due) entry.due = undefined;
    this.addAt(request.key, due.time, due.priority);
  }

  #dueOf(request: QueuedRequest, next: Later): Due | undefined {
    if (next.kind === 'on-change') return undefined;
    if (next.kind === 'at') return next;
    if (next.kind === 'retry-at') return { time: next.time, priority: next.priority ?? request.priority };
    return {
      time: backoffTime(next, request.attempt, this.#ports.clock.steady(), this.#ports.random),
      priority: request.priority,
    };
  }

  #fallDue(key: ObjectKey, time: number): void {
    const entry = this.#entry(key);
    const priority = entry.due?.priority ?? 'low';
    entry.due = undefined;
    this.add(key, priority, time);
  }

  #move(key: ObjectKey, from: Priority | undefined, to: Priority): void {
    if (from) this.#ready.remove(from, groupOf(key), key);
    this.#push(key, to);
  }

  #push(key: ObjectKey, priority: Priority): void {
    this.#ready.push(priority, groupOf(key), key);
    this.#onReady(priority);
  }

  #entry(key: ObjectKey): Entry {
    const known = this.#entries.get(key);
    if (known) return known;
    const entry: Entry = {
      pending: undefined,
      running: undefined,
      awaitsCapacity: undefined,
      reservation: undefined,
      due: undefined,
      attempt: 0,
    };
    this.#entries.set(key, entry);
    return entry;
  }
}

type Later = Exclude<Next, { readonly kind: 'at-capacity' }>;

interface Entry {
  pending: Pending | undefined;
  running: Running | undefined;
  awaitsCapacity: Ticket | undefined;
  /** Granted, for the next reconcile. */
  reservation: Release | undefined;
  due: Due | undefined;
  attempt: number;
}

interface Running {
  readonly priority: Priority;
  readonly reads: AbortController;
  /** The time that the key had when it began. */
  readonly due: Due | undefined;
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

const groupOf = (key: ObjectKey): string => splitKey(key).namespace;

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
