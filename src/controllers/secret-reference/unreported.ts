import { annotations as names } from '../../api/annotations.ts';
import type { SecretReference } from '../../api/secret-reference.ts';
import { objectKey } from '../../core/object-key.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { revisionOf } from './compare.ts';
import type { Memory } from './memory.ts';
import { ownerMark } from './ownership.ts';
import type { Ports } from './ports.ts';

/**
 * Before the first turn of a term: Secrets that an earlier process wrote and did not live to tell of. If the reference
 * was renamed since, nothing else would lead to them:
 *
 *   create a ── killed ── renamed to b ── started: status knows neither, memory nothing, the cache shows a
 */
export function rememberUnreported({ references, targets }: Pick<Ports, 'references' | 'targets'>, memory: Memory) {
  for (const { metadata } of targets.values()) {
    const reference = references.get(objectKey(metadata.namespace, ownerNameIn(metadata)));
    if (reference === undefined || !isUnreported(metadata, reference)) continue;
    const { uid } = reference.metadata;
    memory.update(uid, { names: [...(memory.of(uid).names ?? []), metadata.name] });
  }
}

const ownerNameIn = ({ annotations }: ObjectMeta): string => annotations[names.owner]?.split('/')[1] ?? '';

/** Only by its revision, so that a copy that somebody made of a target is nobody's former one. */
function isUnreported(secret: ObjectMeta, { metadata, status }: SecretReference): boolean {
  if (secret.annotations[names.owner] !== ownerMark(metadata) || secret.name === status?.target?.name) return false;
  // A target that went because its remote keys did has taken along what status knew of revisions.
  if (status?.target === undefined && status?.lastSyncTime !== undefined) return false;
  return revisionOf(secret) > (status?.target?.revision ?? 0);
}
