import { generatorsOf, type SecretReference } from '../../api/secret-reference/secret-reference.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { Informer } from '../../kube/api.ts';
import { indexBy } from '../../kube/index-by.ts';

/** The SecretReferences that name a ClusterSecretReference as their owner. */
export interface Generated {
  by(name: string): readonly ObjectKey[];
  in(namespace: string, name: string): readonly ObjectKey[];
}

/** So that neither a namespace nor a ClusterSecretReference costs a look at the references of all others. */
export function indexGenerated(references: Pick<Informer<SecretReference>, 'onChange' | 'values'>): Generated {
  const byOwner = indexBy(references, ({ metadata }) => generatorsOf(metadata));
  const byPlace = indexBy(references, ({ metadata }) =>
    generatorsOf(metadata).map(name => placeKey(metadata.namespace, name)),
  );
  return { by: name => byOwner.keys(name), in: (namespace, name) => byPlace.keys(placeKey(namespace, name)) };
}

/** The queue's key of one namespace of a ClusterSecretReference, as `etl/warehouse`. */
export const placeKey = (namespace: string, name: string): ObjectKey => objectKey(namespace, name);
/** That of the whole, as `/warehouse`. */
export const wholeKey = (name: string): ObjectKey => objectKey('', name);
