import { type Fault, unavailable } from '../core/fault.ts';
import { failed, mapOk, type Result } from '../core/result.ts';
import type { Slots } from '../core/slots.ts';
import { Batches } from './batches.ts';
import type { Flight } from './flight.ts';
import { type Identity, identify } from './identity.ts';
import type { ListRequest, ReadRequest, RemoteValue } from './provider.ts';
import type { Question } from './read-through.ts';
import type { ReadWant, RemoteReader, SourceAccess } from './remote-reader.ts';
import { Sessions, type SessionsOptions } from './session.ts';
import { SharedReads } from './shared-reads.ts';
import { type GateOptions, SourceGates } from './source-gate.ts';
import { type Errand, StoreCalls, withdrawn } from './store-calls.ts';

export type ReaderOptions = SessionsOptions & GateOptions;

/**
 * The one way to a remote value. A request first looks for a read that it can share; a read then joins a batch where the
 * store has batches, or goes by itself (store-calls.ts).
 */
export function createRemoteReader(options: ReaderOptions): RemoteReader {
  return new Reader(options);
}

class Reader implements RemoteReader {
  readonly #options: ReaderOptions;
  readonly #sessions: Sessions;
  readonly #reads: SharedReads<RemoteValue>;
  readonly #lists: SharedReads<readonly string[]>;
  readonly #gates: SourceGates;
  readonly #calls: StoreCalls;
  readonly #batches: Batches;
  #closed = false;

  constructor(options: ReaderOptions) {
    const { clock, timers, observer } = options;
    this.#options = options;
    this.#sessions = new Sessions(options);
    this.#reads = new SharedReads(clock, timers, ({ value }) => value.size);
    this.#lists = new SharedReads(clock, timers, keys => keys.length * 100);
    this.#gates = new SourceGates(options);
    this.#calls = new StoreCalls({ clock, observer, gates: this.#gates });
    this.#batches = new Batches(this.#calls, timers);
  }

  read(source: SourceAccess, namespace: string, request: ReadRequest, want: ReadWant): Promise<Result<RemoteValue>> {
    const { key, version } = request;
    const { batch } = source.provider;
    const question: Question<RemoteValue> = (session, signal) => session.read(request, signal);
    return this.#share(this.#reads, source, namespace, [key, version], want, errand =>
      batch?.takes(request) ? this.#batches.read(errand, request, batch) : this.#calls.make(errand, question),
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
    const found = await this.#share(this.#lists, source, namespace, [request.prefix, tags], want, errand =>
      this.#calls.make(errand, question),
    );
    return mapOk(found, keys => keys.toSorted());
  }

  places(sourceUid: string): Slots {
    return this.#gates.of(sourceUid).places;
  }

  retryAt(sourceUid: string, reference: string, attempt: number, earliest = 0): number {
    return this.#gates.of(sourceUid).retryAt(reference, attempt, earliest);
  }

  onRecovered(handler: (sourceUid: string) => void): void {
    this.#gates.onRecovered(handler);
  }

  drop(sourceUid: string, namespace?: string): void {
    this.#reads.drop(sourceUid, namespace, withdrawn);
    this.#lists.drop(sourceUid, namespace, withdrawn);
    this.#sessions.drop(sourceUid, namespace);
    if (namespace === undefined) this.#gates.forget(sourceUid);
  }

  async close(signal: AbortSignal): Promise<void> {
    this.#closed = true;
    this.#reads.drop(undefined, undefined, shuttingDown);
    this.#lists.drop(undefined, undefined, shuttingDown);
    await this.#sessions.close(signal);
  }

  async #share<T>(
    shared: SharedReads<T>,
    source: SourceAccess,
    namespace: string,
    subject: readonly unknown[],
    want: ReadWant,
    call: (errand: Errand) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    if (this.#closed) return failed(shuttingDown);
    const identity = identify(source, namespace, this.#options.cluster);
    if (!identity.ok) return identity;
    const key = keyOf(identity.value, subject);
    return shared.read({ sourceUid: source.uid, namespace, key }, want, (flight: Flight<T>, started) => {
      const session = this.#sessions.of(source, identity.value);
      return call({ source, namespace, session, flight, started });
    });
  }
}

const keyOf = ({ sessionKey }: Identity, subject: readonly unknown[]): string =>
  JSON.stringify([sessionKey, ...subject]);

const shuttingDown: Fault = unavailable('the operator is shutting down');
