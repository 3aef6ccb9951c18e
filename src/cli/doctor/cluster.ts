import { labels } from '../../api/annotations.ts';
import { secretReferenceKind } from '../../api/secret-reference/secret-reference.ts';
import { clusterSecretSourceKind, secretSourceKind } from '../../api/secret-source/secret-source.ts';
import { authFailed } from '../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import { type MetadataObject, parseMetadataObject } from '../../core/object-meta.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { fieldOf, isJsonObject, type JsonObject, listOf, textOf } from '../../core/untyped.ts';
import type { KubeFault, Resource } from '../../kube/api.ts';
import { createClusterAccess } from '../../kube/cluster-access.ts';
import type { ClusterAccess } from '../../remote/ports.ts';
import { logIn, type WhichCluster } from '../cluster.ts';
import type { Io } from '../io.ts';
import { cachesOf, fixed } from '../render/caches.ts';
import type { Manifest } from '../render/manifests.ts';
import { look } from '../render/rendered.ts';

/** A reference of a cluster, and what it leads to, as far as its user may see it. */
export interface Patient {
  readonly key: ObjectKey;
  readonly manifests: readonly Manifest[];
  readonly access: ClusterAccess;
  /** PEM, of the API server. */
  readonly clusterAuthorities: string | undefined;
  readonly close: () => Promise<void>;
}

export interface Whom extends WhichCluster {
  readonly name: string;
  readonly namespace?: string;
}

const core = (plural: string): Resource => ({ group: '', version: 'v1', plural });

/** Reads with the rights of the user's kubeconfig. The fault says what cannot be looked at. */
export async function examine(
  whom: Whom,
  change: (manifest: Manifest) => Manifest,
  io: Io,
): Promise<Result<Patient, string>> {
  const login = await logIn(whom, io);
  if (!login.ok) return login;
  const { client, config, connections } = login.value;
  const get = async (resource: Resource, key: ObjectKey): Promise<Result<JsonObject, KubeFault>> =>
    asObject(await client.get(resource, key, { signal: never }));
  const namespace = whom.namespace ?? config.namespace ?? 'default';
  const key = objectKey(namespace, whom.name);
  const reference = await get(secretReferenceKind, key);
  if (!reference.ok) {
    await connections.close();
    return failed(`SecretReference ${key} ${whyNot(reference.fault)}`);
  }
  const found = [manifestOf(reference.value, 'SecretReference')];
  for (const { kind, name } of sourcesOf(reference.value)) {
    const [resource, home] = kind === 'SecretSource' ? [secretSourceKind, namespace] : [clusterSecretSourceKind, ''];
    const source = await get(resource, objectKey(home, name));
    if (source.ok) found.push(change(manifestOf(source.value, kind)));
    else if (source.fault.kind !== 'not-found') io.stderr(`${kind} ${name} ${whyNot(source.fault)}\n`);
  }
  for (const [kind, name] of templateObjectsOf(reference.value)) {
    const object = await get(core(kind === 'ConfigMap' ? 'configmaps' : 'secrets'), objectKey(namespace, name));
    if (object.ok) found.push(manifestOf(object.value, kind));
  }
  const own = await get(core('namespaces'), objectKey('', namespace));
  if (own.ok) found.push(manifestOf(own.value, 'Namespace'));
  const needs = needsOf(key, found);
  const parsed = async (resource: Resource, names: Iterable<ObjectKey>): Promise<readonly MetadataObject[]> => {
    const all = await Promise.all([...names].map(name => get(resource, name)));
    return all.flatMap(each => (each.ok ? (parseMetadataObject(each.value) ?? []) : []));
  };
  const { ca } = config.tls();
  return ok({
    key,
    manifests: found,
    access: asTheUser(
      createClusterAccess({
        client,
        address: config.server,
        asBearer: connections.asBearer,
        serviceAccounts: fixed(await parsed(core('serviceaccounts'), needs.accounts)),
        credentials: fixed((await parsed(core('secrets'), needs.secrets)).filter(isCredential)),
      }),
    ),
    clusterAuthorities: ca === undefined ? undefined : `${ca}`,
    close: () => connections.close(),
  });
}

/** What the operator has a right to is another matter. */
const asTheUser = (access: ClusterAccess): ClusterAccess => ({
  ...access,
  mintToken: async (account, audiences, signal) => {
    const minted = await access.mintToken(account, audiences, signal);
    if (minted.ok || minted.fault.reason !== 'AuthFailed') return minted;
    const whose = `a token for ServiceAccount ${account.namespace}/${account.name}`;
    return failed(authFailed(`your kubeconfig may not create ${whose}, so nobody can try its login: ${mintRight}`));
  },
});
const mintRight = 'you need create on serviceaccounts/token there, or somebody who has it';

const never = new AbortController().signal;

const asObject = (answer: Result<unknown, KubeFault>): Result<JsonObject, KubeFault> =>
  answer.ok ? (isJsonObject(answer.value) ? ok(answer.value) : failed({ kind: 'unavailable' })) : answer;

function whyNot(fault: KubeFault): string {
  if (fault.kind === 'not-found')
    return 'does not exist in this cluster: look at name and namespace (kubectl get sref -A)';
  if (fault.kind === 'refused') return 'cannot be looked at: your kubeconfig has no right to get it';
  return 'cannot be looked at: the API server does not answer';
}

const manifestOf = (object: JsonObject, kind: string): Manifest => ({
  object: { ...object, kind },
  place: 'the cluster',
  kind,
  name: textOf(fieldOf(object.metadata, 'name')) ?? '',
  namespace: textOf(fieldOf(object.metadata, 'namespace')) ?? '',
});

interface SourceName {
  readonly kind: 'SecretSource' | 'ClusterSecretSource';
  readonly name: string;
}

/** Those that the spec names, and the one that it was resolved to. */
function sourcesOf({ spec, status }: JsonObject): readonly SourceName[] {
  const entries = [...listOf(fieldOf(spec, 'data')), ...listOf(fieldOf(spec, 'dataFrom'))];
  const named = [spec, ...entries].map(each => fieldOf(each, 'sourceRef'));
  const all = [...named, fieldOf(status, 'source')].flatMap((ref): readonly SourceName[] => {
    const name = textOf(fieldOf(ref, 'name'));
    if (name === undefined) return [];
    return [{ kind: fieldOf(ref, 'kind') === 'ClusterSecretSource' ? 'ClusterSecretSource' : 'SecretSource', name }];
  });
  return [...new Map(all.map(each => [`${each.kind} ${each.name}`, each])).values()];
}

type TemplateName = readonly [kind: 'ConfigMap' | 'Secret', name: string];

/** What its templates come from. */
function templateObjectsOf({ spec }: JsonObject): readonly TemplateName[] {
  const from = listOf(fieldOf(fieldOf(fieldOf(spec, 'target'), 'template'), 'from'));
  return from.flatMap((each): readonly TemplateName[] => {
    const [configMap, secret] = ['configMap', 'secret'].map(kind => textOf(fieldOf(fieldOf(each, kind), 'name')));
    if (configMap !== undefined) return [['ConfigMap', configMap]];
    return secret === undefined ? [] : [['Secret', secret]];
  });
}

/** ServiceAccounts and credentials of the sources. */
function needsOf(key: ObjectKey, manifests: readonly Manifest[]) {
  const observed = look(key, cachesOf(manifests));
  const wanted = observed?.wanted.ok ? observed.wanted.value : undefined;
  const sources = [...(wanted?.reads ?? []), ...(wanted?.searches ?? [])].map(({ source }) => source.access);
  const accounts = sources.flatMap(({ provider: { needs } }) =>
    needs.serviceAccount && observed ? [objectKey(observed.namespace.name, needs.serviceAccount.name)] : [],
  );
  const secrets = sources.flatMap(({ homeNamespace, provider: { needs } }) =>
    needs.credentials.map(({ name }) => objectKey(homeNamespace, name)),
  );
  return { accounts: new Set(accounts), secrets: new Set(secrets) };
}

const isCredential = ({ metadata }: MetadataObject): boolean => metadata.labels[labels.credential] === 'true';
