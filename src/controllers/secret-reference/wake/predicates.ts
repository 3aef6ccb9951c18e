import { annotations, labels } from '../../../api/annotations.ts';
import type { SecretReference, SourceRef } from '../../../api/secret-reference/secret-reference.ts';
import type { AnySecretSource, SecretSource } from '../../../api/secret-source/secret-source.ts';
import type { Priority } from '../../../async/priority.ts';
import { type FaultOrigin, faultOrigin } from '../../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../../core/object-key.ts';
import type { MetadataObject } from '../../../core/object-meta.ts';
import type { Change } from '../../../kube/api.ts';
import { findCondition } from '../../conditions.ts';
import { hasRightLabel } from '../nouns/pins.ts';
import { revisionName } from '../nouns/revisions.ts';
import { inputsOf, kindOf, nameOf, type TemplateObject } from '../nouns/template-objects.ts';
import { isRequested, requested, unusableToken } from '../rotation.ts';

/** Which references an object concerns, and which changes matter to them. Pure. */

/** References without a source, which wait for a default one to appear. */
export const anyDefault = 'default';

export const sourceId = ({ kind, metadata }: AnySecretSource): string =>
  `${kind}/${metadata.namespace}/${metadata.name}`;

export const isDefault = (source: AnySecretSource | undefined): boolean =>
  source?.spec.ok === true && source.spec.value.default;

export const tookClusterDefault = ({ spec, status }: SecretReference): boolean =>
  status?.source?.kind === 'ClusterSecretSource' && spec.ok && spec.value.sourceRef === undefined;

/**
 * Whether the reference took a cluster default although its namespace had this one already: what is applied together
 * arrives by different watches, in any order. Of objects that were edited since nobody knows how it was then.
 */
export const usesEarlierDefault = (reference: SecretReference, own: SecretSource): boolean =>
  tookClusterDefault(reference) &&
  isDefault(own) &&
  own.metadata.namespace === reference.metadata.namespace &&
  [reference, own].every(({ metadata }) => metadata.generation === 1) &&
  own.metadata.creationTimestamp <= reference.metadata.creationTimestamp;

/** The sources that a reference names, uses, or waits for. */
export function sourcesUsedBy({ metadata, spec, status }: SecretReference): readonly string[] {
  if (!spec.ok) return [];
  const id = ({ kind, name }: SourceRef): string =>
    `${kind}/${kind === 'SecretSource' ? metadata.namespace : ''}/${name}`;
  const { sourceRef, data, dataFrom } = spec.value;
  const kept = status?.source === undefined ? anyDefault : id(status.source);
  const ids = new Set([sourceRef === undefined ? kept : id(sourceRef)]);
  for (const entries of [data, dataFrom])
    for (const entry of entries) if (entry.sourceRef !== undefined) ids.add(id(entry.sourceRef));
  return [...ids];
}

/** The Secret that a reference writes, the one that it wrote under an earlier name, and the revisions in use and in a run. */
export function targetsOf({ metadata, spec, status }: SecretReference): readonly ObjectKey[] {
  const wanted = spec.ok ? (spec.value.target.name ?? metadata.name) : metadata.name;
  const written = status?.target?.name ?? wanted;
  const { revision } = status?.candidate ?? {};
  const inRun = revision === undefined ? wanted : revisionName(written, revision);
  const names = new Set([wanted, written, status?.target?.pinned?.name ?? wanted, inRun]);
  return [...names].map(name => objectKey(metadata.namespace, name));
}

/** The objects that its templates come from: `ConfigMap etl/spark-conf`. */
export const templatesOf = ({ metadata, spec }: SecretReference): readonly string[] =>
  (spec.ok ? (spec.value.target.template?.from ?? []) : []).map(from =>
    templateId(kindOf(from), objectKey(metadata.namespace, nameOf(from))),
  );
export const templateId = (kind: TemplateObject['kind'], key: ObjectKey): string => `${kind} ${key}`;

/** The priority of a changed reference; undefined when nothing but its status or foreign metadata changed. */
export function priorityOf({ before, after }: Change<SecretReference>): Priority | undefined {
  if (after === undefined) return undefined;
  if (isRequested(requested(after)) && (before === undefined || !sameTokens(before, after))) return 'high';
  if (before === undefined) return after.status?.target === undefined ? 'normal' : 'low';
  const same =
    before.metadata.uid === after.metadata.uid &&
    before.metadata.generation === after.metadata.generation &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    before.metadata.finalizers.join() === after.metadata.finalizers.join() &&
    inputsOf(before, []) === inputsOf(after, []) &&
    (before.metadata.labels[labels.delivery] === after.metadata.labels[labels.delivery] || hasRightLabel(after)) &&
    before.metadata.annotations[annotations.rollback] === after.metadata.annotations[annotations.rollback] &&
    (sameTokens(before, after) || unusableToken(after) === undefined);
  return same ? undefined : 'normal';
}

const sameTokens = (a: SecretReference, b: SecretReference): boolean =>
  [annotations.rotate, annotations.forceSync].every(
    name => a.metadata.annotations[name] === b.metadata.annotations[name],
  );

/** Only labels and deletion of a namespace matter to policy. */
export function namespaceMatters({ before, after }: Change<MetadataObject>): boolean {
  if (before === undefined || after === undefined) return true;
  const labels = ({ metadata }: MetadataObject) => JSON.stringify(Object.entries(metadata.labels).toSorted());
  return labels(before) !== labels(after) || before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp;
}

/** A new spec, a new object, or none any more; not a new status. */
export const generationChanged = ({ before, after }: Change<MetadataObject>): boolean =>
  before?.metadata.generation !== after?.metadata.generation || before?.metadata.uid !== after?.metadata.uid;

/** ConfigMaps are not watched: that a CA bundle was fixed is seen when the source becomes Ready. */
export const becameReady = ({ before, after }: Change<AnySecretSource>): boolean =>
  readiness(before) === 'False' && readiness(after) === 'True';

const readiness = (source: AnySecretSource | undefined) => findCondition(source?.status?.conditions, 'Ready')?.status;

/** What an answer to one reference may bring to others: `store`, which is back, or the reason of refusals that have ended. */
export type Awaited = string;
const origins: ReadonlyMap<string, FaultOrigin> = new Map(Object.entries(faultOrigin));

/** What a reference waits for since its last sync failed. */
export function awaited(reference: SecretReference | undefined): Awaited | undefined {
  const synced = findCondition(reference?.status?.conditions, 'Synced');
  if (synced?.status !== 'False') return undefined;
  const healedBy = origins.get(synced.reason)?.healedBy;
  return healedBy === 'recovery' ? 'store' : healedBy === 'success' ? synced.reason : undefined;
}

/** What a reference has just got that it waited for. */
export const gotWhatItAwaited = ({ before, after }: Change<SecretReference>): Awaited | undefined =>
  findCondition(after?.status?.conditions, 'Synced')?.status === 'True' ? awaited(before) : undefined;
