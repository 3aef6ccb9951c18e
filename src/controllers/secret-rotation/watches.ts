import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import type { SecretRotation } from '../../api/secret-rotation/secret-rotation.ts';
import type { Clock } from '../../core/clock.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { Change } from '../../kube/api.ts';
import { indexBy } from '../../kube/index-by.ts';
import type { Enqueue } from '../../runtime/reconcile.ts';
import type { Records, Watched } from './ports.ts';

/** The reference that a record is of; none, where its spec cannot be read. */
export const referenceOf = ({ metadata, spec }: SecretRotation): readonly ObjectKey[] =>
  spec.ok ? [objectKey(metadata.namespace, spec.value.reference)] : [];

export function indexRecords(rotations: NonNullable<Watched['rotations']>): Records {
  const index = indexBy(rotations, referenceOf);
  return { of: reference => index.keys(reference).flatMap(key => rotations.get(key) ?? []) };
}

/** Runs and references wake each other: what one has written lets the other go on. */
export function watchForRotations(
  { references, rotations }: Watched,
  clock: Clock,
  enqueue: { readonly run: Enqueue; readonly reference: Enqueue },
): void {
  if (rotations === undefined) return;
  references.onChange(({ key, before, after }) => {
    if ([before, after].some(hasRun)) enqueue.run(key, 'normal', clock.steady());
  });
  rotations.onChange(change => {
    for (const key of keysOf(change)) {
      enqueue.run(key, 'normal', clock.steady());
      if (letsReferenceGoOn(change)) enqueue.reference(key, 'high', clock.steady());
    }
  });
}

const keysOf = ({ before, after }: Change<SecretRotation>): readonly ObjectKey[] => {
  const record = after ?? before;
  return record === undefined ? [] : referenceOf(record);
};

export const hasRun = (reference: SecretReference | undefined): boolean =>
  reference?.status?.candidate?.run !== undefined;

/** A new one may be somebody else's, under the name of its run. */
const letsReferenceGoOn = ({ before, after }: Change<SecretRotation>): boolean =>
  before === undefined ||
  before.status?.stage !== after?.status?.stage ||
  before.status?.result !== after?.status?.result;
