import type { RotationSpec } from '../../api/secret-reference/rotation.ts';
import { type SecretReference, secretReferenceKind } from '../../api/secret-reference/secret-reference.ts';
import { recordName, type SecretRotation, secretRotationKind } from '../../api/secret-rotation/secret-rotation.ts';
import { ownerReferenceTo } from '../owner-reference.ts';
import { revisionName } from '../secret-reference/nouns/revisions.ts';
import type { RunSoFar } from './advance.ts';

/** The record of the run that a reference has begun, as it is posted: the same whoever posts it. */
export function manifestOf({ metadata, status }: SecretReference): object {
  const { run = 0, revision = 0, remote, rotate, forceSync, requestedBy } = status?.candidate ?? {};
  const token = rotate ?? forceSync;
  return {
    apiVersion: secretRotationKind.apiVersion,
    kind: secretRotationKind.kind,
    metadata: {
      name: recordName(metadata.name, run),
      namespace: metadata.namespace,
      // It goes with its reference.
      ownerReferences: [ownerReferenceTo(secretReferenceKind, metadata)],
    },
    spec: {
      reference: metadata.name,
      run,
      revision,
      ...(remote === undefined ? {} : { remote }),
      ...(token === undefined ? {} : { token }),
      ...(requestedBy === undefined ? {} : { requestedBy }),
    },
  };
}

/** A run as its stages see it. Of one that was given up, the record still says what it was of. */
export function runOf(record: SecretRotation, reference: SecretReference, rotation: RotationSpec): RunSoFar {
  const { metadata, spec, status } = reference;
  const target = (spec.ok ? spec.value.target.name : undefined) ?? metadata.name;
  const revision = record.spec.ok ? record.spec.value.revision : 0;
  const from = record.status?.from ?? status?.candidate?.from;
  return {
    reference,
    record,
    rotation,
    target,
    revision,
    candidate: revisionName(target, revision),
    previous: from === undefined ? undefined : revisionName(target, from),
  };
}
