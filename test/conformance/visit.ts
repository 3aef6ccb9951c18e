import { randomUUID } from 'node:crypto';
import { systemTimers } from '../../src/async/timers.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Result } from '../../src/core/result.ts';
import type { ListRequest, ProviderSession, RemoteValue } from '../../src/providers/provider.ts';
import { identify, TokenMinter } from '../../src/remote/identity.ts';
import { type Login, logIn, TransportPool } from '../../src/remote/login.ts';
import type { ReadWant, RemoteReader, SourceAccess } from '../../src/remote/ports.ts';
import { createRemoteReader } from '../../src/remote/reader.ts';
import type { ConformanceCluster } from './cluster.ts';
import type { CallKind, Harness, Seen, Team } from './harness.ts';
import { WatchedTransports } from './watched-transports.ts';

export interface Asked {
  readonly team?: Team;
  readonly version?: string;
  readonly signal?: AbortSignal;
}

export const never = new AbortController().signal;

/**
 * A source of its own, entered through the operator's own layers: nothing is logged in yet, nothing was read, no breaker
 * knows the store.
 */
export class Visit {
  readonly reader: RemoteReader;
  readonly #harness: Harness;
  readonly #cluster: ConformanceCluster;
  readonly #since: number;
  readonly #source: SourceAccess;
  readonly #logins: Login[] = [];
  readonly #clock = { wall: systemClock.wall, steady: () => systemClock.steady() + this.#aheadMs };
  /** Of this source: how it is reached. */
  readonly net: WatchedTransports;
  #aheadMs = 0;

  constructor(harness: Harness, cluster: ConformanceCluster) {
    this.#harness = harness;
    this.#cluster = cluster;
    this.#since = harness.seen().length;
    this.net = new WatchedTransports(cluster.ca);
    this.#source = {
      uid: randomUUID(),
      generation: 1,
      label: 'ClusterSecretSource conformance',
      namespaced: false,
      homeNamespace: cluster.home,
      provider: harness.provider,
    };
    this.reader = createRemoteReader({
      cluster: cluster.access,
      openTransport: this.net.open,
      clock: this.#clock,
      timers: systemTimers,
      random: Math.random,
      observer: { read: () => {}, login: () => {} },
      onBug: thrown => {
        throw thrown;
      },
    });
  }

  read(key: string, { team = 'team-a', version, signal = never }: Asked = {}): Promise<Result<RemoteValue>> {
    const request = { key, ...(version !== undefined && { version }) };
    return this.reader.read(this.#source, this.#cluster.namespace(team), request, this.#want(signal));
  }

  list(request: Partial<ListRequest>, team: Team = 'team-a'): Promise<Result<readonly string[]>> {
    const whole = { prefix: '', tags: {}, limit: 10_000, ...request };
    return this.reader.list(this.#source, this.#cluster.namespace(team), whole, this.#want(never));
  }

  /** A login without the layers above it. */
  async session(team: Team = 'team-a'): Promise<ProviderSession> {
    const { access, namespace } = this.#cluster;
    const identity = identify(this.#source, namespace(team), access);
    if (!identity.ok) throw new Error(identity.fault.message);
    const transports = new TransportPool(this.net.open);
    const ports = { clock: this.#clock, cluster: access, transports, tokens: new TokenMinter(access) };
    const login = await logIn(this.#source, identity.value, ports, never);
    if (!login.ok) throw new Error(`the login failed: ${login.fault.message}`);
    this.#logins.push(login.value);
    return login.value.session;
  }

  /** What the server has seen since the visit began. */
  seen(kind: CallKind): readonly Seen[] {
    return this.#harness
      .seen()
      .slice(this.#since)
      .filter(call => call.kind === kind);
  }

  /** For the operator it is so much later. */
  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  async end(): Promise<void> {
    await this.reader.close(AbortSignal.timeout(5000));
    for (const { session, transport } of this.#logins.splice(0)) {
      await session.close(AbortSignal.timeout(5000));
      await transport.close();
    }
  }

  /** Each request counts what was read before it as old. */
  #want(signal: AbortSignal): ReadWant {
    return { notBefore: this.#clock.steady(), priority: 'normal', signal };
  }
}
