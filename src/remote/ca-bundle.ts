import { invalid } from '../core/fault.ts';
import { failed, flatMap, ok, type Result } from '../core/result.ts';
import type { CaBundleRef } from '../providers/provider.ts';
import type { ClusterAccess } from './ports.ts';

/** What has CA bundles. */
export type CaBundles = Pick<ClusterAccess, 'configMapField' | 'credentialField' | 'trustBundle'>;

/** The PEM of the authorities that a source trusts, from wherever its spec keeps it. */
export async function readCaBundle(
  cluster: CaBundles,
  namespace: string,
  { configMapKeyRef, secretKeyRef, clusterTrustBundle, inline }: CaBundleRef,
  signal: AbortSignal,
): Promise<Result<string>> {
  if (configMapKeyRef !== undefined) return cluster.configMapField(namespace, configMapKeyRef, signal);
  if (clusterTrustBundle !== undefined) return cluster.trustBundle(clusterTrustBundle.name, signal);
  if (secretKeyRef === undefined) return ok(inline ?? '');
  const bytes = await cluster.credentialField(namespace, secretKeyRef, signal);
  return flatMap(bytes, value => {
    const pem = value.revealText();
    if (pem !== undefined) return ok(pem);
    const where = `Secret ${namespace}/${secretKeyRef.name} has no text under ${secretKeyRef.key}`;
    return failed(invalid('CABundleInvalid', `${where}; put the CA bundle there, as PEM`));
  });
}
