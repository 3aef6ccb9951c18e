import { TokenBucket } from '../async/token-bucket.ts';
import type { Clock } from '../core/clock.ts';
import type { EventNote, KubeResult } from './api.ts';

/** What becomes of a note: an object of its own, a higher count on one that exists, or nothing that is written. */
export type Decision =
  | { readonly kind: 'create'; readonly series: Series }
  | { readonly kind: 'count'; readonly series: Series }
  | { readonly kind: 'counted' }
  | { readonly kind: 'dropped' };

/** The same thing said again and again about the same object. */
export interface Series {
  /** The name of the Event. */
  name: string;
  count: number;
  /** Steady milliseconds. */
  writtenAt: number;
}

const updateAtMostMs = 5 * 60_000;
/** Milliseconds; the API server forgets an Event an hour after its last write. */
const livesMs = 55 * 60_000;
/** So many things are remembered at most; the oldest goes first. */
const remembered = 4096;

/** Bounds what is said: successes all together, warnings by object, so that a noisy one does not silence the others. */
export class EventSeries {
  readonly #clock: Clock;
  readonly #nameOf: (note: EventNote) => string;
  readonly #series = new Map<string, Series>();
  readonly #warnings = new Map<string, TokenBucket>();
  readonly #successes: TokenBucket;

  constructor(clock: Clock, nameOf: (note: EventNote) => string) {
    this.#clock = clock;
    this.#nameOf = nameOf;
    this.#successes = new TokenBucket(25, 10, clock.steady());
  }

  decide(note: EventNote): Decision {
    const now = this.#clock.steady();
    const known = this.#series.get(idOf(note));
    if (known === undefined || now - known.writtenAt > livesMs) return this.#begin(note, now);
    known.count++;
    if (now - known.writtenAt < updateAtMostMs) return { kind: 'counted' };
    known.writtenAt = now;
    return { kind: 'count', series: known };
  }

  /** What was not written will be said in full the next time. */
  forget(note: EventNote): void {
    this.#series.delete(idOf(note));
  }

  #begin(note: EventNote, now: number): Decision {
    const bucket = note.type === 'Warning' ? this.#bucketOf(note.regarding.uid, now) : this.#successes;
    if (!bucket.take(now)) return { kind: 'dropped' };
    const series = { name: this.#nameOf(note), count: 1, writtenAt: now };
    remember(this.#series, idOf(note), series);
    return { kind: 'create', series };
  }

  /** Ten different warnings, then one in a minute. */
  #bucketOf(uid: string, now: number): TokenBucket {
    const bucket = this.#warnings.get(uid) ?? new TokenBucket(10, 1 / 60, now);
    remember(this.#warnings, uid, bucket);
    return bucket;
  }
}

const idOf = ({ regarding, type, reason, note }: EventNote): string =>
  JSON.stringify([regarding.uid, type, reason, note]);

/** A Map keeps the order in which its keys came: the first is the oldest. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > remembered && oldest !== undefined) map.delete(oldest);
}

export interface QueuedEvent {
  readonly note: EventNote;
  readonly write: () => Promise<KubeResult<unknown>>;
}

/** Warnings first; when it is full, successes make room for them. */
export class EventQueue {
  readonly #bound: number;
  readonly #warnings: QueuedEvent[] = [];
  readonly #successes: QueuedEvent[] = [];

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Answers what was dropped for it: another, itself, or nothing. */
  push(event: QueuedEvent): QueuedEvent | undefined {
    const queue = event.note.type === 'Warning' ? this.#warnings : this.#successes;
    queue.push(event);
    if (this.size <= this.#bound) return undefined;
    return this.#successes.pop() ?? this.#warnings.pop();
  }

  get size(): number {
    return this.#warnings.length + this.#successes.length;
  }

  /** Whether the next one is a warning. */
  get isUrgent(): boolean {
    return this.#warnings.length > 0;
  }

  shift(): QueuedEvent | undefined {
    return this.#warnings.shift() ?? this.#successes.shift();
  }
}
