import type { Priority } from '../async/priority.ts';
import { type Release, SlotQueue, type Waiter } from '../async/slot-queue.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';

export interface SlotOptions {
  /** Reconciles at a time: one that waits for a store holds some 14 kB. A namespace has half of them at most. Default 2048. */
  readonly concurrency?: number;
  /** What a reconcile of the key reads from. Default: nothing. */
  readonly sourcesOf?: (key: ObjectKey) => readonly SourceSlots[];
}

/** A source that a reconcile reads from. */
export interface SourceSlots {
  readonly uid: string;
  /** Reconciles at a time that read from it. A namespace has half of them at most. */
  readonly concurrency: number;
}

/** A key on the way to its reconcile. */
export interface WaitingKey extends Waiter {
  readonly key: ObjectKey;
  /** Where it waits now. */
  at: SlotQueue<WaitingKey>;
  /** What it needs a slot of, and the first of them that it has not waited for yet. */
  readonly sources: readonly SourceSlots[];
  next: number;
  readonly held: Release[];
}

/**
 * How many reconciles are under way. A key waits for a slot of each source that it reads from, and then for one of all,
 * so that a source that hangs keeps only so many under way; each by priority, and round robin by namespace:
 *
 *   etl/a ── slots of vault ──┐
 *   etl/b ── slots of vault ──┼── slots of all ── reconcile
 *   web/c ── slots of aws ────┘
 */
export class ReconcileSlots {
  readonly #options: SlotOptions;
  readonly #all: SlotQueue<WaitingKey>;
  readonly #bySource = new Map<string, SlotQueue<WaitingKey>>();
  readonly #onReady: () => void;

  /** `onReady`: called when a key may be there to be taken. */
  constructor(options: SlotOptions, onReady: () => void) {
    const { concurrency = 2048 } = options;
    this.#options = options;
    this.#onReady = onReady;
    this.#all = new SlotQueue(concurrency, Math.ceil(concurrency / 2), onReady);
  }

  enter(key: ObjectKey, priority: Priority, sources = this.#sourcesOf(key)): WaitingKey {
    const waiting = { key, priority, group: splitKey(key).namespace, at: this.#all, sources, next: 0, held: [] };
    this.#wait(waiting);
    return waiting;
  }

  /** At the higher priority of the two. An edit may have taken it to other sources: those before are none of its business. */
  enterAgain(waiting: WaitingKey, priority: Priority): WaitingKey {
    const { at, held, key } = waiting;
    const sources = this.#sourcesOf(key);
    at.raise(waiting, priority);
    if (uidsOf(sources) === uidsOf(waiting.sources)) {
      this.#serve(at);
      return waiting;
    }
    at.remove(waiting);
    const elsewhere = this.enter(key, waiting.priority, sources);
    for (const release of held) release();
    return elsewhere;
  }

  /** The next that has all its slots. */
  take(): { readonly key: ObjectKey; readonly priority: Priority; readonly held: readonly Release[] } | undefined {
    const next = this.#all.next();
    return next && { ...next.item, held: [...next.item.held, next.release] };
  }

  /** Keys of a namespace that wait for a slot of a source. */
  waitingFor(source: string, namespace: string): number {
    return this.#bySource.get(source)?.sizeOf(namespace) ?? 0;
  }

  /** For the next of what it needs. */
  #wait(waiting: WaitingKey): void {
    const source = waiting.sources[waiting.next];
    waiting.next += 1;
    waiting.at = source === undefined ? this.#all : this.#slotsOf(source);
    waiting.at.push(waiting);
    this.#serve(waiting.at);
  }

  /** Whoever has a slot of a source goes on to the next one. */
  #serve(slots: SlotQueue<WaitingKey>): void {
    if (slots === this.#all) this.#onReady();
    else
      for (let next = slots.next(); next; next = slots.next()) {
        next.item.held.push(next.release);
        this.#wait(next.item);
      }
  }

  #slotsOf({ uid, concurrency }: SourceSlots): SlotQueue<WaitingKey> {
    const known = this.#bySource.get(uid);
    if (known) return known;
    const slots: SlotQueue<WaitingKey> = new SlotQueue(concurrency, Math.ceil(concurrency / 2), () => {
      this.#serve(slots);
      if (slots.isUnused) this.#bySource.delete(uid);
    });
    this.#bySource.set(uid, slots);
    return slots;
  }

  /** In the order of their UIDs, so that no two keys wait for each other. */
  #sourcesOf(key: ObjectKey): readonly SourceSlots[] {
    const distinct = new Map((this.#options.sourcesOf?.(key) ?? []).map(source => [source.uid, source]));
    return [...distinct.values()].toSorted((a, b) => (a.uid < b.uid ? -1 : 1));
  }
}

const uidsOf = (sources: readonly SourceSlots[]): string => sources.map(({ uid }) => uid).join();
