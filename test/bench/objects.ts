import { annotations, labels } from '../../src/api/annotations.ts';
import type { Place } from './fleet.ts';

/** The objects of the bench and where they are. */

const api = '/apis/shearline.dev/v1alpha1';

export const paths = {
  references: (namespace: string) => `${api}/namespaces/${namespace}/secretreferences`,
  reference: ({ namespace, name }: Omit<Place, 'key'>) => `${paths.references(namespace)}/${name}`,
  status: (place: Omit<Place, 'key'>) => `${paths.reference(place)}/status`,
  allReferences: `${api}/secretreferences`,
  /** Those whose status names that source. */
  referencesOf: (source: string) =>
    `${api}/secretreferences?fieldSelector=${encodeURIComponent(`status.source.name=${source}`)}`,
  allRotations: `${api}/secretrotations`,
  rotation: ({ namespace, name }: Omit<Place, 'key'>) => `${api}/namespaces/${namespace}/secretrotations/${name}`,
  sources: (namespace: string) => `${api}/namespaces/${namespace}/secretsources`,
  clusterSource: (name: string) => `${api}/clustersecretsources/${name}`,
  clusterSources: `${api}/clustersecretsources`,
  secrets: (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`,
  secret: ({ namespace, name }: Omit<Place, 'key'>) => `${paths.secrets(namespace)}/${name}`,
  /** Of the operator. */
  managedSecrets: `/api/v1/secrets?labelSelector=${encodeURIComponent(`${labels.managed}=true`)}`,
  /** Of the bare client. */
  bareSecrets: `/api/v1/secrets?labelSelector=${encodeURIComponent('bench.shearline.dev/bare=true')}`,
  namespaces: '/api/v1/namespaces',
  serviceAccounts: (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
} as const;

/** So that no phase meets refreshes that it did not ask for; after a restart they are due all the same. */
export const seldom = '240h';

export interface ReferenceWish {
  readonly key?: string;
  readonly refreshInterval?: string;
  readonly source?: { readonly kind: 'SecretSource' | 'ClusterSecretSource'; readonly name: string };
}

/** Five keys of one path, by name, as somebody who knows what an application needs would write them. */
export const referenceAt = (
  { name, key }: Place,
  { key: other = key, refreshInterval = seldom, source }: ReferenceWish = {},
) => ({
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'SecretReference',
  metadata: { name },
  spec: {
    refreshInterval,
    ...(source === undefined ? {} : { sourceRef: source }),
    data: properties.map(property => ({ secretKey: property.toUpperCase(), remoteRef: { key: other, property } })),
  },
});

export const properties = ['host', 'port', 'username', 'password', 'database'] as const;

/** Values of a version of a path: each differs from those of every other path and version. */
export const valuesOf = (key: string, version: number): Readonly<Record<string, string>> =>
  Object.fromEntries(properties.map(property => [property, `${key}/${property}/${version}/0123456789abcdef`]));

/** A Secret as the operator writes it, for the bare client to write. */
export const secretAt = (place: Place, version: number) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: place.name,
    labels: { 'bench.shearline.dev/bare': 'true' },
    annotations: { [annotations.owner]: `SecretReference/${place.name}`, [annotations.revision]: String(version) },
  },
  type: 'Opaque',
  data: Object.fromEntries(
    Object.entries(valuesOf(place.key, version)).map(([name, value]) => [
      name.toUpperCase(),
      Buffer.from(value).toString('base64'),
    ]),
  ),
});

/** A status as the operator writes it. */
export const statusAt = ({ name, key }: Place, version: number, now = new Date().toISOString()) => ({
  status: {
    observedGeneration: 1,
    source: { kind: 'ClusterSecretSource', name: 'bench' },
    target: { name, generation: 1, revision: version, keys: properties.length, resourceVersion: '1' },
    remote: [{ source: 'bench', key, version: String(version) }],
    lastSyncTime: now,
    conditions: (['Ready', 'Synced'] as const).map(type => ({
      type,
      status: 'True',
      reason: 'Synced',
      message: `Secret ${key} is in step: ${properties.length} keys`,
      observedGeneration: 1,
      lastTransitionTime: now,
    })),
  },
});

export const rotationBy = (token: string) => ({ metadata: { annotations: { [annotations.rotate]: token } } });
