import { type Config, egressRules } from '../config.ts';
import { mapOk, ok, type Result } from '../core/result.ts';
import type { RestConfig } from '../kube/credentials.ts';
import type { BodyBudget } from '../net/body-budget.ts';
import { type EgressRules, parseCidrs } from '../net/egress.ts';
import type { NameResolver } from '../net/resolver.ts';
import { parseCaBundle } from '../net/tls.ts';
import { createProviderTransport } from '../net/transport.ts';
import type { Transport } from '../remote/login.ts';
import type { SourceAccess } from '../remote/ports.ts';
import { callsPerSource } from '../remote/source-queue.ts';
import type { Metrics } from '../server/metrics.ts';

export interface StoreHttpOptions {
  readonly config: Config;
  readonly restConfig: RestConfig;
  readonly metrics: Pick<Metrics, 'traffic'>;
  readonly names: NameResolver;
  readonly bodies: BodyBudget;
}

/** HTTP to one store, under the rules of its source, counted; `caPem`: the source's own authorities. */
export const openStoreHttp = (
  source: SourceAccess,
  caPem: string | undefined,
  facts: StoreHttpOptions,
): Result<Transport> => mapOk(open(source, caPem, facts), transport => counted(transport, source, facts));

function counted(transport: Transport, { provider }: SourceAccess, { metrics }: StoreHttpOptions): Transport {
  return {
    close: () => transport.close(),
    request: async (call, signal) => {
      const answer = await transport.request(call, signal);
      const received = answer.ok ? answer.value.body.length : 0;
      metrics.traffic(provider.name, Buffer.byteLength(call.body ?? ''), received);
      return answer;
    },
  };
}

function open(source: SourceAccess, caPem: string | undefined, facts: StoreHttpOptions): Result<Transport> {
  const { needs } = source.provider;
  const { namespaced } = source;
  const { config, restConfig, names, bodies } = facts;
  const connections = callsPerSource(config.sourceConcurrency);
  // Such a provider calls the API server alone, as the reference's ServiceAccount; no egress rule is meant for that.
  if (needs.serviceAccount?.audiences === 'this-cluster') return ok(toThisCluster(restConfig, connections, bodies));
  const egress = egressRules(config, { namespaced, operatorIdentity: needs.operatorIdentity ?? false });
  return mapOk(caPem === undefined ? ok(undefined) : parseCaBundle(caPem), bundle =>
    createProviderTransport({
      egress,
      connections,
      bodies,
      tenant: tenantOf(source),
      lookup: names.of(tenantOf(source)),
      ...proxied(config),
      ...(bundle && { authorities: bundle }),
    }),
  );
}

/** The author of the source chose its hosts. */
const tenantOf = ({ namespaced, homeNamespace, uid }: SourceAccess): string => (namespaced ? homeNamespace : uid);

const proxied = ({ proxy }: Config) => (proxy === undefined ? {} : { proxy });

function toThisCluster(restConfig: RestConfig, connections: number, bodies: BodyBudget): Transport {
  const { ca } = restConfig.tls();
  const authorities = ca === undefined ? {} : { authorities: [`${ca}`] };
  return createProviderTransport({ egress: openToAll, connections, bodies, ...authorities });
}

const everywhere = parseCidrs(['0.0.0.0/0', '::/0']);
const openToAll: EgressRules = {
  namespaced: false,
  allowInsecure: false,
  allow: everywhere.ok ? everywhere.value : [],
  deny: [],
};
