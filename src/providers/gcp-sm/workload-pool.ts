import type { ServiceAccount } from '../provider.ts';
import type { GcpSmSpec } from './spec.ts';

/** A pool that turns tokens of this cluster into Google identities. */
export interface WorkloadPool {
  /** What the token service is asked for: which pool, which provider. */
  readonly audience: string;
  /** The ServiceAccount as IAM policies name it, with the usual mapping of subjects. */
  readonly principal: string;
  /** Where to look when the token service says no. */
  readonly check: string;
}

/** The audience that a pool provider takes when it was told of no other. */
const providerAudience = (provider: string): string => `//iam.googleapis.com/${provider}`;

/** `PROJECT.svc.id.goog`, the pool of all GKE clusters of a project, and the audience of its tokens. */
const poolOf = (cluster: string): string => `${cluster.split('/')[1] ?? ''}.svc.id.goog`;

/** Audiences of the ServiceAccount's token: the source's own word, or what the pool takes by itself. */
export function tokenAudiences({ auth }: GcpSmSpec): readonly string[] {
  const { workloadIdentity, gke } = auth;
  if (workloadIdentity)
    return workloadIdentity.serviceAccountRef.audiences ?? [providerAudience(workloadIdentity.provider)];
  return gke ? (gke.serviceAccountRef.audiences ?? [poolOf(gke.cluster)]) : [];
}

/** The pool that the source names; undefined when it is entered without one. */
export function workloadPoolOf({ auth }: GcpSmSpec, account: ServiceAccount): WorkloadPool | undefined {
  if (auth.workloadIdentity) return poolProvider(auth.workloadIdentity.provider, account);
  return auth.gke && gkePool(auth.gke.cluster, account);
}

function poolProvider(provider: string, { namespace, name }: ServiceAccount): WorkloadPool {
  const [pool] = provider.split('/providers/');
  return {
    audience: providerAudience(provider),
    principal: `principal://iam.googleapis.com/${pool}/subject/system:serviceaccount:${namespace}:${name}`,
    check: "auth.workloadIdentity.provider, and the provider's issuer and allowed audiences",
  };
}

/** IAM names the pool by the project's number, which a cluster's name does not have. */
function gkePool(cluster: string, { namespace, name }: ServiceAccount): WorkloadPool {
  const pool = poolOf(cluster);
  return {
    audience: `identitynamespace:${pool}:https://container.googleapis.com/v1/${cluster}`,
    principal: `principal://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/${pool}/subject/ns/${namespace}/sa/${name}`,
    check: 'auth.gke.cluster, and that workload identity federation is enabled on the cluster',
  };
}
