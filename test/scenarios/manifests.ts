import type { Manifest } from './cluster.ts';

/** Of every world, and of each of its namespaces: the authority that signs the certificates of its stores. */
export const storeCa = { configMapKeyRef: { name: 'store-ca', key: 'ca.crt' } };

export const storeCaIn = (namespace: string, ca: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: storeCa.configMapKeyRef.name, namespace },
  data: { [storeCa.configMapKeyRef.key]: ca },
});

/** `provider.vault` with the login that every namespace of a test has, and the trust. */
export const vaultAt = (address: string, more: object = {}): object => ({
  vault: {
    address,
    caBundle: storeCa,
    auth: { kubernetes: { role: 'app', serviceAccountRef: { name: 'app', audiences: ['vault'] } } },
    ...more,
  },
});

export const clusterSource = (name: string, address: string, more: object = {}): Manifest => ({
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'ClusterSecretSource',
  metadata: { name },
  spec: { namespaces: { all: true }, provider: vaultAt(address), ...more },
});

export const source = (namespace: string, name: string, address: string, more: object = {}): Manifest => ({
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'SecretSource',
  metadata: { name, namespace },
  spec: { provider: vaultAt(address), ...more },
});
