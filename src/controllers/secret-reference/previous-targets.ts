import { kubernetesUnavailable } from '../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { KubeFault } from '../../kube/api.ts';
import type { Secrets } from '../../kube/secrets.ts';
import type { Observed } from './observed.ts';
import type { Settled } from './outcome.ts';
import { writeFault } from './retry-on-conflict.ts';
import { ownership } from './target-marks.ts';

/** A renamed target was made first; now those under earlier names go, if they are still ours. */
export async function deletePrevious(
  { previousNames, namespace, reference }: Observed,
  settled: Settled,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Result<Settled>> {
  let deleted = false;
  for (const name of previousNames) {
    const left = await deleteIfOurs(objectKey(namespace.name, name), reference.metadata, secrets, signal);
    if (!left.ok) return left;
    deleted ||= left.value === 'deleted';
  }
  return ok(settled.kind === 'gone' && deleted ? { ...settled, deleted } : settled);
}

/** Looks, because the cache may not know yet of a Secret: the answer to its write was lost, or its event is late. */
async function deleteIfOurs(
  key: ObjectKey,
  reference: ObjectMeta,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Result<'deleted' | 'nothing'>> {
  const found = await secrets.get(key, signal);
  if (!found.ok) return notDeleted(found.fault, key);
  const { metadata } = found.value;
  if (ownership(metadata, reference).kind === 'foreign') return ok('nothing');
  const { uid, resourceVersion } = metadata;
  const gone = await secrets.delete(key, { uid, resourceVersion }, signal);
  return gone.ok ? ok('deleted') : notDeleted(gone.fault, key);
}

function notDeleted(fault: KubeFault, key: ObjectKey): Result<'nothing'> {
  if (fault.kind === 'not-found') return ok('nothing');
  const answer = writeFault(fault, key);
  if (answer !== 'conflict') return answer;
  return failed(kubernetesUnavailable(`Secret ${key}, the former target, changed just now: it is tried again`));
}
