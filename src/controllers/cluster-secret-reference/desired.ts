import { labels, annotations as names } from '../../api/annotations.ts';
import {
  type ClusterSecretReference,
  type ClusterSecretReferenceSpec,
  clusterSecretReferenceKind,
} from '../../api/cluster-secret-reference/cluster-secret-reference.ts';
import { isLabelValue } from '../../api/metadata-rules.ts';
import { type SecretReference, secretReferenceKind } from '../../api/secret-reference/secret-reference.ts';
import { invalidSpec } from '../../core/fault.ts';
import type { ObjectMeta, OwnerReference } from '../../core/object-meta.ts';
import { failed, flatMap, ok, type Result } from '../../core/result.ts';
import { ownerReferenceTo } from '../owner-reference.ts';
import { managedMetadata, staleMetadata } from '../secret-reference/nouns/target-marks.ts';
import { isUsableToken } from '../secret-reference/rotation.ts';

/** A ClusterSecretReference whose spec can be used. */
export interface Wanted {
  readonly metadata: ObjectMeta;
  readonly spec: ClusterSecretReferenceSpec;
  readonly written: ClusterSecretReference['written'];
  /** Name of each SecretReference. */
  readonly name: string;
  /** The rotation token that is passed on. */
  readonly token: string | undefined;
  /** Who set it, as an annotation says. */
  readonly requestedBy: string | undefined;
}

export function wantedBy({ metadata, spec, written }: ClusterSecretReference): Result<Wanted> {
  return flatMap(spec, value => {
    if (!isLabelValue(metadata.name)) return failed(invalidSpec(nameTooLong));
    const token = metadata.annotations[names.rotate];
    return ok({
      ...{ metadata, written, spec: value },
      name: value.name ?? metadata.name,
      token: token && isUsableToken(token) ? token : undefined,
      requestedBy: metadata.annotations[names.requestedBy],
    });
  });
}

const nameTooLong =
  'metadata.name must have at most 63 characters, because it is in a label of each SecretReference: make one of a shorter name, with the long one in spec.name';

/** The whole of a SecretReference, as it is made. */
export function manifestOf(wanted: Wanted, namespace: string): object {
  const { apiVersion, kind } = secretReferenceKind;
  const { name, token, requestedBy, written } = wanted;
  const passed = token === undefined ? {} : { [names.rotate]: token, [names.clusterRotate]: token };
  const by = token === undefined || requestedBy === undefined ? {} : { [names.requestedBy]: requestedBy };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      labels: labelsOf(wanted),
      annotations: { ...annotationsOf(wanted), ...passed, ...by },
      ownerReferences: [ownerOf(wanted)],
    },
    spec: written,
  };
}

/** With its garbage collection: deleted by the API server when the ClusterSecretReference is. */
export const ownerOf = ({ metadata }: Wanted): OwnerReference => ownerReferenceTo(clusterSecretReferenceKind, metadata);

const labelsOf = ({ metadata, spec }: Wanted): Readonly<Record<string, string>> => ({
  ...spec.metadata?.labels,
  [labels.clusterReference]: metadata.name,
});

const annotationsOf = ({ spec: { metadata } }: Wanted): Readonly<Record<string, string>> => ({
  ...metadata?.annotations,
  ...managedMetadata(metadata?.labels ?? {}, metadata?.annotations ?? {}),
});

/**
 * Labels and annotations that must change, null for those that must go; undefined when none must. Those of others are none
 * of our business, nor is a rotation token of others: ours is passed on once.
 */
export function metadataChanges(
  wanted: Wanted,
  { metadata, status }: SecretReference,
): { readonly labels: Changes; readonly annotations: Changes } | undefined {
  const stale = staleMetadata(metadata);
  const labels = changes(metadata.labels, labelsOf(wanted), stale.labels);
  const passed = passedOn(wanted, metadata.annotations, status?.rotation?.lastHandled);
  const wantedAnnotations = { ...annotationsOf(wanted), ...passed };
  const annotations = changes(metadata.annotations, wantedAnnotations, stale.annotations);
  return Object.keys(labels).length + Object.keys(annotations).length === 0 ? undefined : { labels, annotations };
}

type Changes = Readonly<Record<string, string | null>>;

function changes(before: ObjectMeta['labels'], wanted: Changes, stale: readonly string[]): Changes {
  const gone = stale.filter(name => Object.hasOwn(before, name) && !Object.hasOwn(wanted, name));
  const other = Object.entries(wanted).filter(([name, text]) => (before[name] ?? null) !== text);
  return Object.fromEntries([...gone.map(name => [name, null] as const), ...other]);
}

/** Once a token, with who set it: nobody else has. Again when somebody took it away before it was answered. */
function passedOn(
  { token, requestedBy }: Wanted,
  there: ObjectMeta['annotations'],
  handled: string | undefined,
): Changes {
  if (token === undefined) return {};
  const isPassed = there[names.clusterRotate] === token;
  const isLost = there[names.rotate] === undefined && handled !== token;
  return isPassed && !isLost
    ? {}
    : { [names.rotate]: token, [names.clusterRotate]: token, [names.requestedBy]: requestedBy ?? null };
}
