import { labels, annotations as names } from '../../../api/annotations.ts';
import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import type { MetadataObject, ObjectMeta } from '../../../core/object-meta.ts';
import type { Informer } from '../../../kube/api.ts';
import { indexBy } from '../../../kube/index-by.ts';
import { type Revision, revisionIn } from './revisions.ts';
import { mergedUidsIn, ownerMark, ownerUidsIn, revisionOf } from './target-marks.ts';

/** The Secrets that a reference wrote, or merged keys into, as they say themselves. */
export interface OwnedSecrets {
  of(reference: SecretReference): readonly ObjectMeta[];
  /** Those of delivery Pinned, of earlier target names too. */
  revisions(reference: SecretReference): readonly Revision[];
}

/**
 * By the UID of the owner that each Secret names, kept up to date by the watches. So a Secret is found that a process
 * wrote and did not live to report, also when its reference was renamed since:
 *
 *   create a ── killed ── renamed to b ── started: status and state know neither, the index shows a
 */
export function indexOwned(
  targets: Pick<Informer<MetadataObject>, 'get' | 'values' | 'onChange'>,
  hosts: Pick<Informer<MetadataObject>, 'get' | 'values' | 'onChange'>,
): OwnedSecrets {
  const written = indexBy(targets, ({ metadata }) => ownerUidsIn(metadata));
  const merged = indexBy(hosts, ({ metadata }) => mergedUidsIn(metadata));
  const writtenBy = ({ metadata }: SecretReference): readonly ObjectMeta[] =>
    written.keys(metadata.uid).flatMap(key => targets.get(key)?.metadata ?? []);
  return {
    of: reference => {
      const { uid, namespace } = reference.metadata;
      const withKeys = merged.keys(uid).flatMap(key => hosts.get(key)?.metadata ?? []);
      const all = [...writtenBy(reference).filter(secret => isTarget(secret, reference)), ...withKeys];
      // Anybody can write anybody's UID on a Secret of their own.
      return all.filter(secret => secret.namespace === namespace);
    },
    revisions: reference => writtenBy(reference).flatMap(secret => revisionIn(secret, reference.metadata) ?? []),
  };
}

/** The one that status names, or a newer one that status never came to name: a copy that somebody made is neither. */
function isTarget(secret: ObjectMeta, { metadata, status }: SecretReference): boolean {
  if (secret.annotations[names.owner] !== ownerMark(metadata) || secret.labels[labels.revisionOf] !== undefined)
    return false;
  if (secret.name === status?.target?.name) return true;
  // A target that went because its remote keys did has taken along what status knew of revisions.
  if (status?.target === undefined && status?.lastSyncTime !== undefined) return false;
  return revisionOf(secret) > (status?.target?.revision ?? 0);
}
