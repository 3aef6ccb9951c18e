import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { ok } from '../../core/result.ts';
import type { KubeResult } from '../../kube/api.ts';
import type { Secrets } from '../../kube/secrets.ts';
import type { Change, Write } from './changes.ts';
import { type Settled, settledResult } from './outcome.ts';
import { type Applied, writeFault } from './retry-on-conflict.ts';

/** Exactly the write that was decided on: under the UID and resourceVersion that were looked at, or as a POST. */
export async function apply(change: Change, secrets: Secrets, signal: AbortSignal): Promise<Applied<Settled>> {
  switch (change.kind) {
    case 'nothing':
      return ok({ kind: 'gone', proof: change.proof, deleted: false });
    case 'keep':
      return ok(settledResult('kept', false, change.revision, change.current.fingerprint, change.current.metadata));
    case 'create':
      return writtenResult('created', change.write, await secrets.create(change.write.manifest, signal));
    case 'update':
      return writtenResult('updated', change.write, await secrets.replace(change.write.manifest, signal));
    case 'recreate': {
      const gone = await deleteSecret(targetKeyOf(change.write), { uid: change.uid }, secrets, signal);
      return gone === undefined
        ? writtenResult('created', change.write, await secrets.create(change.write.manifest, signal))
        : gone;
    }
    case 'delete': {
      const { namespace, name, uid, resourceVersion } = change.current.metadata;
      const gone = await deleteSecret(objectKey(namespace, name), { uid, resourceVersion }, secrets, signal);
      return gone ?? ok({ kind: 'gone', proof: change.proof, deleted: true });
    }
    default:
      return change satisfies never;
  }
}

const targetKeyOf = ({ manifest }: Write): ObjectKey => objectKey(manifest.metadata.namespace, manifest.metadata.name);

function writtenResult(change: 'created' | 'updated', write: Write, answer: KubeResult<ObjectMeta>): Applied<Settled> {
  if (!answer.ok) return writeFault(answer.fault, targetKeyOf(write));
  return ok(settledResult(change, write.contentChanged, write.revision, write.fingerprint, answer.value));
}

/** Undefined when it is gone. */
async function deleteSecret(
  key: ObjectKey,
  preconditions: { readonly uid: string; readonly resourceVersion?: string },
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Applied<never> | undefined> {
  const answer = await secrets.delete(key, preconditions, signal);
  if (answer.ok || answer.fault.kind === 'not-found') return undefined;
  return writeFault(answer.fault, key);
}
