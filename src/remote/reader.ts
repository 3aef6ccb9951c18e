import { type Fault, unavailable } from '../core/fault.ts';
import { failed, mapOk, type Result } from '../core/result.ts';
import type { ListRequest, ReadRequest, RemoteValue } from '../providers/provider.ts';
import { CoalescedReads, type InFlightRead, type QueuedRead } from './coalesce.ts';
import { identify } from './identity.ts';
import type { ReadWant, Recovery, RemoteReader, SourceAccess } from './ports.ts';
import { SessionCache, type SessionCacheOptions } from './session-cache.ts';
import type { SessionSlot } from './session-slot.ts';
import type { LimiterOptions } from './source-limiter.ts';
import { SourceQueue } from './source-queue.ts';
import { withdrawn } from './store-call.ts';

export type ReaderOptions = SessionCacheOptions & LimiterOptions;

/**
 * The one way to a remote value. A request first looks for a read that it can share; a read then waits in the queue of its
 * source.
 */
export function createRemoteReader(options: ReaderOptions): RemoteReader {
  return new Reader(options);
}

class Reader implements RemoteReader {
  readonly #options: ReaderOptions;
  readonly #sessions: SessionCache;
  readonly #reads: CoalescedReads<RemoteValue>;
  readonly #lists: CoalescedReads<readonly string[]>;
  readonly #queues = new Map<string, SourceQueue>();
  readonly #onRecovered: ((recovery: Recovery) => void)[] = [];
  #closed = false;

  constructor(options: ReaderOptions) {
    const { clock, timers } = options;
    this.#options = options;
    this.#sessions = new SessionCache(options);
    this.#reads = new CoalescedReads(clock, timers, sizeOf);
    this.#lists = new CoalescedReads(clock, timers, keys => keys.length * 100);
  }

  read(source: SourceAccess, namespace: string, request: ReadRequest, want: ReadWant): Promise<Result<RemoteValue>> {
    const { key, version } = request;
    return this.#share(this.#reads, source, namespace, [key, version], want, (session, inFlight) =>
      this.#queueOf(source.uid).read({ kind: 'read', request, source, namespace, session, inFlight }),
    );
  }

  async list(
    source: SourceAccess,
    namespace: string,
    request: ListRequest,
    want: ReadWant,
  ): Promise<Result<readonly string[]>> {
    const tags = Object.entries(request.tags).toSorted();
    const found = await this.#share(this.#lists, source, namespace, [request.prefix, tags], want, (session, inFlight) =>
      this.#queueOf(source.uid).list({ kind: 'list', request, source, namespace, session, inFlight }),
    );
    return mapOk(found, keys => keys.toSorted());
  }

  retryAt(sourceUid: string, namespace: string, reference: string, waitMs: number): number {
    return this.#queueOf(sourceUid).limiter.retryAt(namespace, reference, waitMs);
  }

  forgetReference(namespace: string, reference: string): void {
    for (const { limiter } of this.#queues.values()) limiter.forgetReference(namespace, reference);
  }

  onRecovered(handler: (recovery: Recovery) => void): void {
    this.#onRecovered.push(handler);
  }

  drop(sourceUid: string, namespace?: string): void {
    this.#reads.drop(sourceUid, namespace, withdrawn);
    this.#lists.drop(sourceUid, namespace, withdrawn);
    this.#sessions.drop(sourceUid, namespace);
    // What was learnt about the store no longer holds.
    if (namespace === undefined) this.#queues.delete(sourceUid);
    else this.#queues.get(sourceUid)?.limiter.forget(namespace);
  }

  sawCaBundle(sourceUid: string, caPem: string): void {
    this.#sessions.sawCaBundle(sourceUid, caPem);
  }

  async close(signal: AbortSignal): Promise<void> {
    this.#closed = true;
    this.#reads.drop(undefined, undefined, shuttingDown);
    this.#lists.drop(undefined, undefined, shuttingDown);
    await this.#sessions.close(signal);
  }

  async #share<T>(
    shared: CoalescedReads<T>,
    source: SourceAccess,
    namespace: string,
    subject: readonly unknown[],
    want: ReadWant,
    enqueue: (session: SessionSlot, inFlight: InFlightRead<T>) => QueuedRead<T>,
  ): Promise<Result<T>> {
    if (this.#closed) return failed(shuttingDown);
    const identity = identify(source, namespace, this.#options.cluster);
    if (!identity.ok) return identity;
    // The namespace too: where many share one login, nobody waits for what others were given.
    const key = JSON.stringify([identity.value.sessionKey, namespace, ...subject]);
    const answer = await shared.read({ sourceUid: source.uid, namespace, key }, want, inFlight =>
      enqueue(this.#sessions.of(source, identity.value), inFlight),
    );
    return answer.ok ? answer : failed({ ...answer.fault, sourceUid: source.uid });
  }

  #queueOf(sourceUid: string): SourceQueue {
    const known = this.#queues.get(sourceUid);
    if (known) return known;
    const queue = new SourceQueue(this.#options, recovery => {
      for (const handler of this.#onRecovered) handler({ sourceUid, ...recovery });
    });
    this.#queues.set(sourceUid, queue);
    return queue;
  }
}

const shuttingDown: Fault = unavailable('the operator is shutting down');

const sizeOf = ({ value, bytes }: RemoteValue): number =>
  [...(bytes?.values() ?? [])].reduce((sum, { size }) => sum + size, value.size);
