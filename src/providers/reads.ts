import { type Fault, unavailable } from '../core/fault.ts';
import { failed, type Result } from '../core/result.ts';
import type { Finding } from './breaker.ts';
import type { Flight } from './flight.ts';
import { type Identity, identify } from './identity.ts';
import type { IdentitySession } from './identity-session.ts';
import type { ReadRequest, ReadWant, RemoteReader, RemoteValue, SourceAccess } from './provider.ts';
import { readThrough } from './read-through.ts';
import { Sessions, type SessionsOptions } from './session.ts';
import { SharedReads } from './shared-reads.ts';
import { type GateOptions, SourceGates } from './source-gate.ts';

export type ReaderOptions = SessionsOptions & GateOptions;

/**
 * The one way to a remote value. A request first looks for a read that it can share; a read takes a slot of its source,
 * asks the source's breaker, then the session of its identity, then the store.
 */
export function createRemoteReader(options: ReaderOptions): RemoteReader {
  return new Reader(options);
}

class Reader implements RemoteReader {
  readonly #options: ReaderOptions;
  readonly #sessions: Sessions;
  readonly #shared: SharedReads;
  readonly #gates: SourceGates;
  #closed = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#sessions = new Sessions(options);
    this.#shared = new SharedReads(options.clock, options.timers);
    this.#gates = new SourceGates(options);
  }

  async read(
    source: SourceAccess,
    namespace: string,
    request: ReadRequest,
    want: ReadWant,
  ): Promise<Result<RemoteValue>> {
    if (this.#closed) return failed(shuttingDown);
    const identity = identify(source, namespace, this.#options.cluster);
    if (!identity.ok) return identity;
    const subject = { sourceUid: source.uid, namespace, key: keyOf(identity.value, request) };
    return this.#shared.read(subject, want, (flight, started) => {
      const session = this.#sessions.of(source, identity.value);
      return this.#fly({ source, namespace, request, session, flight, started });
    });
  }

  retryAt(sourceUid: string, attempt: number, earliest = 0): number {
    return this.#gates.of(sourceUid).retryAt(attempt, earliest);
  }

  onRecovered(handler: (sourceUid: string) => void): void {
    this.#gates.onRecovered(handler);
  }

  drop(sourceUid: string, namespace?: string): void {
    this.#shared.drop(sourceUid, namespace, withdrawn);
    this.#sessions.drop(sourceUid, namespace);
    if (namespace === undefined) this.#gates.forget(sourceUid);
  }

  async close(signal: AbortSignal): Promise<void> {
    this.#closed = true;
    this.#shared.drop(undefined, undefined, shuttingDown);
    await this.#sessions.close(signal);
  }

  /** A refusal that is known already costs no slot; it is looked for again after the wait for one. */
  async #fly(errand: Errand): Promise<Result<RemoteValue>> {
    const { source, namespace, session, flight } = errand;
    const gate = this.#gates.of(source.uid);
    const refused = session.refusalFor(flight) ?? gate.refusal(flight.lane);
    if (refused) return failed(refused);
    const release = await flight.queue(request => gate.slots.queue(request), namespace);
    if (!release) return failed(withdrawn);
    try {
      const refusedMeanwhile = session.refusalFor(flight);
      if (refusedMeanwhile) return failed(refusedMeanwhile);
      return await gate.through(flight.lane, () => this.#call(errand));
    } finally {
      release();
    }
  }

  async #call({ source, request, session, flight, started }: Errand): Promise<Called> {
    const { clock, observer } = this.#options;
    const startedAt = clock.steady();
    const { lane, notBefore, signal } = flight;
    const result = await readThrough(session, request, { lane, notBefore, signal, started });
    if (signal.aborted || session.isDropped) return { result, finding: 'neutral' };
    const outcome = result.ok ? 'ok' : result.fault.kind;
    const tookMs = clock.steady() - startedAt;
    observer.read({ provider: source.provider.name, source: source.label, outcome, tookMs });
    return { result, finding: findingOf(result) };
  }
}

interface Errand {
  readonly source: SourceAccess;
  readonly namespace: string;
  readonly request: ReadRequest;
  readonly session: IdentitySession;
  readonly flight: Flight;
  readonly started: () => void;
}

interface Called {
  readonly result: Result<RemoteValue>;
  readonly finding: Finding;
}

const keyOf = ({ sessionKey }: Identity, { key, version }: ReadRequest): string =>
  JSON.stringify([sessionKey, key, version]);

/** `invalid` was found before the store was asked; the API server's trouble is none of the store's. */
function findingOf(result: Result<RemoteValue>): Finding {
  if (result.ok) return 'answered';
  const { fault } = result;
  if (fault.kind === 'throttled') return fault;
  if (fault.kind === 'unavailable') return fault.reason === 'ProviderUnavailable' ? fault : 'neutral';
  return fault.kind === 'invalid' ? 'neutral' : 'answered';
}

const withdrawn: Fault = unavailable('the source was changed or withdrawn while it was read');
const shuttingDown: Fault = unavailable('the operator is shutting down');
