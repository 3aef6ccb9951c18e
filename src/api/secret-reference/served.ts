import * as z from 'zod';
import { parseTime } from '../../core/clock.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { count, time } from '../fields.ts';

/** What status says of the values that are served, of those before them, and of who reads which. */

/** One remote secret that is served, and in which version. */
export const remoteVersion = z.object({
  source: z.string().max(253).meta({ description: 'Name of the source.' }),
  key: z.string().max(1024).meta({ description: 'The remote key.' }),
  version: z
    .string()
    .max(128)
    .exactOptional()
    .meta({ description: 'The version that is served; absent when the store has none.' }),
  since: time.exactOptional().meta({
    description:
      'With spec.rotation.every: when the version was made, as the store says, or else since when it is served.',
  }),
});

type RemoteVersion = Parsed<typeof remoteVersion>;

/** The remote secret of an entry, as text. */
export const servedId = ({ source, key }: Pick<RemoteVersion, 'source' | 'key'>): string => `${source}/${key}`;
/** The same in that version. */
export const versionId = ({ source, key, version }: Omit<RemoteVersion, 'since'>): string =>
  JSON.stringify([source, key, version]);

/** Earlier revisions that status remembers. */
export const maxPrevious = 10;
/** Remote versions that status remembers of one of them. */
export const maxReplaced = 10;
/** Revisions that pods are counted by. */
export const maxCounts = 10;

const PreviousRevision = z.object({
  revision: count.meta({ description: 'Its number.' }),
  until: time.meta({ description: 'When another was published in its place.' }),
  remote: z
    .array(remoteVersion.omit({ since: true }))
    .max(maxReplaced)
    .exactOptional()
    .meta({
      description: `The versions that were served then and not after it, of at most ${maxReplaced} remote secrets.`,
      'x-kubernetes-list-type': 'atomic',
    }),
});
export type PreviousRevision = Parsed<typeof PreviousRevision>;

export const PreviousRevisions = z
  .array(PreviousRevision)
  .max(maxPrevious)
  .meta({
    description: `Where revisions are kept, or with rotation.overlap: what was served before and was not safe to revoke when the next was published, the last first, at most ${maxPrevious}.`,
    'x-kubernetes-list-type': 'atomic',
  });

export const Consumers = z
  .array(
    z.object({
      revision: count.meta({ description: 'The revision that they read.' }),
      pods: count.meta({ description: 'How many pods.' }),
      orOlder: z.boolean().exactOptional().meta({
        description:
          'True: they started before it was published, and may hold an older one by what they read at their start.',
      }),
    }),
  )
  .max(maxCounts)
  .meta({
    description:
      'Where revisions are kept, or with rotation.overlap: pods by the revision that they read, as last counted; nothing is counted while nobody waits for SafeToRevoke.',
    'x-kubernetes-list-type': 'atomic',
  });
export type Consumers = Parsed<typeof Consumers>;

/** Since when the present revision is published, as far as that is known: RFC 3339. */
export const publishedSince = (status: {
  readonly previous?: readonly PreviousRevision[] | undefined;
  readonly lastSyncTime?: string | undefined;
}): string | undefined => status.previous?.[0]?.until ?? status.lastSyncTime;

/** The same in milliseconds since the epoch. */
export const publishedAt = (status: Parameters<typeof publishedSince>[0]): number | undefined =>
  parseTime(publishedSince(status) ?? '');
