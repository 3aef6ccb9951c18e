import type { Cancel, Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import type { Identity } from './identity.ts';
import { TokenMinter } from './identity.ts';
import { caVersionOf, type OpenTransport, TransportPool } from './login.ts';
import type { ClusterAccess, ProviderObserver, SourceAccess } from './ports.ts';
import { Revocations } from './revocations.ts';
import { SessionSlot, type SlotPorts } from './session-slot.ts';

export interface SessionCacheOptions {
  readonly cluster: ClusterAccess;
  readonly openTransport: OpenTransport;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly observer: ProviderObserver;
  /** Something was thrown where nobody waits for it. */
  readonly onBug: (thrown: unknown) => void;
}

const sweepMs = 60_000;
const idleMs = 15 * 60_000;

/** The logins of all sources: one an identity, closed when its cause is gone or nobody has used it for 15 minutes. */
export class SessionCache {
  readonly #options: SessionCacheOptions;
  readonly #ports: SlotPorts;
  readonly #tokens: TokenMinter;
  readonly #bySource = new Map<string, Map<string, SessionSlot>>();
  readonly #revocations: Revocations;
  #sweep: Cancel | undefined;

  constructor(options: SessionCacheOptions) {
    this.#options = options;
    this.#tokens = new TokenMinter(options.cluster);
    this.#revocations = new Revocations(options);
    this.#ports = {
      ...options,
      transports: new TransportPool(options.openTransport),
      tokens: this.#tokens,
      revoke: login => this.#revocations.add(login),
      inBackground: work => void work.catch(options.onBug),
    };
  }

  of(source: SourceAccess, identity: Identity): SessionSlot {
    const sessions = this.#bySource.get(source.uid) ?? new Map<string, SessionSlot>();
    const known = sessions.get(identity.sessionKey);
    if (known) return known;
    this.#dropSuperseded(sessions, source, identity);
    const session = new SessionSlot(source, identity, this.#ports);
    this.#bySource.set(source.uid, sessions.set(identity.sessionKey, session));
    this.#sweep ??= this.#options.timers.after(sweepMs, () => this.#closeIdle());
    return session;
  }

  /** Ends the sessions of a source, or those that belong to one namespace of it. */
  drop(sourceUid: string, namespace?: string): void {
    const sessions = this.#bySource.get(sourceUid) ?? new Map<string, SessionSlot>();
    for (const session of [...sessions.values()]) {
      if (namespace === undefined || session.identity.serviceAccount?.namespace === namespace) this.#remove(session);
    }
    if (namespace === undefined) this.#tokens.forget(sourceUid);
  }

  /** The CA bundle of a source was read: a login that was made under another one counts no longer. */
  sawCaBundle(sourceUid: string, caPem: string): void {
    for (const session of this.#bySource.get(sourceUid)?.values() ?? []) session.sawCaBundle(caVersionOf(caPem));
  }

  /** Revokes what can be revoked before the signal ends, and leaves no timer and no connection. */
  async close(signal: AbortSignal): Promise<void> {
    for (const sourceUid of [...this.#bySource.keys()]) this.drop(sourceUid);
    this.#sweep?.();
    await this.#revocations.end(signal);
  }

  /** The same identity with an older credential or generation: nobody will ask for that one again. */
  #dropSuperseded(sessions: ReadonlyMap<string, SessionSlot>, source: SourceAccess, identity: Identity): void {
    for (const older of [...sessions.values()]) {
      const same = older.identity.serviceAccount?.namespace === identity.serviceAccount?.namespace;
      if (same && older.source.generation <= source.generation) this.#remove(older);
    }
  }

  #closeIdle(): void {
    const all = [...this.#bySource.values()].flatMap(sessions => [...sessions.values()]);
    for (const session of all) if (session.idleMs >= idleMs) this.#remove(session);
    const left = this.#bySource.size > 0;
    this.#sweep = left ? this.#options.timers.after(sweepMs, () => this.#closeIdle()) : undefined;
  }

  #remove(session: SessionSlot): void {
    const sessions = this.#bySource.get(session.source.uid);
    sessions?.delete(session.identity.sessionKey);
    if (sessions?.size === 0) this.#bySource.delete(session.source.uid);
    session.drop();
  }
}
