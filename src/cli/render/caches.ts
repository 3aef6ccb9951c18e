import { labels } from '../../api/annotations.ts';
import { parseSecretReference, type SecretReference } from '../../api/secret-reference/secret-reference.ts';
import type { SecretRotation } from '../../api/secret-rotation/secret-rotation.ts';
import {
  type ClusterSecretSource,
  parseClusterSecretSource,
  parseSecretSource,
  type SecretSource,
} from '../../api/secret-source/secret-source.ts';
import { indexOwned } from '../../controllers/secret-reference/nouns/owned-secrets.ts';
import type { Caches } from '../../controllers/secret-reference/ports.ts';
import { indexDefaults } from '../../controllers/secret-reference/reads/resolve-source.ts';
import { type ObjectKey, splitKey } from '../../core/object-key.ts';
import { type MetadataObject, parseMetadataObject } from '../../core/object-meta.ts';
import { isJsonObject, type JsonObject } from '../../core/untyped.ts';
import type { Informer } from '../../kube/api.ts';
import { objectKeyOf } from '../../kube/informer.ts';
import type { Manifest } from './manifests.ts';

/** The files as the caches of an operator would show them, of a cluster in which nothing was synced yet. */
export function cachesOf(manifests: readonly Manifest[]): Caches {
  const parsed = <T extends MetadataObject>(kind: string, parse: (raw: unknown) => T | undefined): readonly T[] =>
    manifests.filter(each => each.kind === kind).flatMap(each => parse(asServed(each)) ?? []);
  const sources = fixed<SecretSource>(parsed('SecretSource', parseSecretSource));
  const clusterSources = fixed<ClusterSecretSource>(parsed('ClusterSecretSource', parseClusterSecretSource));
  const none = fixed<MetadataObject>([]);
  return {
    references: fixed<SecretReference>(parsed('SecretReference', parseSecretReference)),
    sources,
    clusterSources,
    defaults: indexDefaults(sources, clusterSources),
    servesClusterSources: true,
    namespaces: withEvery(parsed('Namespace', parseMetadataObject)),
    watchesNamespaces: true,
    targets: none,
    hosts: none,
    owned: indexOwned(none, none),
    rotations: fixed<SecretRotation>([]),
    templates: {
      ConfigMap: fixed(parsed('ConfigMap', parseMetadataObject).filter(isTemplate)),
      Secret: fixed(parsed('Secret', parseMetadataObject).filter(isTemplate)),
    },
  };
}

const isTemplate = ({ metadata }: MetadataObject): boolean => metadata.labels[labels.template] === 'true';

/** With what the API server would add, and without what it knew of an object that was taken out of a cluster. */
function asServed({ object, kind, name, namespace }: Manifest): JsonObject {
  const { labels, annotations } = isJsonObject(object.metadata) ? object.metadata : {};
  const uid = `${kind}/${namespace}/${name}`;
  const { status: _, ...rest } = object;
  return { ...rest, metadata: { name, namespace, labels, annotations, uid, resourceVersion: '1', generation: 1 } };
}

/** A cache that nothing changes. */
export function fixed<T extends MetadataObject>(objects: readonly T[]): Informer<T> {
  const byKey = new Map(objects.map(object => [objectKeyOf(object), object]));
  return {
    get: key => byKey.get(key),
    values: () => byKey.values(),
    size: byKey.size,
    synced: true,
    onChange: () => undefined,
    wrote: () => undefined,
    run: async () => undefined,
    whenSynced: async () => undefined,
  };
}

/** Files seldom bring their namespaces along: one that is not there has the label that every namespace has. */
function withEvery(known: readonly MetadataObject[]): Informer<MetadataObject> {
  const named = fixed(known.map(withName));
  return { ...named, get: key => named.get(key) ?? withName(bare(key)) };
}

const withName = ({ metadata }: MetadataObject): MetadataObject => ({
  metadata: { ...metadata, labels: { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels } },
});

const bare = (key: ObjectKey): MetadataObject => ({
  metadata: {
    ...splitKey(key),
    namespace: '',
    uid: key,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '',
    labels: {},
    annotations: {},
    ownerReferences: [],
    finalizers: [],
  },
});
