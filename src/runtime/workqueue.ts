import type { Clock } from '../core/clock.ts';
import { FairQueue } from '../core/fair-queue.ts';
import { type Lane, rank } from '../core/lane.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';
import type { Timers } from '../core/timers.ts';
import { backoffTime } from './backoff.ts';
import { Timeline } from './timeline.ts';
import type { Next } from './work.ts';

export interface QueuePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
}

/** One turn of a key, from `take` until `done`. */
export interface Turn {
  readonly key: ObjectKey;
  readonly lane: Lane;
  /** Of the newest request that this turn answers. */
  readonly requestedAt: number;
  /** Failed turns in a row before this one. */
  readonly attempt: number;
  /** Milliseconds since the key became ready. */
  readonly waitedMs: number;
  /** Ends when a rotation of the key is asked for while a turn of a lower lane is under way. */
  readonly raised: AbortSignal;
}

/**
 * Keys that wait for their turn. A key is there once, however often it was asked for: the highest lane and the newest
 * request win. It never has two turns at once; asked for during its turn, it gets another one afterwards.
 */
export class WorkQueue {
  readonly #ports: QueuePorts;
  readonly #entries = new Map<ObjectKey, Entry>();
  readonly #ready = new FairQueue<ObjectKey>();
  readonly #timeline: Timeline<ObjectKey>;
  #onReady: (lane: Lane) => void = () => undefined;

  constructor(ports: QueuePorts) {
    this.#ports = ports;
    this.#timeline = new Timeline(ports, (key, time) => this.#fallDue(key, time));
  }

  /** `requestedAt`: steady milliseconds, now if absent. */
  add(key: ObjectKey, lane: Lane, requestedAt = this.#ports.clock.steady()): void {
    const entry = this.#entry(key);
    const before = entry.pending;
    const pending = merge(before, { lane, requestedAt, since: this.#ports.clock.steady() });
    entry.pending = pending;
    if (entry.running) raise(entry.running, lane);
    else if (before?.lane !== pending.lane) this.#move(key, before?.lane, pending.lane);
  }

  /** A turn without an event, at a steady time. The earlier of two times wins, until a turn of the key sets a new one. */
  addAt(key: ObjectKey, time: number, lane: Lane): void {
    const entry = this.#entry(key);
    if (entry.due && entry.due.time <= time) return;
    entry.due = { time, lane };
    this.#timeline.set(key, time);
  }

  /** The next key of the lane, round robin by namespace. */
  take(lane: Lane): Turn | undefined {
    const key = this.#ready.shift(lane);
    const entry = key && this.#entries.get(key);
    if (!key || !entry?.pending) return undefined;
    const { requestedAt, since } = entry.pending;
    const raised = new AbortController();
    entry.running = { lane, raised, due: entry.due };
    entry.pending = undefined;
    const waitedMs = this.#ports.clock.steady() - since;
    return { key, lane, requestedAt, attempt: entry.attempt, waitedMs, raised: raised.signal };
  }

  /** Ends the turn of a key. */
  done(turn: Turn, next: Next): void {
    const entry = this.#entry(turn.key);
    this.#schedule(turn, entry, next);
    entry.attempt = next.kind === 'backoff' || next.kind === 'retry-at' ? turn.attempt + 1 : 0;
    entry.running = undefined;
    if (entry.pending) this.#push(turn.key, entry.pending.lane);
    else if (!entry.due) this.#entries.delete(turn.key);
  }

  /** Keys that wait for a turn now, in one lane or in all. */
  depth(lane?: Lane): number {
    return this.#ready.size(lane);
  }

  /** Keys that have a due time. */
  get delayed(): number {
    return this.#timeline.size;
  }

  /** One handler: called when a key became ready in a lane. */
  onReady(handler: (lane: Lane) => void): void {
    this.#onReady = handler;
  }

  /** Nothing falls due any more, and no timer is left behind. */
  close(): void {
    this.#timeline.close();
  }

  #schedule(turn: Turn, entry: Entry, next: Next): void {
    const due = this.#dueOf(turn, next);
    if (!due) return;
    // A time that was set during the turn is news to it and stays if it is the earlier one; an older one is replaced.
    if (entry.due === entry.running?.due) entry.due = undefined;
    this.addAt(turn.key, due.time, due.lane);
  }

  #dueOf(turn: Turn, next: Next): Due | undefined {
    if (next.kind === 'on-change') return undefined;
    if (next.kind === 'at') return next;
    if (next.kind === 'retry-at') return { time: next.time, lane: turn.lane };
    return { time: backoffTime(next, turn.attempt, this.#ports.clock.steady(), this.#ports.random), lane: turn.lane };
  }

  #fallDue(key: ObjectKey, time: number): void {
    const entry = this.#entry(key);
    const lane = entry.due?.lane ?? 'refresh';
    entry.due = undefined;
    this.add(key, lane, time);
  }

  #move(key: ObjectKey, from: Lane | undefined, to: Lane): void {
    if (from) this.#ready.remove(from, groupOf(key), key);
    this.#push(key, to);
  }

  #push(key: ObjectKey, lane: Lane): void {
    this.#ready.push(lane, groupOf(key), key);
    this.#onReady(lane);
  }

  #entry(key: ObjectKey): Entry {
    const known = this.#entries.get(key);
    if (known) return known;
    const entry: Entry = { pending: undefined, running: undefined, due: undefined, attempt: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}

interface Entry {
  pending: Pending | undefined;
  running: { readonly lane: Lane; readonly raised: AbortController; readonly due: Due | undefined } | undefined;
  due: Due | undefined;
  attempt: number;
}

interface Pending {
  readonly lane: Lane;
  readonly requestedAt: number;
  readonly since: number;
}

interface Due {
  readonly time: number;
  readonly lane: Lane;
}

const groupOf = (key: ObjectKey): string => splitKey(key).namespace;

function merge(before: Pending | undefined, added: Pending): Pending {
  if (!before) return added;
  return {
    lane: rank(added.lane) < rank(before.lane) ? added.lane : before.lane,
    requestedAt: Math.max(before.requestedAt, added.requestedAt),
    since: before.since,
  };
}

function raise(running: { readonly lane: Lane; readonly raised: AbortController }, lane: Lane): void {
  if (lane === 'rotation' && running.lane !== 'rotation') running.raised.abort();
}
