import { randomBytes } from 'node:crypto';
import { systemClock } from '../../src/core/clock.ts';
import { type MetadataObject, parseMetadataObject } from '../../src/core/object-meta.ts';
import type { Informer } from '../../src/kube/api.ts';
import { createClusterAccess } from '../../src/kube/cluster-access.ts';
import type { ApiConnections } from '../../src/kube/connections.ts';
import { informerOf } from '../../src/kube/http-source.ts';
import type { ClusterAccess } from '../../src/remote/ports.ts';
import { base64, connect, core } from '../kube/connected.ts';
import { until } from '../kube/until.ts';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { createTokenVerifier, type TokenVerifier } from '../servers/oidc.ts';
import { type Team, teams } from './harness.ts';

/** Two teams and the operator's namespace on the real control plane, under names of this test file's own. */
export interface ConformanceCluster extends Pick<ControlPlaneAccess, 'kubectl' | 'token'> {
  readonly controlPlane: ControlPlaneAccess;
  /** The API server's URL, as tokens have it. */
  readonly issuer: string;
  /** PEM, of the API server. */
  readonly ca: string;
  /** Verifies tokens of this cluster, as a cloud does. */
  readonly verifier: TokenVerifier;
  /** The cluster as the operator sees it. */
  readonly access: ClusterAccess;
  /** Where credentials and CA bundles of a ClusterSecretSource are. */
  readonly home: string;
  /** The real name: `team-a-5f0c`. */
  namespace(team: Team): string;
  /** Of the team's ServiceAccount `app`. */
  annotate(team: Team, annotations: Readonly<Record<string, string>>): Promise<void>;
  label(team: Team, labels: Readonly<Record<string, string>>): Promise<void>;
  /** A labelled Secret in the home namespace, made or replaced. */
  credential(name: string, data: Readonly<Record<string, string>>): Promise<void>;
  /** A ConfigMap in the home namespace; answers the `caBundle` of a spec. */
  caBundle(
    name: string,
    pem: string,
  ): Promise<{ readonly configMapKeyRef: { readonly name: string; readonly key: string } }>;
  close(): Promise<void>;
}

/** `operatorHome`: where the operator of that control plane lives, when one runs there. */
export async function startConformanceCluster(
  controlPlane: ControlPlaneAccess,
  operatorHome?: string,
): Promise<ConformanceCluster> {
  const { kubectl, token, server: issuer, ca } = controlPlane;
  const suffix = randomBytes(3).toString('hex');
  const namespace = (team: Team) => `${team}-${suffix}`;
  const home = operatorHome ?? `home-${suffix}`;
  const apply = (items: readonly object[]) => kubectl(['apply', '-f', '-'], { input: list(items) });
  await apply(
    [home, ...teams.map(namespace)].flatMap(name => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace: name } },
    ]),
  );
  const { access, close } = await watchCluster(controlPlane);
  const account = (team: Team) => access.serviceAccount(namespace(team), 'app');
  const change = async (team: Team, verb: 'annotate' | 'label', pairs: Readonly<Record<string, string>>) => {
    const args = Object.entries(pairs).map(([name, value]) => `${name}=${value}`);
    await kubectl([verb, 'serviceaccount', 'app', '--namespace', namespace(team), '--overwrite', ...args]);
    const known = () => account(team)?.[verb === 'label' ? 'labels' : 'annotations'];
    await until(() => Object.entries(pairs).every(([name, value]) => known()?.[name] === value));
  };
  await until(() => teams.every(team => account(team) !== undefined));
  return {
    controlPlane,
    kubectl,
    token,
    issuer,
    ca,
    verifier: createTokenVerifier({ issuer, ca }),
    access,
    home,
    namespace,
    annotate: (team, annotations) => change(team, 'annotate', annotations),
    label: (team, labels) => change(team, 'label', labels),
    credential: async (name, data) => {
      const metadata = { name, namespace: home, labels: { 'shearline.dev/credential': 'true' } };
      const values = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, data: values });
      const version = await kubectl(['apply', '-f', '-', '-o', 'jsonpath={.metadata.resourceVersion}'], { input });
      await until(() => access.credentialVersion(home, name) === version);
    },
    caBundle: async (name, pem) => {
      await apply([
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: home }, data: { 'ca.crt': pem } },
      ]);
      return { configMapKeyRef: { name, key: 'ca.crt' } };
    },
    close,
  };
}

const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** The operator's own client and caches, with all rights: what a login may do is for other tests. */
async function watchCluster({ adminKubeconfig, server }: ControlPlaneAccess) {
  const { client, transport, [Symbol.asyncDispose]: disconnect } = await connect(adminKubeconfig);
  const stop = new AbortController();
  const serviceAccounts = watched(transport, 'serviceaccounts');
  const credentials = watched(transport, 'secrets', 'shearline.dev/credential=true');
  const running = [serviceAccounts, credentials].map(informer => informer.run(stop.signal));
  const access = createClusterAccess({
    client,
    address: server,
    asBearer: transport.asBearer,
    serviceAccounts,
    credentials,
  });
  const close = async () => {
    stop.abort();
    await Promise.all(running);
    await disconnect();
  };
  return { access, close };
}

function watched(transport: ApiConnections, plural: string, labelSelector?: string): Informer<MetadataObject> {
  const selection = { resource: core(plural), metadataOnly: true, ...(labelSelector && { labelSelector }) };
  return informerOf(transport.dedicated(), selection, parseMetadataObject, {
    clock: systemClock,
    random: Math.random,
    report: () => {},
  });
}
