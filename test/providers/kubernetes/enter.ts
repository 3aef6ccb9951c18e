import { systemClock } from '../../../src/core/clock.ts';
import { mapOk, ok, type Result } from '../../../src/core/result.ts';
import { parseCaBundle } from '../../../src/net/tls.ts';
import { createProviderTransport } from '../../../src/net/transport.ts';
import { defineProvider } from '../../../src/providers/index.ts';
import { kubernetes } from '../../../src/providers/kubernetes/index.ts';
import type { ProviderSession } from '../../../src/providers/provider.ts';
import { identify, TokenMinter } from '../../../src/remote/identity.ts';
import { type Login, logIn, TransportPool } from '../../../src/remote/login.ts';
import type { SourceAccess } from '../../../src/remote/ports.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import { never } from '../wire.ts';

/** Enters a source as team-a does, through the operator's own layers: identity, token, CA bundle. */
export interface Entrance {
  enter(spec: object): Promise<Result<ProviderSession>>;
  /** Of a login that works. */
  session(spec: object): Promise<ProviderSession>;
  close(): Promise<void>;
}

export function entrance(cluster: ConformanceCluster): Entrance {
  const opened: Login[] = [];
  const enter: Entrance['enter'] = async spec => {
    const source = sourceOf(cluster, spec);
    const identity = identify(source, cluster.namespace('team-a'), cluster.access);
    if (!identity.ok) return identity;
    const tokens = new TokenMinter(cluster.access);
    const transports = new TransportPool(({ provider }, pem) => open(cluster, provider.needs, pem));
    const ports = { clock: systemClock, cluster: cluster.access, transports, tokens };
    const login = await logIn(source, identity.value, ports, never);
    if (login.ok) opened.push(login.value);
    return mapOk(login, ({ session }) => session);
  };
  return {
    enter,
    session: async spec => {
      const entered = await enter(spec);
      if (!entered.ok) throw new Error(entered.fault.message);
      return entered.value;
    },
    close: async () => {
      for (const { transport } of opened.splice(0)) await transport.close();
    },
  };
}

function sourceOf({ home }: ConformanceCluster, spec: object): SourceAccess {
  const provider = defineProvider(kubernetes).bind(spec);
  if (!provider.ok) throw new Error(provider.fault.message);
  const label = 'ClusterSecretSource clusters';
  return { uid: 'u', generation: 1, label, namespaced: false, homeNamespace: home, provider: provider.value };
}

function open({ ca }: ConformanceCluster, needs: SourceAccess['provider']['needs'], pem: string | undefined) {
  const trusted = needs.serviceAccount?.audiences === 'this-cluster' ? ca : pem;
  return mapOk(trusted === undefined ? ok(undefined) : parseCaBundle(trusted), authorities => {
    const egress = { namespaced: false, allowInsecure: false, allow: [], deny: [] };
    return createProviderTransport({ egress, ...(authorities && { authorities }) });
  });
}
