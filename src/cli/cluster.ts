import { homedir } from 'node:os';
import { delimiter, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  parseSecretReference,
  type SecretReference,
  secretReferenceKind,
} from '../api/secret-reference/secret-reference.ts';
import { systemClock } from '../core/clock.ts';
import { objectKey } from '../core/object-key.ts';
import { failed, ok, type Result } from '../core/result.ts';
import type { KubeClient, KubeFault } from '../kube/api.ts';
import { createKubeClient } from '../kube/client.ts';
import { type ApiConnections, createConnections } from '../kube/connections.ts';
import type { RestConfig } from '../kube/credentials.ts';
import { version } from '../version.ts';
import type { Io } from './io.ts';

/** Which cluster a command looks at, as kubectl is told. */
export interface WhichCluster {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** The API server, with the rights of the user's kubeconfig. */
export interface Cluster {
  readonly config: RestConfig;
  readonly connections: ApiConnections;
  readonly client: KubeClient;
}

export const addClusterOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'default: KUBECONFIG, then ~/.kube/config')
    .option('--context <name>', 'of the kubeconfig; default: its current one');

/** A SecretReference of that cluster, as its only argument. */
export const addReferenceOfCluster = (command: Command): Command =>
  addClusterOptions(
    command
      .argument('<name>', 'name of the SecretReference')
      .option('-n, --namespace <name>', 'its namespace; default: that of the kubeconfig'),
  );

/** Nothing is connected before the first call. Whoever logs in closes the connections. */
export async function logIn({ kubeconfig, context }: WhichCluster, io: Io): Promise<Result<Cluster, string>> {
  const { restConfigFromKubeconfig } = await import('../kube/kubeconfig.ts');
  const config = await restConfigFromKubeconfig(fileOf(kubeconfig, io), systemClock, context);
  if (!config.ok) return failed(config.fault.message);
  const identity = { userAgent: `shearline/${version}`, connections: 4, onCall: () => undefined };
  const connections = createConnections(config.value, identity);
  return ok({ config: config.value, connections, client: createKubeClient(connections.call) });
}

/** With the rights of the user, in the namespace of the kubeconfig unless another is given. */
export async function findReference(
  { client, config }: Cluster,
  name: string,
  namespace = config.namespace ?? 'default',
): Promise<Result<SecretReference, string>> {
  const key = objectKey(namespace, name);
  const found = await client.get(secretReferenceKind, key, { signal: new AbortController().signal });
  if (!found.ok) return failed(`SecretReference ${key} ${whyNot(found.fault)}`);
  const reference = parseSecretReference(found.value);
  return reference === undefined
    ? failed(`SecretReference ${key} cannot be read: is it of another version of Shearline?`)
    : ok(reference);
}

function whyNot(fault: KubeFault): string {
  if (fault.kind === 'not-found') return 'does not exist: look at name and namespace (kubectl get sref -A)';
  if (fault.kind === 'refused') return 'cannot be looked at: your kubeconfig has no right to get it';
  return 'cannot be looked at: the API server does not answer';
}

/** As kubectl finds it; of several files the first. */
function fileOf(kubeconfig: string | undefined, { env, cwd }: Io): string {
  const [first] = (env.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  return resolve(cwd, kubeconfig ?? first ?? `${env.HOME ?? homedir()}/.kube/config`);
}
