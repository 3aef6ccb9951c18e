import { afterAll, beforeAll } from '@jest/globals';
import { chart, helm } from '../chart/helm.ts';
import { type Cluster, connect } from '../scenarios/cluster.ts';
import { clusterSource, storeCaIn } from '../scenarios/manifests.ts';
import { type Team, teamIn } from '../scenarios/team.ts';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { type OpenBao, startOpenBao } from '../servers/openbao.ts';
import { kubernetesRole } from '../servers/openbao-auth.ts';
import { policy, putSecret } from '../servers/openbao-secrets.ts';
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

/** Installs the chart with its default values but for the registry, which there is none of. */
export function useInstalled(): () => Installed {
  let current: Installed | undefined;
  beforeAll(async () => {
    current = await install();
  }, 300_000);
  afterAll(async () => {
    await current?.cluster.close();
    await current?.bao.stop();
  });
  return () => {
    if (current === undefined) throw new Error('the operator is not installed');
    return current;
  };
}

async function install(): Promise<Installed> {
  const controlPlane = await sharedControlPlane();
  const place = ['--namespace', release.namespace, '--create-namespace'];
  const said = await helm(
    [
      'upgrade',
      '--install',
      release.name,
      chart,
      ...place,
      '--set',
      `image.registry=${registry}`,
      '--wait',
      '--timeout',
      '3m',
    ],
    { kubeconfig: controlPlane.adminKubeconfig },
  );
  if (!said.ok) throw new Error(said.complaint);
  const cluster = await connect(controlPlane);
  const bao = await startOpenBao({ controlPlane, tls: { host: hostAddress } });
  await policy(bao, 'app', { 'secret/data/*': ['read'] });
  await kubernetesRole(bao, {
    name: 'app',
    serviceAccount: 'app',
    serviceAccountNamespace: '*',
    policies: ['app'],
    ttl: '10m',
  });
  await cluster.apply(storeCaIn(release.namespace, bao.caBundle ?? ''));
  await cluster.apply(clusterSource('vault', bao.address, { default: true }));
  const kubectl = (...args: readonly string[]) => controlPlane.kubectl(args);
  return { controlPlane, cluster, bao, kubectl, team: name => formTeam({ cluster, bao }, name) };
}

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };

async function formTeam({ cluster, bao }: Pick<Installed, 'cluster' | 'bao'>, namespace: string): Promise<Team> {
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: restricted } });
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace } });
  const put: Team['put'] = (path, data) => putSecret(bao, `${namespace}/${path}`, data);
  return { ...teamIn({ cluster, operator: { log: '/dev/null' } }, namespace), put };
}
