import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { mapOk, ok, type Result } from '../core/result.ts';
import type { ProviderHttp } from '../net/http.ts';
import type { ProviderPorts, ProviderSession } from '../providers/provider.ts';
import { readCaBundle } from './ca-bundle.ts';
import type { Identity, TokenMinter } from './identity.ts';
import type { ClusterAccess, SourceAccess } from './ports.ts';

export interface LoginPorts {
  readonly clock: Clock;
  readonly cluster: ClusterAccess;
  readonly transports: TransportPool;
  readonly tokens: TokenMinter;
}

/** What a login leaves open. */
export interface Login {
  readonly session: ProviderSession;
  readonly transport: Transport;
  readonly sourceUid: string;
  /** Of the CA bundle under which it was made; absent: the source has none. */
  readonly caVersion?: string;
}

/** Tells CA bundles apart. */
export const caVersionOf = (pem: string): string => createHash('sha256').update(pem).digest('base64');

/** One login of one identity. Reads the CA bundle each time: a bundle that was fixed counts from the next login. */
export async function logIn(
  source: SourceAccess,
  identity: Identity,
  ports: LoginPorts,
  signal: AbortSignal,
): Promise<Result<Login>> {
  const ca = await caBundleOf(source, ports.cluster, signal);
  if (!ca.ok) return ca;
  const opened = ports.transports.acquire(source, ca.value);
  if (!opened.ok) return opened;
  const transport = opened.value;
  let keep = false;
  try {
    const session = await source.provider.login(portsOf(source, identity, ports, transport), signal);
    keep = session.ok;
    const caVersion = ca.value === undefined ? {} : { caVersion: caVersionOf(ca.value) };
    return mapOk(session, value => ({ session: value, transport, sourceUid: source.uid, ...caVersion }));
  } finally {
    if (!keep) await transport.close();
  }
}

async function caBundleOf(
  source: SourceAccess,
  cluster: ClusterAccess,
  signal: AbortSignal,
): Promise<Result<string | undefined>> {
  const { caBundle } = source.provider.needs;
  return caBundle ? readCaBundle(cluster, source.homeNamespace, caBundle, signal) : ok(undefined);
}

/** Who answers for what is received: the namespace that logs in, or the source where one login serves all of its namespaces. */
const tenantOf = (
  { namespaced, homeNamespace, uid, provider: { needs } }: SourceAccess,
  { serviceAccount }: Identity,
) => (namespaced ? homeNamespace : needs.operatorIdentity ? uid : (serviceAccount?.namespace ?? uid));

function portsOf(source: SourceAccess, identity: Identity, ports: LoginPorts, http: Transport): ProviderPorts {
  const tenant = tenantOf(source, identity);
  return {
    clock: ports.clock,
    http: { request: (call, signal) => http.request({ ...call, tenant }, signal) },
    clusterAddress: ports.cluster.address,
    ...(identity.serviceAccount && { serviceAccount: identity.serviceAccount }),
    ...(ports.cluster.machine && { machine: ports.cluster.machine }),
    token: signal => ports.tokens.mint(source, identity, signal),
    credential: (field, signal) => ports.cluster.credentialField(source.homeNamespace, field, signal),
  };
}

export interface Transport extends ProviderHttp {
  close(): Promise<void>;
}

/** Opens HTTP to one source; `caPem`: its own authorities, the system's if absent. */
export type OpenTransport = (source: SourceAccess, caPem: string | undefined) => Result<Transport>;

/** One connection pool a source and CA bundle, shared by its sessions, closed when the last of them lets go. */
export class TransportPool {
  readonly #open: OpenTransport;
  readonly #pools = new Map<string, { readonly transport: Transport; users: number }>();

  constructor(open: OpenTransport) {
    this.#open = open;
  }

  acquire(source: SourceAccess, caPem: string | undefined): Result<Transport> {
    const key = `${source.uid}/${source.generation}/${caPem ?? ''}`;
    const opened = this.#pools.has(key) ? undefined : this.#open(source, caPem);
    if (opened && !opened.ok) return opened;
    if (opened) this.#pools.set(key, { transport: opened.value, users: 0 });
    return this.#lease(key);
  }

  #lease(key: string): Result<Transport> {
    const pool = this.#pools.get(key);
    if (!pool) throw new Error('a pool that was just opened is missing');
    pool.users += 1;
    return ok({
      request: (call, signal) => pool.transport.request(call, signal),
      close: async () => {
        pool.users -= 1;
        if (pool.users > 0) return;
        this.#pools.delete(key);
        await pool.transport.close();
      },
    });
  }
}
