import { maxPrevious, maxReplaced, type PreviousRevision, versionId } from '../../../api/secret-reference/served.ts';
import type { SecretReferenceStatus } from '../../../api/secret-reference/status.ts';
import { parseTime, timestamp } from '../../../core/clock.ts';
import { findCondition } from '../../conditions.ts';
import type { Observed } from '../nouns/observed.ts';
import { countReaders, type Readers } from '../nouns/readers.ts';
import { asksWhoReads, countedSecret } from '../nouns/safe-to-revoke.ts';

type Served = Pick<SecretReferenceStatus, 'target' | 'remote'>;

/**
 * The revisions that were served before. One that was safe to revoke when the next was published is of no interest; one that
 * somebody rolled back from is.
 */
export function previousAfter(
  { reference }: Observed,
  before: SecretReferenceStatus,
  after: Served,
  wallMs: number,
): Pick<SecretReferenceStatus, 'previous'> {
  if (!asksWhoReads(reference) && reference.spec.ok) return {};
  if (after.target === undefined) return {};
  const known = (before.previous ?? []).map(each => notInTheFuture(each, wallMs));
  if (before.target === undefined || before.target.revision === after.target.revision)
    return known.length === 0 ? {} : { previous: known };
  const { revision } = before.target;
  const isForward = after.target.revision > revision;
  const isSettled = isForward && findCondition(before.conditions, 'SafeToRevoke')?.status === 'True';
  const left = leftNow(before, after, wallMs);
  const others = isSettled ? [] : known.filter(each => each.revision !== revision);
  return { previous: [left, ...others].slice(0, maxPrevious) };
}

/** The clock was ahead when it was written: the overlap would be as much longer. */
function notInTheFuture(each: PreviousRevision, wallMs: number): PreviousRevision {
  return (parseTime(each.until) ?? 0) > wallMs ? { ...each, until: timestamp(wallMs) } : each;
}

function leftNow({ target, remote, previous = [] }: SecretReferenceStatus, after: Served, wallMs: number) {
  const { revision = 0 } = target ?? {};
  const now = new Set(after.remote.map(versionId));
  const gone = remote.filter(each => each.version !== undefined && !now.has(versionId(each)));
  const listed = gone.slice(0, maxReplaced).map(({ since: _, ...each }) => each);
  // Of a rollback no versions are known: they are those of when it was served before.
  const replaced = listed.length > 0 ? listed : previous.find(each => each.revision === revision)?.remote;
  return { revision, until: timestamp(wallMs), ...(replaced === undefined ? {} : { remote: replaced }) };
}

/** Pods by revision, where they were counted; else as they last were. */
export function consumersAfter(
  { reference }: Observed,
  before: SecretReferenceStatus,
  served: Parameters<typeof countedSecret>[0],
  readers: Readers,
): Pick<SecretReferenceStatus, 'consumers'> {
  if (served.target === undefined || (reference.spec.ok && !asksWhoReads(reference))) return {};
  const known = before.consumers === undefined ? {} : { consumers: before.consumers };
  if (typeof readers === 'string') return known;
  return { consumers: countReaders(readers, countedSecret(served)).consumers };
}
