import {
  type ClusterSecretSource,
  parseClusterSecretSource,
  parseSecretSource,
  type SecretSource,
} from '../../src/api/secret-source/secret-source.ts';
import { type MetadataObject, parseMetadataObject } from '../../src/core/object-meta.ts';
import type { Fields, ReferenceBuilder } from './builders.ts';

/** The objects around a reference, as the API server has them. Later fields win. */

export const vaultSpec = (
  login: Fields = { kubernetes: { role: 'etl', serviceAccountRef: { name: 'app', audiences: ['vault'] } } },
) => ({
  vault: { address: 'https://vault.example.com:8200', auth: login },
});

/** SecretSource of namespace `etl`. */
export const source = (name = 'vault', spec: Fields = {}, metadata: Fields = {}): Fields => ({
  metadata: { name, namespace: 'etl', uid: `uid-source-${name}`, resourceVersion: '3', generation: 1, ...metadata },
  spec: { provider: vaultSpec(), ...spec },
});

/** ClusterSecretSource that serves every namespace. */
export const clusterSource = (name = 'vault-prod', spec: Fields = {}, metadata: Fields = {}): Fields => ({
  metadata: { name, uid: `uid-cluster-source-${name}`, resourceVersion: '3', generation: 1, ...metadata },
  spec: { provider: vaultSpec(), namespaces: { all: true }, ...spec },
});

export const namespace = (name = 'etl', labels: Fields = {}, metadata: Fields = {}): Fields => ({
  metadata: { name, uid: `uid-ns-${name}`, resourceVersion: '2', labels, ...metadata },
});

/** Metadata of the Secret that a synced reference left behind. */
export function target(of: ReferenceBuilder, metadata: Fields = {}): Fields {
  const { name, uid } = of.parts.metadata;
  const owner = { apiVersion: 'shearline.dev/v1alpha1', kind: 'SecretReference', name, uid, controller: true };
  return {
    metadata: {
      name,
      namespace: 'etl',
      uid: `uid-secret-${name}`,
      resourceVersion: '5',
      labels: { 'shearline.dev/managed': 'true' },
      annotations: { 'shearline.dev/owner': `SecretReference/${name}/${uid}`, 'shearline.dev/revision': '1' },
      ownerReferences: [{ ...owner, blockOwnerDeletion: false }],
      ...metadata,
    },
  };
}

export function parsedSource(raw: Fields): SecretSource {
  return readable(parseSecretSource(raw));
}

export function parsedClusterSource(raw: Fields): ClusterSecretSource {
  return readable(parseClusterSecretSource(raw));
}

export function parsedMetadata(raw: Fields): MetadataObject {
  return readable(parseMetadataObject(raw));
}

export function readable<T>(parsed: T | undefined): T {
  if (parsed === undefined) throw new Error('the builder makes no readable object');
  return parsed;
}
