import { randomUUID } from 'node:crypto';
import { databricks } from '../../../src/providers/databricks/index.ts';
import { clientIdAnnotation } from '../../../src/providers/databricks/spec.ts';
import { defineProvider } from '../../../src/providers/index.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import { type Harness, teams } from '../../conformance/harness.ts';
import { issueCertificate } from '../../servers/certificates.ts';
import { type Databricks, startWorkspace } from '../../servers/databricks/server.ts';

export const audience = 'databricks';

/** A workspace in which each team has a service principal of its own, named by its ServiceAccount's annotation. */
export async function startDatabricks(cluster: ConformanceCluster): Promise<Harness> {
  const server = await startFor(cluster);
  const { workspace } = server;
  const clientIds = await Promise.all(teams.map(team => principalOf(server, cluster, team)));
  workspace.addScope('Team', Object.fromEntries(clientIds.map(id => [id, 'READ'])));
  teams.forEach((team, index) => void workspace.addScope(team, { [clientIds[index] ?? '']: 'READ' }));
  workspace.addScope('Locked', {});
  workspace.put('Locked', 'Denied', Buffer.from('CANARY-7f3a'));
  const spec = {
    host: server.address,
    caBundle: await cluster.caBundle('databricks', cluster.controlPlane.authority.certificate),
    auth: { federation: { serviceAccountRef: { name: 'app', audiences: [audience] } } },
  };
  const bound = defineProvider(databricks).bind(spec);
  if (!bound.ok) throw new Error(bound.fault.message);
  return {
    spec,
    provider: bound.value,
    key: name => `team/${name}`,
    deniedKey: 'locked/denied',
    ownKey: team => `${team}/own`,
    spellings: [
      ['Locked/Denied', 'locked/denied'],
      ['LOCKED/denied', 'locked/denied'],
      ['locked/denied/', 'refused'],
      ['/locked/denied', 'refused'],
      ['locked', 'refused'],
      ['../denied', 'refused'],
      ['locked/sub/denied', 'refused'],
      ['locked/de nied', 'refused'],
      ['locked&scope=x/denied', 'refused'],
      ['\u212Aey/denied', 'refused'],
    ],
    put: async (key, value) => {
      const [scope = '', name = ''] = key.split('/');
      workspace.put(scope, name, Buffer.from(value));
      return undefined;
    },
    takes: { bytes: 128 * 1024, binary: true, empty: true, onlyJson: false },
    waysToGo: {
      deleted: async key => void workspace.scope('team')?.secrets.delete(key.replace('team/', '')),
    },
    pins: [],
    noSuchPins: [],
    revokeLogins: async () => workspace.revokeTokens(),
    misbehave: server.misbehave,
    seen: () => server.seen,
    records: async () => server.requests.map(({ method, path }) => `${method} ${path}`).join('\n'),
    close: server.stop,
  };
}

/** One that verifies the tokens of this cluster. */
export async function startFor({ controlPlane, verifier }: ConformanceCluster): Promise<Databricks> {
  const tls = await issueCertificate(controlPlane.authority, { commonName: 'databricks', sans: ['127.0.0.1'] });
  return startWorkspace({ tls, verifier });
}

/** A service principal that takes the tokens of a team, and the annotation that leads there. */
export async function principalOf(
  { workspace }: Databricks,
  cluster: ConformanceCluster,
  team: (typeof teams)[number],
): Promise<string> {
  const clientId = randomUUID();
  const subject = `system:serviceaccount:${cluster.namespace(team)}:app`;
  workspace.principals.set(clientId, { clientId, policies: [{ audiences: [audience], subject }], secrets: [] });
  await cluster.annotate(team, { [clientIdAnnotation]: clientId });
  return clientId;
}
