import { annotations as names } from '../../api/annotations.ts';
import type { ClusterSecretReference } from '../../api/cluster-secret-reference/cluster-secret-reference.ts';
import { generatorsOf, type SecretReference } from '../../api/secret-reference/secret-reference.ts';
import { servesNamespace } from '../../api/secret-source/served-namespaces.ts';
import type { Clock } from '../../core/clock.ts';
import { splitKey } from '../../core/object-key.ts';
import type { MetadataObject } from '../../core/object-meta.ts';
import type { Change } from '../../kube/api.ts';
import { indexBy } from '../../kube/index-by.ts';
import type { Enqueue } from '../../runtime/reconcile.ts';
import { findCondition } from '../conditions.ts';
import { namespaceMatters } from '../secret-reference/wake/predicates.ts';
import { wantedBy } from './desired.ts';
import { placeKey, wholeKey } from './generated.ts';
import type { Watched } from './ports.ts';
import type { ClusterReferenceStates } from './states.ts';

/** While a thousand namespaces change, all are looked at once a second and not a thousand times. */
const gatherMs = 1000;
export const soon = (clock: Clock): number => clock.steady() + gatherMs;

/** Reconciles what a change in the cluster concerns: one namespace at once, the whole a moment later. */
export function watchForClusterReferences(
  { clusterReferences, references, namespaces }: Watched,
  states: ClusterReferenceStates,
  clock: Clock,
  enqueue: Enqueue,
): void {
  const byWantedName = indexBy(clusterReferences, nameWanted);
  const wake = (namespace: string, name: string): void => {
    enqueue(placeKey(namespace, name), 'normal', clock.steady());
    enqueue(wholeKey(name), 'normal', soon(clock));
  };

  clusterReferences.onChange(change => {
    const { key, after } = change;
    if (!isEdited(change)) return;
    states.forget(splitKey(key).name);
    if (after !== undefined) enqueue(key, 'normal', clock.steady());
  });

  references.onChange(({ key, before, after }) => {
    if (traitsOf(before) === traitsOf(after)) return;
    const { namespace, name } = splitKey(key);
    const makers = [before, after].flatMap(each => (each === undefined ? [] : generatorsOf(each.metadata)));
    // Who is in the way of another may be gone now.
    const wanting =
      ownersOf(before) === ownersOf(after) ? [] : byWantedName.keys(name).map(each => splitKey(each).name);
    for (const each of new Set([...makers, ...wanting])) wake(namespace, each);
  });

  namespaces.onChange(change => {
    if (!namespaceMatters(change)) return;
    const { name } = splitKey(change.key);
    for (const each of clusterReferences.values()) if (concerns(each, change)) wake(name, each.metadata.name);
  });
}

function nameWanted(object: ClusterSecretReference): readonly string[] {
  const wanted = wantedBy(object);
  return wanted.ok ? [wanted.value.name] : [];
}

const isEdited = ({ before, after }: Change<ClusterSecretReference>): boolean =>
  before?.metadata.uid !== after?.metadata.uid ||
  before?.metadata.generation !== after?.metadata.generation ||
  before?.metadata.annotations[names.rotate] !== after?.metadata.annotations[names.rotate];

/** Who owns it; undefined: there is none. */
const ownersOf = (reference: SecretReference | undefined): string | undefined =>
  reference && JSON.stringify([reference.metadata.uid, reference.metadata.ownerReferences]);

/** Of a reference that is made by others than us only whose it is. */
function traitsOf(reference: SecretReference | undefined): string | undefined {
  if (reference === undefined || generatorsOf(reference.metadata).length === 0) return ownersOf(reference);
  const { metadata, status } = reference;
  const { generation, labels, annotations, deletionTimestamp } = metadata;
  const [ready, stalled] = (['Ready', 'Stalled'] as const).map(type => findCondition(status?.conditions, type));
  const { lastHandled, lastSucceeded } = status?.rotation ?? {};
  return JSON.stringify([
    ...[ownersOf(reference), generation, labels, annotations, deletionTimestamp],
    ...[status?.observedGeneration, ready?.status, ready?.reason, stalled?.status, lastHandled, lastSucceeded],
  ]);
}

/** It was chosen, or is. */
function concerns({ spec }: ClusterSecretReference, { before, after }: Change<MetadataObject>): boolean {
  return (
    spec.ok && [before, after].some(each => each !== undefined && servesNamespace(spec.value.namespaces, each.metadata))
  );
}
