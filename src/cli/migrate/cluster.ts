import { objectKey } from '../../core/object-key.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { fieldOf, isJsonObject, type JsonObject, listOf, textOf } from '../../core/untyped.ts';
import type { Resource } from '../../kube/api.ts';
import { httpListerWatcher } from '../../kube/http-source.ts';
import { watchTiming } from '../../kube/watch-stream.ts';
import { type Cluster, logIn, type WhichCluster } from '../cluster.ts';
import type { Io } from '../io.ts';
import type { Finding } from './findings.ts';
import type { Manifest } from './translate.ts';

/** What there is of External Secrets in a cluster, and what could not be looked at. */
export interface Found {
  readonly manifests: readonly Manifest[];
  readonly findings: readonly Finding[];
}

const groups = ['external-secrets.io', 'generators.external-secrets.io'];
/** What their controller keeps for itself. */
const internal = new Set(['GeneratorState']);

/**
 * All objects of External Secrets that the cluster has. With a namespace: what is in
 * it, and the ClusterSecretStores that it names. The fault says why nothing could be read.
 */
export async function readCluster(
  { namespace, ...which }: WhichCluster & { readonly namespace?: string },
  io: Io,
): Promise<Result<Found, string>> {
  const login = await logIn(which, io);
  if (!login.ok) return login;
  const cluster = login.value;
  const served = await servedBy(cluster);
  const found = served.ok ? ok(await listAll(cluster, served.value, namespace)) : served;
  await cluster.connections.close();
  return found;
}

interface Kind extends Resource {
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Each kind in the first version that has it: the API server gives the preferred one first. */
async function servedBy({ connections, config: { server } }: Cluster): Promise<Result<readonly Kind[], string>> {
  const kinds = new Map<string, Kind>();
  const read = (path: string) => connections.call({ method: 'GET', path }, { signal: never });
  for (const group of groups) {
    const about = await read(`/apis/${group}`);
    if (about.kind === 'no-response') return failed(`${server} does not answer: is it the right cluster?`);
    if (about.status === 401) return failed(`${server} does not take the login of your kubeconfig: log in again`);
    if (about.status === 403) return failed(`${server}: ${undiscovered}`);
    for (const each of listOf(fieldOf(about.body, 'versions'))) {
      const version = textOf(fieldOf(each, 'version')) ?? '';
      const resources = await read(`/apis/${group}/${version}`);
      if (resources.kind === 'no-response' || resources.status >= 300) return failed(`${server}: ${undiscovered}`);
      for (const kind of kindsIn(resources.body, group, version)) if (!kinds.has(kind.kind)) kinds.set(kind.kind, kind);
    }
  }
  if (kinds.size > 0) return ok([...kinds.values()]);
  return failed(`${server} has no CustomResourceDefinitions of External Secrets: is it the right cluster?`);
}

const undiscovered = 'it does not say which kinds it has: your kubeconfig needs the ClusterRole system:discovery';

const kindsIn = (body: unknown, group: string, version: string): readonly Kind[] =>
  listOf(fieldOf(body, 'resources')).flatMap((each): readonly Kind[] => {
    const [plural, kind] = [textOf(fieldOf(each, 'name')), textOf(fieldOf(each, 'kind'))];
    if (plural === undefined || kind === undefined || plural.includes('/') || internal.has(kind)) return [];
    return [{ group, version, plural, kind, namespaced: fieldOf(each, 'namespaced') === true }];
  });

async function listAll(cluster: Cluster, kinds: readonly Kind[], namespace: string | undefined): Promise<Found> {
  const isWanted = ({ kind, namespaced }: Kind) => namespaced || namespace === undefined || kind === clusterStore;
  const lists = await Promise.all(kinds.filter(isWanted).map(kind => list(cluster, kind, namespace)));
  const all = lists.flatMap(({ manifests }) => manifests);
  const named = namespace === undefined ? undefined : storesNamedBy(all.map(({ object }) => object.spec));
  const shared = new Set(
    all.flatMap(({ object }) => (object.kind === clusterReference ? [nameOf(object, 'name')] : [])),
  );
  const manifests = all.filter(
    ({ object }) =>
      (object.kind !== clusterStore || named === undefined || named.has(nameOf(object, 'name'))) &&
      !ownersOf(object).some(owner => shared.has(owner)),
  );
  const beside = await configMapsOf(cluster, manifests);
  return {
    manifests: [...manifests, ...beside.manifests],
    findings: [...lists.flatMap(({ findings }) => findings), ...beside.findings],
  };
}

const clusterStore = 'ClusterSecretStore';
const clusterReference = 'ClusterExternalSecret';

/** The cluster references that made it: what one of those becomes makes ours, too. */
const ownersOf = ({ metadata }: JsonObject): readonly string[] =>
  listOf(fieldOf(metadata, 'ownerReferences')).flatMap(owner =>
    fieldOf(owner, 'kind') === clusterReference ? (textOf(fieldOf(owner, 'name')) ?? []) : [],
  );

async function list(cluster: Cluster, kind: Kind, namespace: string | undefined): Promise<Found> {
  const home = kind.namespaced ? namespace : undefined;
  const selection = { resource: kind, ...(home !== undefined && { namespace: home }) };
  const source = httpListerWatcher(cluster.connections.dedicated(), selection, watchTiming, Math.random);
  const manifests: Manifest[] = [];
  let next: string | undefined;
  do {
    const page = await source.list(next, never);
    if (page.kind !== 'page') {
      const why = page.kind === 'failed' && page.why === 'forbidden' ? lacking('list', kind, home) : noAnswer;
      return { manifests, findings: [unseen(`${kind.kind}, all of them`, why)] };
    }
    const { group, version, kind: name } = kind;
    for (const object of page.items.filter(isJsonObject))
      manifests.push({ place, object: { ...object, apiVersion: `${group}/${version}`, kind: name } });
    next = page.next;
  } while (next !== undefined);
  return { manifests, findings: [] };
}

const place = 'the cluster';
const never = new AbortController().signal;
const noAnswer = 'the API server did not answer: try again';

const unseen = (object: string, message: string): Finding => ({
  level: 'left',
  file: place,
  object,
  field: 'all of it',
  message,
});

const lacking = (verb: string, { group, plural }: Resource, namespace: string | undefined): string =>
  `your kubeconfig lacks the rule apiGroups: ["${group}"], resources: ["${plural}"], verbs: ["${verb}"]${namespace === undefined ? '' : ` in namespace ${namespace}`}`;

const nameOf = ({ metadata }: JsonObject, field: 'name' | 'namespace'): string =>
  textOf(fieldOf(metadata, field)) ?? '';

/** Wherever they are named: for the whole object, for a key, for an entry of dataFrom. */
function storesNamedBy(value: unknown): ReadonlySet<string> {
  if (Array.isArray(value)) return new Set(value.flatMap(each => [...storesNamedBy(each)]));
  if (!isJsonObject(value)) return new Set();
  const own = value.kind === clusterStore ? [textOf(value.name) ?? ''] : [];
  return new Set([...own, ...Object.values(value).flatMap(each => [...storesNamedBy(each)])]);
}

/** Those that templates come from. One that is not there is the translator's to report. */
async function configMapsOf({ client }: Cluster, manifests: readonly Manifest[]): Promise<Found> {
  const resource = { group: '', version: 'v1', plural: 'configmaps' };
  const wanted = new Set(
    manifests.flatMap(({ object }) => {
      const template = fieldOf(fieldOf(object.spec, 'target'), 'template');
      const names = listOf(fieldOf(template, 'templateFrom')).map(each => fieldOf(fieldOf(each, 'configMap'), 'name'));
      return names.flatMap(name => (typeof name === 'string' ? objectKey(nameOf(object, 'namespace'), name) : []));
    }),
  );
  const parts = await Promise.all(
    [...wanted].map(async (key): Promise<Found> => {
      const got = await client.get(resource, key, { signal: never });
      if (got.ok && isJsonObject(got.value))
        return { manifests: [{ place, object: { ...got.value, apiVersion: 'v1', kind: 'ConfigMap' } }], findings: [] };
      if (got.ok || got.fault.kind === 'not-found') return { manifests: [], findings: [] };
      const why = got.fault.kind === 'refused' ? lacking('get', resource, key.split('/')[0]) : noAnswer;
      return { manifests: [], findings: [unseen(`ConfigMap ${key}`, why)] };
    }),
  );
  return {
    manifests: parts.flatMap(({ manifests }) => manifests),
    findings: parts.flatMap(({ findings }) => findings),
  };
}
