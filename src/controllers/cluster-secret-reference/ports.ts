import type { ClusterSecretReference } from '../../api/cluster-secret-reference/cluster-secret-reference.ts';
import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import type { Clock } from '../../core/clock.ts';
import type { MetadataObject } from '../../core/object-meta.ts';
import type { EventRecorder, Informer, KubeClient, Lister } from '../../kube/api.ts';
import type { Enqueue } from '../../runtime/reconcile.ts';
import type { Generated } from './generated.ts';
import type { ClusterReferenceStates } from './states.ts';

/** All that a reconcile may see and touch. */
export interface Ports {
  readonly clock: Clock;
  /** Whether the operator was told to make references; otherwise it says that it was not. */
  readonly enabled: boolean;
  readonly caches: Caches;
  readonly states: ClusterReferenceStates;
  readonly client: KubeClient;
  /** Hands what a write left of a reference to the cache, so that the next decision sees it. */
  readonly wroteReference: (reference: SecretReference) => void;
  readonly enqueue: Enqueue;
  readonly events: EventRecorder;
}

/** What the watches show. */
export interface Caches {
  readonly clusterReferences: Lister<ClusterSecretReference>;
  readonly references: Lister<SecretReference>;
  readonly namespaces: Lister<MetadataObject>;
  readonly generated: Generated;
}

/** What ClusterSecretReferences depend on. */
export interface Watched extends Pick<Caches, 'generated'> {
  readonly clusterReferences: Informer<ClusterSecretReference>;
  readonly references: Informer<SecretReference>;
  readonly namespaces: Informer<MetadataObject>;
}
