import type { Semaphore } from '../async/semaphore.ts';
import { type Fault, unavailable, unusable } from '../core/fault.ts';
import { failed, mapOk, type Result } from '../core/result.ts';
import type { ListRequest, ReadRequest, RemoteValue } from '../providers/provider.ts';
import { Batches } from './batches.ts';
import { CoalescedReads } from './coalesce.ts';
import { identify } from './identity.ts';
import type { InFlightRead } from './in-flight-read.ts';
import type { ReadWant, Recovery, RemoteReader, SourceAccess } from './ports.ts';
import { SessionCache, type SessionCacheOptions } from './session-cache.ts';
import { type LimiterOptions, SourceLimiters } from './source-limiter.ts';
import { StoreCalls, type StoreRequest, withdrawn } from './store-calls.ts';
import type { Question } from './with-session.ts';

export type ReaderOptions = SessionCacheOptions & LimiterOptions;

/**
 * The one way to a remote value. A request first looks for a read that it can share; a read then joins a batch where the
 * store has batches, or goes by itself (store-calls.ts).
 */
export function createRemoteReader(options: ReaderOptions): RemoteReader {
  return new Reader(options);
}

class Reader implements RemoteReader {
  readonly #options: ReaderOptions;
  readonly #sessions: SessionCache;
  readonly #reads: CoalescedReads<RemoteValue>;
  readonly #lists: CoalescedReads<readonly string[]>;
  readonly #gates: SourceLimiters;
  readonly #calls: StoreCalls;
  readonly #batches: Batches;
  #closed = false;

  constructor(options: ReaderOptions) {
    const { clock, timers, observer } = options;
    this.#options = options;
    this.#sessions = new SessionCache(options);
    this.#reads = new CoalescedReads(clock, timers, sizeOf);
    this.#lists = new CoalescedReads(clock, timers, keys => keys.length * 100);
    this.#gates = new SourceLimiters(options);
    this.#calls = new StoreCalls({ clock, observer, gates: this.#gates });
    this.#batches = new Batches(this.#calls, timers);
  }

  read(source: SourceAccess, namespace: string, request: ReadRequest, want: ReadWant): Promise<Result<RemoteValue>> {
    const { key, version } = request;
    const { batch } = source.provider;
    const question: Question<RemoteValue> = (session, signal) => session.read(request, signal);
    const asked: Asked = { kind: 'read', source, namespace, overtime: noAnswer(source) };
    return this.#share(this.#reads, asked, [key, version], want, storeRequest =>
      batch?.takes(request)
        ? this.#batches.read(storeRequest, request, batch)
        : this.#calls.make(storeRequest, question),
    );
  }

  async list(
    source: SourceAccess,
    namespace: string,
    request: ListRequest,
    want: ReadWant,
  ): Promise<Result<readonly string[]>> {
    const tags = Object.entries(request.tags).toSorted();
    const question: Question<readonly string[]> = async (session, signal) =>
      (await session.list?.(request, signal)) ?? failed(unavailable(`${source.label} cannot list its keys`));
    const asked: Asked = { kind: 'list', source, namespace, overtime: tooLong(source, request) };
    const found = await this.#share(this.#lists, asked, [request.prefix, tags], want, storeRequest =>
      this.#calls.make(storeRequest, question),
    );
    return mapOk(found, keys => keys.toSorted());
  }

  capacity(sourceUid: string): Semaphore {
    return this.#gates.of(sourceUid).capacity;
  }

  retryAt(sourceUid: string, namespace: string, reference: string, waitMs: number): number {
    return this.#gates.of(sourceUid).retryAt(namespace, reference, waitMs);
  }

  onRecovered(handler: (recovery: Recovery) => void): void {
    this.#gates.onRecovered(handler);
  }

  drop(sourceUid: string, namespace?: string): void {
    this.#reads.drop(sourceUid, namespace, withdrawn);
    this.#lists.drop(sourceUid, namespace, withdrawn);
    this.#sessions.drop(sourceUid, namespace);
    this.#gates.forget(sourceUid, namespace);
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
    asked: Asked,
    subject: readonly unknown[],
    want: ReadWant,
    call: (storeRequest: StoreRequest) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    if (this.#closed) return failed(shuttingDown);
    const { source, namespace } = asked;
    const identity = identify(source, namespace, this.#options.cluster);
    if (!identity.ok) return identity;
    // The namespace too: where many share one login, nobody waits for what others were given.
    const key = JSON.stringify([identity.value.sessionKey, namespace, ...subject]);
    return shared.read({ sourceUid: source.uid, namespace, key }, want, async (inFlight: InFlightRead<T>, started) => {
      const session = this.#sessions.of(source, identity.value);
      const answer = await call({ ...asked, session, inFlight, started });
      return answer.ok ? answer : failed({ ...answer.fault, sourceUid: source.uid });
    });
  }
}

type Asked = Pick<StoreRequest, 'kind' | 'source' | 'namespace' | 'overtime'>;

const noAnswer = ({ label }: SourceAccess): Fault => unavailable(`${label} did not answer within 15 s`);

const tooLong = ({ label }: SourceAccess, { prefix }: ListRequest): Fault =>
  unusable(
    `${label} has more keys${prefix && ` below ${prefix}`} than it could list within 15 s; make find.prefix longer`,
  );

const shuttingDown: Fault = unavailable('the operator is shutting down');

const sizeOf = ({ value, bytes }: RemoteValue): number =>
  [...(bytes?.values() ?? [])].reduce((sum, { size }) => sum + size, value.size);
