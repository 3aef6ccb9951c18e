import { mergeStateOf, annotations as names } from '../../api/annotations.ts';
import type { SecretReference } from '../../api/secret-reference.ts';
import { kubernetesUnavailable } from '../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { KubeFault } from '../../kube/api.ts';
import type { Secrets } from '../../kube/secrets.ts';
import type { Observed } from './observed.ts';
import type { Settled } from './outcome.ts';
import type { Caches } from './ports.ts';
import type { ReferenceStates } from './reference-state.ts';
import { writeFault } from './retry-on-conflict.ts';
import { ownerMark, ownership, revisionOf } from './target-marks.ts';

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

/**
 * Before the first reconcile of a leader: Secrets that an earlier process wrote, or merged keys into, and did not live to
 * report. If the reference was renamed since, nothing else would lead to them:
 *
 *   create a ── killed ── renamed to b ── started: status and state know neither, the cache shows a
 */
export function adoptUnreported(
  { references, targets, hosts }: Pick<Caches, 'references' | 'targets' | 'hosts'>,
  memory: ReferenceStates,
): void {
  const byUid = new Map([...references.values()].map(each => [each.metadata.uid, each]));
  const remember = (uid: string, secret: ObjectMeta, isOurs: (reference: SecretReference) => boolean): void => {
    const { name, namespace } = secret;
    const reference = byUid.get(uid);
    // Anybody can write anybody's UID on a Secret of their own.
    if (reference?.metadata.namespace !== namespace) return;
    if (reference.status?.target?.name === name || !isOurs(reference)) return;
    memory.update(uid, { names: [...(memory.of(uid).names ?? []), name] });
  };
  for (const { metadata } of targets.values())
    remember(ownerUidIn(metadata), metadata, reference => isUnreported(metadata, reference));
  for (const { metadata } of hosts.values())
    for (const uid of mergedUidsIn(metadata)) remember(uid, metadata, () => true);
}

const ownerUidIn = ({ annotations }: ObjectMeta): string => annotations[names.owner]?.split('/')[2] ?? '';

const mergedUidsIn = ({ annotations }: ObjectMeta): readonly string[] =>
  Object.keys(annotations)
    .filter(name => name.startsWith(mergeStateOf('')))
    .map(name => name.slice(mergeStateOf('').length));

/** Only by its revision, so that a copy that somebody made of a target is nobody's former one. */
function isUnreported(secret: ObjectMeta, { metadata, status }: SecretReference): boolean {
  if (secret.annotations[names.owner] !== ownerMark(metadata)) return false;
  // A target that went because its remote keys did has taken along what status knew of revisions.
  if (status?.target === undefined && status?.lastSyncTime !== undefined) return false;
  return revisionOf(secret) > (status?.target?.revision ?? 0);
}
