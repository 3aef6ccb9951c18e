import { labels, annotations as names } from '../../../api/annotations.ts';
import type { ObjectKey } from '../../../core/object-key.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { SecretManifest, Secrets } from '../../../kube/secrets.ts';
import { ownership, pointsAt, staleMetadata, without } from '../nouns/target-marks.ts';
import { retryOnConflict, writeFault } from './retry-on-conflict.ts';

/** Leaves the Secret with its values and takes all of ours off it, so that it is nobody's, as it was before it was adopted. */
export const release = (
  key: ObjectKey,
  reference: ObjectMeta,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Result<void>> =>
  retryOnConflict(key, async () => {
    const found = await secrets.get(key, signal);
    if (!found.ok) return found.fault.kind === 'not-found' ? ok(undefined) : writeFault(found.fault, key);
    const { metadata, type, immutable, data } = found.value;
    if (metadata.deletionTimestamp !== undefined || ownership(metadata, reference).kind === 'foreign')
      return ok(undefined);
    const content = { type, data, ...(immutable ? { immutable } : {}) };
    const written = await secrets.replace({ ...content, metadata: unmarked(metadata, reference) }, signal);
    return written.ok ? ok(undefined) : writeFault(written.fault, key);
  });

/** Beside those of the spec. */
const ours = [names.owner, names.revision, names.rotatedFor, names.certificateExpires, names.managedMetadata];

function unmarked(metadata: ObjectMeta, reference: ObjectMeta): SecretManifest['metadata'] {
  const { name, namespace, uid, resourceVersion, finalizers } = metadata;
  const { labels: ofSpec, annotations } = staleMetadata(metadata);
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    finalizers,
    labels: without(metadata.labels, [...ofSpec, labels.managed]),
    annotations: without(metadata.annotations, [...annotations, ...ours]),
    ownerReferences: metadata.ownerReferences.filter(owner => !pointsAt(owner, reference)),
  };
}
