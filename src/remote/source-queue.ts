import { onAbort } from '../async/deadline.ts';
import type { Priority } from '../async/priority.ts';
import { SlotQueue, type Waiter } from '../async/slot-queue.ts';
import type { Cancel, Timers } from '../async/timers.ts';
import type { Fault } from '../core/fault.ts';
import { failed, type Result } from '../core/result.ts';
import type { RemoteValue } from '../providers/provider.ts';
import { Batch } from './batch.ts';
import type { QueuedRead } from './coalesce.ts';
import type { Recovery } from './ports.ts';
import { type LimiterOptions, SourceLimiter } from './source-limiter.ts';
import {
  askForList,
  askForReads,
  callStore,
  type StoreCallPorts,
  type StoreList,
  type StoreRead,
  withdrawn,
} from './store-call.ts';

export interface QueueOptions extends StoreCallPorts, LimiterOptions {
  readonly timers: Timers;
}

const triesOf = (slotsPerIdentity: number): number => Math.ceil(slotsPerIdentity / 4);

/** Calls of all identities to one source at a time. */
export const callsPerSource = (slotsPerIdentity: number): number => 2 * slotsPerIdentity + triesOf(slotsPerIdentity);

/**
 * The requests to one store wait here for a slot, by priority, and round robin by namespace. A free slot takes the first
 * of them, and with it the reads of the same namespace and session that the store answers in one call:
 *
 *   etl a    web b    etl c    etl d
 *     └─────────────────┴────────┴── one call of the store, up to the size of its batches
 */
export class SourceQueue {
  readonly limiter: SourceLimiter;
  readonly #options: QueueOptions;
  readonly #slots: SlotQueue<Entry>;
  /** Identities that fail try in slots of their own, so that many whose calls hang do not fill the others for ever. */
  readonly #slotsToTry: SlotQueue<Entry>;
  readonly #batches = new Map<string, Batch<WaitingRead>>();
  #serving = false;
  #wake: Cancel | undefined;
  /** Milliseconds until the first may be served that only the time keeps waiting. */
  #waitMs = Number.POSITIVE_INFINITY;

  constructor(options: QueueOptions, recovered: (recovery: Omit<Recovery, 'sourceUid'>) => void) {
    const { slotsPerIdentity = 16 } = options;
    const tries = triesOf(slotsPerIdentity);
    const freed = () => this.#serve();
    this.limiter = new SourceLimiter(options, recovered);
    this.#options = options;
    this.#slots = new SlotQueue(2 * slotsPerIdentity, slotsPerIdentity, freed, this.#isDue);
    this.#slotsToTry = new SlotQueue(tries, tries, freed);
  }

  read(request: StoreRead): QueuedRead<RemoteValue> {
    const outcome = Promise.withResolvers<Result<RemoteValue>>();
    return this.#queued({ ...request, ...this.#positionOf(request), outcome, batch: this.#batchFor(request) }, outcome);
  }

  list(request: StoreList): QueuedRead<readonly string[]> {
    const outcome = Promise.withResolvers<Result<readonly string[]>>();
    return this.#queued({ ...request, ...this.#positionOf(request), outcome, batch: undefined }, outcome);
  }

  #queued<Value>(entry: Entry, { promise }: PromiseWithResolvers<Result<Value>>): QueuedRead<Value> {
    this.#enter(entry);
    return { answer: promise, raise: priority => this.#raise(entry, priority) };
  }

  #positionOf({ kind, namespace, inFlight: { priority } }: StoreRead | StoreList): Position {
    const slots = this.limiter.isFailing({ kind, namespace, priority }) ? this.#slotsToTry : this.#slots;
    return { priority, group: namespace, slots, forget: () => undefined };
  }

  /** Of a login that namespaces share, each has batches of its own: a key that spoils one is nobody else's trouble. */
  #batchFor({ source, namespace, session, request }: StoreRead): Batch<WaitingRead> | undefined {
    const rules = source.provider.batch;
    if (!rules?.takes(request)) return undefined;
    const key = `${namespace}/${session.identity.sessionKey}`;
    const batch = this.#batches.get(key) ?? new Batch<WaitingRead>(rules.size, this.#options.clock);
    this.#batches.set(key, batch);
    return batch;
  }

  /** A refusal that is known already costs no slot; it is looked for again after the wait for one. */
  #enter(entry: Entry): void {
    const { priority, inFlight, session } = entry;
    const refused = session.refusalFor({ priority, notBefore: inFlight.notBefore }) ?? this.limiter.refusal(entry);
    if (refused) this.#end(entry, refused);
    else this.#enqueue(entry);
  }

  #enqueue(entry: Entry): void {
    const isHeld = entry.batch?.add(entry, entry.priority === 'high') ?? false;
    if (!isHeld) entry.slots.push(entry);
    entry.forget = onAbort(entry.inFlight.signal, () => this.#end(entry, withdrawn));
    this.#serveSoon();
  }

  #raise(entry: Entry, priority: Priority): void {
    entry.slots.raise(entry, priority);
    if (priority === 'high' && entry.batch?.held.delete(entry)) entry.slots.push(entry);
    this.#serveSoon();
  }

  /** Without a call. */
  #end(entry: Entry, fault: Fault): void {
    this.#leave(entry);
    entry.outcome.resolve(failed(fault));
    if (!this.#isKeptWaiting) this.#wakeAfter(Number.POSITIVE_INFINITY);
  }

  get #isKeptWaiting(): boolean {
    return this.#slots.size > 0 || [...this.#batches.values()].some(({ held }) => held.size > 0);
  }

  #leave(entry: Entry): void {
    entry.forget();
    entry.slots.remove(entry);
    entry.batch?.delete(entry);
  }

  /** What is asked for in one go, as by the reads of one reconcile, is there before the first of it is taken. */
  #serveSoon(): void {
    if (this.#serving) return;
    this.#serving = true;
    setImmediate(() => {
      this.#serving = false;
      this.#serve();
    });
  }

  #serve(): void {
    this.#waitMs = this.#releaseHeld();
    for (let next = this.#slots.next(); next; next = this.#slots.next()) {
      const { namespace, source } = next.item;
      this.#send(next);
      const calls = Math.ceil(this.#slots.sizeOf(namespace) / (source.provider.batch?.size ?? 1));
      this.limiter.paced(namespace, calls + (this.#options.waitingFor?.(source.uid, namespace) ?? 0));
    }
    for (let next = this.#slotsToTry.next(); next; next = this.#slotsToTry.next()) this.#send(next);
    this.#wakeAfter(this.#waitMs);
  }

  readonly #isDue = (namespace: string, priority: Priority): boolean => {
    const ms = this.limiter.waitMs(namespace, priority);
    if (ms > 0) this.#waitMs = Math.min(this.#waitMs, ms);
    return ms === 0;
  };

  /** Reads that were held long enough wait for a slot from now on. Answers in how many milliseconds the first of the others will. */
  #releaseHeld(): number {
    let wait = Number.POSITIVE_INFINITY;
    for (const [key, batch] of this.#batches) {
      const ms = batch.waitMs;
      if (ms > 0) {
        if (batch.held.size > 0) wait = Math.min(wait, ms);
        continue;
      }
      for (const read of batch.held) read.slots.push(read);
      batch.held.clear();
      if (batch.waiting.size === 0) this.#batches.delete(key);
    }
    return wait;
  }

  /**
   * One timer, for the first that only the time keeps waiting. It is told by the looks that found so: at another look, a moment
   * later, the time may have come, and nobody would wake what that first look left behind.
   */
  #wakeAfter(wait: number): void {
    this.#wake?.();
    this.#wake = Number.isFinite(wait) ? this.#options.timers.after(wait, () => this.#serve()) : undefined;
  }

  #send({ item, release }: Due): void {
    void this.#call(item).finally(release);
  }

  #call(head: Entry): Promise<void> {
    if (head.kind === 'list') {
      this.#leave(head);
      return callStore([head], askForList(head), this.limiter, this.#options);
    }
    const reads = head.batch?.take(head) ?? [head];
    for (const each of reads) this.#leave(each);
    return callStore(reads, askForReads(reads), this.limiter, this.#options);
  }
}

interface Position extends Waiter {
  readonly slots: SlotQueue<Entry>;
  /** Nobody has to hear of the end of its signal any more. */
  forget: () => void;
}
type WaitingRead = StoreRead &
  Position & {
    readonly outcome: PromiseWithResolvers<Result<RemoteValue>>;
    readonly batch: Batch<WaitingRead> | undefined;
  };
type WaitingList = StoreList &
  Position & { readonly outcome: PromiseWithResolvers<Result<readonly string[]>>; readonly batch: undefined };
type Entry = WaitingRead | WaitingList;
type Due = NonNullable<ReturnType<SlotQueue<Entry>['next']>>;
