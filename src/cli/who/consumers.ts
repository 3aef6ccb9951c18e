import { parseTime } from '../../core/clock.ts';
import { ownerOf } from '../../core/pod-owner.ts';
import { type ReadRevision, readsOfPod, revisionRead, startOfPod } from '../../core/pod-revisions.ts';
import { hasEnded, type PodSecret, secretsOfPod } from '../../core/pod-secrets.ts';
import { fieldOf, textOf } from '../../core/untyped.ts';

/** The Secret that is asked about, as the status of its reference has it. */
export interface Target {
  /** Name of the Secret that changes; its revisions are NAME-rN. */
  readonly secret: string;
  readonly revision: number | undefined;
  /** When it was last written. */
  readonly lastSyncTime: string | undefined;
  /** Since when it holds that revision, where that is known better. */
  readonly publishedAt?: string | undefined;
}

/** One pod that refers to the target or to one of its revisions. */
export interface Consumer {
  readonly pod: string;
  readonly owner: string;
  readonly ended: boolean;
  readonly secrets: readonly string[];
  readonly as: readonly PodSecret['as'][];
  /** `7`, or `8 or older` where the pod may have read it before it was published; empty where nobody knows. */
  readonly revision: string;
}

/** Undefined: the pod has nothing to do with the target. */
export function consumerOf(pod: unknown, target: Target): Consumer | undefined {
  const { secret, revision, lastSyncTime = '', publishedAt = lastSyncTime } = target;
  const counted = { secret, revision, publishedAt: parseTime(publishedAt) };
  const reads = readsOfPod(pod).flatMap(read => {
    const found = revisionRead(read, startOfPod(pod), counted);
    return found === undefined ? [] : [{ name: read.name, text: textOfRevision(found) }];
  });
  if (reads.length === 0) return undefined;
  const secrets = reads.map(({ name }) => name);
  const uses = secretsOfPod(pod).filter(({ name }) => secrets.includes(name));
  return {
    pod: textOf(fieldOf(fieldOf(pod, 'metadata'), 'name')) ?? '',
    owner: ownerOf(pod),
    ended: hasEnded(pod),
    secrets,
    as: [...new Set(uses.map(({ as }) => as))],
    revision: [...new Set(reads.map(({ text }) => text))].filter(Boolean).join(', '),
  };
}

const textOfRevision = ({ revision, orOlder }: ReadRevision): string =>
  `${revision ?? ''}${orOlder ? ' or older' : ''}`;
