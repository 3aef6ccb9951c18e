import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../src/core/clock.ts';
import { failed, mapOk, ok, type Result } from '../../../src/core/result.ts';
import { parseCaBundle } from '../../../src/net/tls.ts';
import { createProviderTransport } from '../../../src/net/transport.ts';
import type { BoundProvider, ProviderSession } from '../../../src/providers/provider.ts';
import { identify, TokenMinter } from '../../../src/remote/identity.ts';
import { logIn, type OpenTransport, type Transport, TransportPool } from '../../../src/remote/login.ts';
import type { SourceAccess } from '../../../src/remote/ports.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import type { Team } from '../../conformance/harness.ts';
import { never } from './rig.ts';

/** A cluster that sources are entered from, with the operator's own layers; `leave` closes what that left open. */
export function entrance(cluster: ConformanceCluster) {
  const opened: Transport[] = [];
  const openTransport: OpenTransport = (_, caPem) =>
    mapOk(caPem === undefined ? ok(undefined) : parseCaBundle(caPem), authorities => {
      const egress = { namespaced: false, allowInsecure: false, allow: [], deny: [] };
      const transport = createProviderTransport({ egress, ...(authorities && { authorities }) });
      opened.push(transport);
      return transport;
    });
  return {
    enter: async (provider: BoundProvider, team: Team = 'team-a'): Promise<Result<ProviderSession>> => {
      const source: SourceAccess = {
        uid: randomUUID(),
        generation: 1,
        label: 'ClusterSecretSource aws',
        namespaced: false,
        homeNamespace: cluster.home,
        provider,
      };
      const identity = identify(source, cluster.namespace(team), cluster.access);
      if (!identity.ok) return failed(identity.fault);
      const tokens = new TokenMinter(cluster.access);
      const ports = {
        clock: systemClock,
        cluster: cluster.access,
        transports: new TransportPool(openTransport),
        tokens,
      };
      return mapOk(await logIn(source, identity.value, ports, never), ({ session }) => session);
    },
    leave: async (): Promise<void> => {
      for (const transport of opened.splice(0)) await transport.close();
    },
  };
}
