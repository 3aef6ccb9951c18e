import type { Manifest } from './cluster.ts';

/** `provider.vault` with the login that every namespace of a test has. */
export const vaultAt = (address: string, more: object = {}): object => ({
  vault: {
    address,
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
