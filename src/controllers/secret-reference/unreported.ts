import { mergeStateOf, annotations as names } from '../../api/annotations.ts';
import type { SecretReference } from '../../api/secret-reference.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { revisionOf } from './compare.ts';
import type { Memory } from './memory.ts';
import { ownerMark } from './ownership.ts';
import type { Ports } from './ports.ts';

/**
 * Before the first turn of a term: Secrets that an earlier process wrote, or merged keys into, and did not live to tell
 * of. If the reference was renamed since, nothing else would lead to them:
 *
 *   create a ── killed ── renamed to b ── started: status knows neither, memory nothing, the cache shows a
 */
export function rememberUnreported(
  { references, targets, hosts }: Pick<Ports, 'references' | 'targets' | 'hosts'>,
  memory: Memory,
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
