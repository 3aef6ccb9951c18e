import { type Lane, rank } from '../async/priority.ts';
import { FairQueue } from '../async/priority-queue.ts';
import type { Release, Slots, Ticket } from '../async/semaphore.ts';
import type { Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';
import { backoffTime } from './backoff.ts';
import { Timeline } from './delaying-queue.ts';
import type { Next } from './reconcile.ts';

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
  /** Steady milliseconds at which the key became ready. */
  readonly since: number;
  /** What the key stood in line for. */
  readonly place: Release | undefined;
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
  readonly #closing = new AbortController();
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
    else if (entry.inLine) entry.inLine.raise(lane);
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
    const { attempt, pending, place } = entry;
    const raised = new AbortController();
    entry.running = { lane, raised, due: entry.due };
    entry.pending = undefined;
    entry.place = undefined;
    return { ...pending, key, lane, attempt, place, raised: raised.signal };
  }

  /** Ends the turn of a key. */
  done(turn: Turn, next: Next): void {
    const entry = this.#entry(turn.key);
    if (next.kind === 'in-line') this.#standInLine(turn, entry, next.places);
    else this.#end(turn, entry, next);
  }

  /** Keys that wait for a turn now, in one lane or in all. */
  depth(lane?: Lane): number {
    return this.#ready.size(lane);
  }

  /** Keys whose last turn found no place. */
  inLine(lane: Lane): number {
    return [...this.#entries.values()].filter(({ inLine, pending }) => inLine && pending?.lane === lane).length;
  }

  /** Keys that have a due time. */
  get delayed(): number {
    return this.#timeline.size;
  }

  /** One handler: called when a key became ready in a lane. */
  onReady(handler: (lane: Lane) => void): void {
    this.#onReady = handler;
  }

  /** Nothing falls due any more, and neither a timer nor a place in any line is left behind. */
  close(): void {
    this.#closing.abort();
    this.#timeline.close();
  }

  #end(turn: Turn, entry: Entry, next: Later): void {
    this.#schedule(turn, entry, next);
    entry.attempt = next.kind === 'backoff' || next.kind === 'retry-at' ? turn.attempt + 1 : 0;
    entry.running = undefined;
    if (entry.pending) this.#push(turn.key, entry.pending.lane);
    else if (!entry.due) this.#entries.delete(turn.key);
  }

  /** Asked for again meanwhile, it waits in the higher lane; its failures in a row still count. */
  #standInLine({ key, lane, requestedAt, since }: Turn, entry: Entry, places: Slots): void {
    const pending = merge(entry.pending, { lane, requestedAt, since });
    entry.pending = pending;
    entry.running = undefined;
    const ticket = places.queue({ lane: pending.lane, group: groupOf(key), signal: this.#closing.signal });
    entry.inLine = ticket;
    void ticket.granted.then(place => {
      entry.inLine = undefined;
      entry.place = place;
      if (place) this.#push(key, entry.pending?.lane ?? lane);
    });
  }

  #schedule(turn: Turn, entry: Entry, next: Later): void {
    const due = this.#dueOf(turn, next);
    if (!due) return;
    // A time that was set during the turn is news to it and stays if it is the earlier one; an older one is replaced.
    if (entry.due === entry.running?.due) entry.due = undefined;
    this.addAt(turn.key, due.time, due.lane);
  }

  #dueOf(turn: Turn, next: Later): Due | undefined {
    if (next.kind === 'on-change') return undefined;
    if (next.kind === 'at') return next;
    if (next.kind === 'retry-at') return { time: next.time, lane: next.lane ?? turn.lane };
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
    const entry: Entry = {
      pending: undefined,
      running: undefined,
      inLine: undefined,
      place: undefined,
      due: undefined,
      attempt: 0,
    };
    this.#entries.set(key, entry);
    return entry;
  }
}

type Later = Exclude<Next, { readonly kind: 'in-line' }>;

interface Entry {
  pending: Pending | undefined;
  running: { readonly lane: Lane; readonly raised: AbortController; readonly due: Due | undefined } | undefined;
  inLine: Ticket | undefined;
  /** Granted, for the next turn. */
  place: Release | undefined;
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
    since: Math.min(before.since, added.since),
  };
}

function raise(running: { readonly lane: Lane; readonly raised: AbortController }, lane: Lane): void {
  if (lane === 'rotation' && running.lane !== 'rotation') running.raised.abort();
}
