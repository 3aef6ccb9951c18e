import { randomBytes } from 'node:crypto';
import { systemClock } from '../../src/core/clock.ts';
import type { ObjectKey } from '../../src/core/object-key.ts';
import type { KubeClient, KubeResult, Resource } from '../../src/kube/api.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { type ApiConnections, createConnections } from '../../src/kube/connections.ts';
import { restConfigFromKubeconfig } from '../../src/kube/kubeconfig.ts';

/** A client of a real API server. */
export interface Connected extends AsyncDisposable {
  readonly transport: ApiConnections;
  readonly client: KubeClient;
}

export async function connect(kubeconfig: string): Promise<Connected> {
  const login = await restConfigFromKubeconfig(kubeconfig, systemClock);
  if (!login.ok) throw new Error(login.fault.message);
  const transport = createConnections(login.value, {
    userAgent: 'shearline/test',
    connections: 40,
    onCall: () => undefined,
  });
  return { transport, client: createKubeClient(transport.call), [Symbol.asyncDispose]: () => transport.close() };
}

export const core = (plural: string): Resource => ({ group: '', version: 'v1', plural });
export const secrets = core('secrets');
export const configMaps = core('configmaps');
export const serviceAccounts = core('serviceaccounts');
export const never = new AbortController().signal;

/** The value, where the test is about something else. */
export async function must<T>(answer: Promise<KubeResult<T>>): Promise<T> {
  const result = await answer;
  if (!result.ok) throw new Error(`the API server did not do it: ${JSON.stringify(result.fault)}`);
  return result.value;
}

/** A namespace of the test's own. */
export async function newNamespace(client: KubeClient): Promise<string> {
  const name = `kube-${randomBytes(4).toString('hex')}`;
  await must(client.create(core('namespaces'), '', { metadata: { name } }, { signal: never }));
  return name;
}

export const create = (client: KubeClient, resource: Resource, namespace: string, body: unknown) =>
  client.create(resource, namespace, body, { signal: never });

export const merge = (client: KubeClient, resource: Resource, key: ObjectKey, body: unknown) =>
  client.patch(resource, key, { type: 'application/merge-patch+json', body }, { signal: never });

export const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
