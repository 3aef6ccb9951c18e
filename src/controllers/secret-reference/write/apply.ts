import { type ObjectKey, objectKey } from '../../../core/object-key.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import type { KubeResult } from '../../../kube/api.ts';
import type { Secrets } from '../../../kube/secrets.ts';
import type { Changes, Creation, Write } from '../nouns/changes.ts';
import { type SettledThere, settledResult } from '../nouns/outcome.ts';
import { ownership } from '../nouns/target-marks.ts';
import { notMarked } from './adopt.ts';
import { type Applied, retryOnConflict, writeFault } from './retry-on-conflict.ts';

/** What is there afterwards of what should be, and whether anything went. */
export interface Done {
  readonly there: readonly SettledThere[];
  readonly deleted: boolean;
  /** The target was not written: its content would have changed. */
  readonly held?: true;
}

/**
 * Creates, then updates, then deletes: whoever reads a Secret under its old name finds it until the new one is there.
 * Exactly the writes that were decided on: under the UID and resourceVersion that were looked at, or as a POST.
 */
export async function apply(
  changes: Changes,
  reference: ObjectMeta,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Applied<Done>> {
  const there = changes.keep.map(({ current, revision }) =>
    settledResult('kept', false, revision, current.fingerprint, current.metadata),
  );
  const puts = [
    ...changes.create.map(creation => () => create(creation, secrets, signal)),
    ...changes.update.map(write => () => update(write, secrets, signal)),
  ];
  for (const put of puts) {
    const written = await put();
    if (written === 'conflict' || !written.ok) return written;
    there.push(written.value);
  }
  let deleted = false;
  for (const name of changes.delete) {
    const gone = await deleteIfOurs(objectKey(reference.namespace, name), reference, secrets, signal);
    if (!gone.ok) return gone;
    deleted ||= gone.value;
  }
  return ok({ there, deleted });
}

async function create(creation: Creation, secrets: Secrets, signal: AbortSignal): Promise<Applied<SettledThere>> {
  if (creation.replaces !== undefined) {
    const { uid, resourceVersion } = creation.replaces;
    const gone = await secrets.delete(keyOf(creation), { uid, resourceVersion }, signal);
    if (!gone.ok && gone.fault.kind !== 'not-found') return writeFault(gone.fault, keyOf(creation));
  }
  return writtenResult('created', creation, await secrets.create(creation.manifest, signal));
}

async function update(write: Write, secrets: Secrets, signal: AbortSignal): Promise<Applied<SettledThere>> {
  const answer = await secrets.replace(write.manifest, signal);
  if (!write.adopts) return writtenResult('updated', write, answer);
  const unmarked = !answer.ok && answer.fault.kind === 'refused' && answer.fault.cause === 'admission';
  return unmarked ? failed(notMarked(keyOf(write))) : writtenResult('adopted', write, answer);
}

function writtenResult(
  change: 'created' | 'updated' | 'adopted',
  write: Write,
  answer: KubeResult<ObjectMeta>,
): Applied<SettledThere> {
  if (!answer.ok) return writeFault(answer.fault, keyOf(write));
  return ok(settledResult(change, write.contentChanged, write.revision, write.fingerprint, answer.value));
}

const keyOf = ({ manifest }: Write): ObjectKey => objectKey(manifest.metadata.namespace, manifest.metadata.name);

/**
 * Whether it went. Looks first, because the cache may not know of a Secret yet or may be wrong: what does not carry our
 * mark, or has changed since, is never deleted.
 */
const deleteIfOurs = (
  key: ObjectKey,
  reference: ObjectMeta,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Result<boolean>> =>
  retryOnConflict(key, async () => {
    const found = await secrets.get(key, signal);
    if (!found.ok) return found.fault.kind === 'not-found' ? ok(false) : writeFault(found.fault, key);
    const { metadata } = found.value;
    if (ownership(metadata, reference).kind === 'foreign') return ok(false);
    const { uid, resourceVersion } = metadata;
    const gone = await secrets.delete(key, { uid, resourceVersion }, signal);
    if (gone.ok) return ok(true);
    return gone.fault.kind === 'not-found' ? ok(false) : writeFault(gone.fault, key);
  });
