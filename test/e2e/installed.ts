import { afterAll, beforeAll, expect } from '@jest/globals';
import { type Searched, searchForCanary } from '../canary.ts';
import { chart, helm, type Major } from '../chart/helm.ts';
import { type Cluster, connect } from '../scenarios/cluster.ts';
import { clusterSource, storeCaIn } from '../scenarios/manifests.ts';
import { type Team, teamIn } from '../scenarios/team.ts';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { type OpenBao, startOpenBao } from '../servers/openbao.ts';
import { letAppsRead } from '../servers/openbao-auth.ts';
import { putSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { registry } from './lab/images.ts';
import { hostAddress } from './lab/place.ts';

/** The operator as a user installs it, and an OpenBao behind TLS outside the cluster, whose authority nobody knows. */
export interface Installed {
  readonly controlPlane: ControlPlaneAccess;
  readonly cluster: Cluster;
  readonly bao: OpenBao;
  kubectl(...args: readonly string[]): Promise<string>;
  /** A namespace of its own, under the restricted standard for pods. */
  team(name: string): Promise<Team>;
}

export const release = { name: 'shearline', namespace: 'shearline-system' } as const;

/** Where the release is. */
export const place = ['--namespace', release.namespace];
/** The default ones but for the registry, which there is none of. */
export const values = ['--set', `image.registry=${registry}`];

/** Installs the chart, with `more` values, for the tests of a file or a block; their namespaces go with them. Whatever they do, no value is seen. */
export function useInstalled(major: Major = 'Helm 4', more: readonly string[] = []): () => Installed {
  let current: Installed | undefined;
  beforeAll(async () => {
    current = await install(major, more);
    expect((await everythingSeen(current))['operator logs']).toContain('"msg":"started"');
  }, 400_000);
  afterAll(async () => {
    if (current !== undefined) expect(searchForCanary(await everythingSeen(current))).toEqual([]);
  });
  afterAll(async () => {
    await current?.kubectl('delete', 'namespace', '--selector', teamLabel, '--timeout=180s');
    await current?.cluster.close();
    await current?.bao.stop();
  }, 200_000);
  return () => {
    if (current === undefined) throw new Error('the operator is not installed');
    return current;
  };
}

/** What the operator says, and what people may read who may not read Secrets. */
async function everythingSeen({ kubectl }: Installed): Promise<Searched> {
  const kinds = ['events', 'configmaps', 'pods', 'jobs', 'leases'];
  return {
    'operator logs': await operatorLogs(kubectl),
    objects: await kubectl('get', kinds.join(), '--all-namespaces', '--output=json'),
  };
}

/** A pod that starts or ends may have no log for a moment, and that is an error. */
async function operatorLogs(kubectl: Installed['kubectl']): Promise<string> {
  let logs: string | undefined;
  await until('the log of each replica', async () => {
    const read = kubectl(...place, 'logs', '--selector', 'app.kubernetes.io/name=shearline', '--tail=-1');
    logs = await read.catch(() => undefined);
    return logs !== undefined;
  });
  return logs ?? '';
}

async function install(major: Major, more: readonly string[]): Promise<Installed> {
  const controlPlane = await sharedControlPlane();
  const said = await helm(
    [
      'upgrade',
      '--install',
      release.name,
      chart,
      ...place,
      '--create-namespace',
      ...values,
      ...more,
      '--wait',
      '--timeout',
      '5m',
    ],
    { major, kubeconfig: controlPlane.adminKubeconfig },
  );
  if (!said.ok) throw new Error(said.complaint);
  const cluster = await connect(controlPlane);
  const bao = await startOpenBao({ controlPlane, tls: { host: hostAddress } });
  await letAppsRead(bao);
  await cluster.apply(storeCaIn(release.namespace, bao.caBundle ?? ''));
  await cluster.apply(clusterSource('vault', bao.address, { default: true }));
  const kubectl = (...args: readonly string[]) => controlPlane.kubectl(args);
  return { controlPlane, cluster, bao, kubectl, team: name => formTeam({ cluster, bao }, name) };
}

const teamLabel = 'e2e=team';
const labels = { e2e: 'team', 'pod-security.kubernetes.io/enforce': 'restricted' };

async function formTeam({ cluster, bao }: Pick<Installed, 'cluster' | 'bao'>, namespace: string): Promise<Team> {
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace } });
  const put: Team['put'] = (path, data) => putSecret(bao, `${namespace}/${path}`, data);
  return { ...teamIn({ cluster, operator: { log: '/dev/null' } }, namespace), put };
}
