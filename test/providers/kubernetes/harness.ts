import * as z from 'zod';
import { defineProvider } from '../../../src/providers/index.ts';
import { kubernetes } from '../../../src/providers/kubernetes/index.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import type { CallKind, Harness, Seen } from '../../conformance/harness.ts';
import { type Team, teams } from '../../conformance/harness.ts';
import type { Answer } from '../../servers/answers.ts';
import { issueCertificate } from '../../servers/certificates.ts';
import { httpRequest } from '../../servers/http.ts';
import { type RecordedRequest, startStandIn } from '../../servers/stand-in.ts';
import { allow, audience, type OtherCluster, startOtherCluster } from './other-cluster.ts';

const Pairs = z.record(z.string(), z.string());

type Values = Readonly<Record<string, string | Uint8Array>>;

interface KubernetesHarness extends Harness {
  /** A Secret of these values, which may be bytes. */
  putAll(key: string, values: Values): Promise<void>;
}

/** Secrets of a second real cluster, behind a proxy that can misbehave and sees who comes. */
export async function startKubernetes(cluster: ConformanceCluster): Promise<KubernetesHarness> {
  const other = await startOtherCluster(cluster.controlPlane);
  await furnish(other, cluster);
  const proxy = await startProxy(other, cluster);
  const spec = {
    server: { address: proxy.address, caBundle: await cluster.caBundle('other-cluster', other.controlPlane.ca) },
    auth: { serviceAccountRef: { name: 'app', audiences: [audience] } },
  };
  const bound = defineProvider(kubernetes).bind(spec);
  if (!bound.ok) throw new Error(bound.fault.message);
  return {
    spec,
    provider: bound.value,
    key: name => `secrets/store/${name}`,
    deniedKey: 'secrets/locked/denied',
    ownKey: team => `secrets/${team}/own`,
    spellings: [
      ['locked/denied', 'secrets/locked/denied'],
      ['secrets/denied', 'secrets/secrets/denied'],
      ['secrets/locked/denied/password', 'secrets/locked/denied/password'],
      ['configmaps/locked/denied', 'configmaps/locked/denied'],
      ['secret/locked/denied', 'refused'],
      ['Secrets/locked/denied', 'refused'],
      ['secrets/LOCKED/denied', 'refused'],
      ['secrets/locked/Denied', 'refused'],
      ['secrets/locked/denied/', 'refused'],
      ['/api/v1/namespaces/locked/secrets/denied', 'refused'],
      ['denied', 'refused'],
    ],
    put: async (key, value) => (await put(other, key, Pairs.parse(JSON.parse(`${value}`)))).metadata.resourceVersion,
    putAll: async (key, values) => void (await put(other, key, values)),
    takes: { bytes: 1024 * 1024, binary: false, empty: true, onlyJson: true },
    waysToGo: { deleted: async key => void (await other.admin('DELETE', pathOf(key))) },
    pins: [],
    noSuchPins: ['1', 'never'],
    tag: async (key, labels) => void (await other.admin('PATCH', pathOf(key), { metadata: { labels } })),
    moreThanAPage: 260,
    misbehave: proxy.misbehave,
    seen: () => proxy.calls,
    records: async () => proxy.urls.join('\n'),
    close: async () => {
      await proxy.stop();
      await other.controlPlane.stop();
    },
  };
}

async function furnish(other: OtherCluster, cluster: ConformanceCluster): Promise<void> {
  for (const name of ['store', 'locked', ...teams])
    await other.admin('POST', '/api/v1/namespaces', { metadata: { name } });
  const userOf = (team: Team) => other.userOf(cluster.namespace(team), 'app');
  const reading = { verbs: ['get', 'list'], resources: ['secrets'] };
  await allow(other, 'store', teams.map(userOf), reading);
  for (const team of teams) await allow(other, team, [userOf(team)], reading);
  await put(other, 'secrets/locked/denied', { value: 'CANARY-7f3a' });
}

function pathOf(key: string): string {
  const [resource, namespace, name] = key.split('/');
  return `/api/v1/namespaces/${namespace}/${resource}/${name}`;
}

/** Made, or written over as a whole. */
async function put({ admin }: OtherCluster, key: string, pairs: Values) {
  const data = Object.fromEntries(Object.entries(pairs).map(([name, value]) => [name, base64(value)]));
  const path = pathOf(key);
  const [, collection = '', name = ''] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
  return admin('PUT', path, { metadata: { name }, data }).catch(() =>
    admin('POST', collection, { metadata: { name }, data }),
  );
}

const base64 = (value: string | Uint8Array): string => Buffer.from(value).toString('base64');

/** The API server behind it checks the tokens; what it took them for is read with the first cluster's keys. */
async function startProxy({ controlPlane }: OtherCluster, { verifier }: ConformanceCluster) {
  const calls: Seen[] = [];
  const urls: string[] = [];
  const wrong = new Map<CallKind, Answer>();
  const tls = await issueCertificate(controlPlane.authority, { commonName: 'proxy', sans: ['127.0.0.1'] });
  const standIn = await startStandIn(
    async request => {
      urls.push(`${request.method} ${request.path}`);
      const kind = kindOf(request);
      const token = `${request.headers.authorization}`.replace('Bearer ', '');
      const verified = await verifier.verify(token, { audience });
      calls.push({ kind, ...(verified.ok && { namespace: verified.namespace, audience: verified.audience }) });
      return wrong.get(kind) ?? forward(request, controlPlane);
    },
    { tls },
  );
  return {
    address: standIn.address,
    calls,
    urls,
    misbehave: (kind: CallKind, answer?: Answer) => void (answer ? wrong.set(kind, answer) : wrong.delete(kind)),
    stop: standIn.stop,
  };
}

function kindOf({ method, path }: RecordedRequest): CallKind {
  if (method === 'POST') return 'login';
  return path.includes('?') ? 'list' : 'read';
}

async function forward(
  { method, path, headers, body }: RecordedRequest,
  { server, ca }: Pick<OtherCluster['controlPlane'], 'server' | 'ca'>,
): Promise<Answer> {
  const passed = ['authorization', 'accept', 'content-type'].flatMap(name => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const options = { method, headers: Object.fromEntries(passed), ca, ...(body !== '' && { body }) };
  const answer = await httpRequest(`${server}${path}`, options);
  return { kind: 'reply', status: answer.status, headers: { 'content-type': 'application/json' }, body: answer.body };
}
