import { keepsRevisions } from '../../../api/secret-reference/rotation.ts';
import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import { publishedAt } from '../../../api/secret-reference/served.ts';
import type { SecretReferenceStatus } from '../../../api/secret-reference/status.ts';
import { type Clock, parseTime, timestamp } from '../../../core/clock.ts';
import { type Next, noLaterThan } from '../../../runtime/reconcile.ts';
import { findCondition, type NextCondition, type WantedCondition } from '../../conditions.ts';
import { longestWaitMs } from '../../secret-rotation/gate.ts';
import type { Observed } from './observed.ts';
import { type Blocker, countReaders, type Readers } from './readers.ts';
import { howToRevoke } from './revoke.ts';

/**
 * Whether the values from before the present one may be revoked. Decided from status and wall time alone, so a restart changes
 * nothing; what was called safe stays so until something else is published.
 *
 *   published 8            overlap passed          nobody reads 7 any more
 *   ──┼───────────────────────┼───────────────────────┼────▶
 *     OverlapNotOver          OlderInUse (pods are listed)    OlderUnused
 */

type Served = Pick<SecretReferenceStatus, 'target' | 'remote' | 'previous' | 'lastSyncTime'>;

/**
 * Milliseconds after a publication in which pods that were sent to the revision before it are still being made. An answer may be
 * half as old.
 */
const settlingMs = 10_000;

/** Revisions are kept, or somebody says for how long values are in use. */
export const asksWhoReads = ({ spec }: Pick<SecretReference, 'spec'>): boolean =>
  spec.ok && (keepsRevisions(spec.value) || spec.value.rotation?.overlap !== undefined);

/** Wall milliseconds from which on pods are asked who reads older values; undefined where nobody waits for that. */
export function asksFrom({ metadata, spec, status }: SecretReference): number | undefined {
  if (!spec.ok || spec.value.suspend || metadata.deletionTimestamp !== undefined) return undefined;
  if (status === undefined || !asksWhoReads({ spec }) || !hasOlder(status) || leftBehind(status) !== undefined)
    return undefined;
  return findCondition(status.conditions, type)?.status === 'True' ? undefined : overlapEnds({ spec }, status);
}

/** Not later than pods are to be asked. */
export function beforeAsking(next: Next, reference: SecretReference | undefined, clock: Clock): Next {
  const from = reference && asksFrom(reference);
  const wait = from === undefined ? 0 : from - clock.wall();
  return wait <= 0 ? next : noLaterThan(next, clock.steady() + Math.min(wait, longestWaitMs), 'low');
}

/** How long the revision before is kept, whoever refers to it. */
export function isInOverlap({ spec, status }: SecretReference, revision: number, wallMs: number): boolean {
  const until = status?.previous?.find(each => each.revision === revision)?.until;
  return until !== undefined && wallMs < (parseTime(until) ?? 0) + overlapOf({ spec });
}

/** The condition, where it means something. `before`: the status as it is now. */
export function safeToRevoke(
  observed: Observed,
  before: SecretReferenceStatus,
  served: Served,
  readers: Readers,
  wallMs: number,
): readonly NextCondition[] {
  const { reference } = observed;
  const last = findCondition(before.conditions, type);
  const kept = last === undefined ? [] : [last];
  if (!reference.spec.ok || observed.suspended) return kept;
  if (!asksWhoReads(reference) || !hasOlder(served)) return [];
  if (last?.status === 'True' && before.target?.revision === served.target?.revision) return kept;
  const now = withoutPods(reference, served, wallMs);
  if (now !== undefined) return [now];
  if (readers === 'not-asked') return kept;
  return [readers === 'forbidden' ? mayNotAsk(observed) : byPods(observed, served, readers)];
}

const type = 'SafeToRevoke';

function withoutPods(reference: SecretReference, served: Served, wallMs: number): WantedCondition | undefined {
  const newer = leftBehind(served);
  const { revision } = served.target ?? {};
  if (newer !== undefined)
    return no({
      reason: 'RolledBack',
      message: `revision ${revision} is served again, after revision ${newer}: both stay in use`,
    });
  const ends = overlapEnds(reference, served);
  if (wallMs >= ends) return undefined;
  const why =
    overlapOf(reference) === 0
      ? `revision ${revision} was published just now: who reads older ones is asked from ${timestamp(ends)} on`
      : `overlap until ${timestamp(ends)}: what was served before revision ${revision} stays in use as long, as spec.rotation.overlap says`;
  return no({ reason: 'OverlapNotOver', message: why });
}

function byPods(observed: Observed, served: Served, readers: Exclude<Readers, string>): WantedCondition {
  const revision = served.target?.revision;
  const { blockers } = countReaders(readers, countedSecret(served));
  if (blockers.length > 0) return no({ reason: 'OlderInUse', message: blockersText(blockers, revision) });
  const message = `no pod of namespace ${observed.namespace.name} reads a value from before revision ${revision}: ${howToRevoke(observed, served)}`;
  return { type, status: 'True', reason: 'OlderUnused', message };
}

const no = (why: Pick<WantedCondition, 'reason' | 'message'>): WantedCondition => ({ type, status: 'False', ...why });

/** For messages. */
export const howToListPods =
  'set pinning.enabled in its chart, which allows {apiGroups: [""], resources: ["pods"], verbs: ["list"]}';

const mayNotAsk = ({ namespace }: Observed): WantedCondition => ({
  type,
  status: 'Unknown',
  reason: 'RbacMissing',
  message: `the operator may not ask which pods of namespace ${namespace.name} read older values: ${howToListPods}`,
});

/** The Secret of a reference, as pods are counted by it. */
export const countedSecret = (served: Served) => ({
  secret: served.target?.name ?? '',
  revision: served.target?.revision,
  publishedAt: publishedAt(served),
});

/** Owners that are named; of the others it is said how many pods they have. */
const mostNamed = 5;

export function blockersText(blockers: readonly Blocker[], revision: number | undefined): string {
  const sorted = blockers.toSorted((a, b) => b.pods - a.pods || (a.owner < b.owner ? -1 : 1));
  const rest = sorted.slice(mostNamed).reduce((sum, { pods }) => sum + pods, 0);
  const named = sorted.slice(0, mostNamed).map(each => blockerText(each, revision));
  return [...named, ...(rest === 0 ? [] : [`and ${podsText(rest)} more`])].join('; ');
}

function blockerText({ owner, pods, revision: read, orOlder }: Blocker, revision: number | undefined): string {
  const who = `${podsText(pods)} of ${owner.slice(0, 128)}`;
  return orOlder
    ? `${who} started before revision ${revision} was published, and may hold an older value until restarted`
    : `${who} still ${pods === 1 ? 'reads' : 'read'} revision ${read}`;
}

const podsText = (count: number): string => `${count} ${count === 1 ? 'pod' : 'pods'}`;

const hasOlder = ({ target, previous = [] }: Pick<Served, 'target' | 'previous'>): boolean =>
  target !== undefined && (target.revision > 1 || previous.length > 0);

/** The newest revision that was published and left for an older one. */
function leftBehind({ target, previous = [] }: Pick<Served, 'target' | 'previous'>): number | undefined {
  const newer = previous.map(({ revision }) => revision).filter(each => each > (target?.revision ?? 0));
  return newer.length === 0 ? undefined : Math.max(...newer);
}

const overlapOf = ({ spec }: Pick<SecretReference, 'spec'>): number =>
  spec.ok ? (spec.value.rotation?.overlap ?? 0) : 0;

const overlapEnds = (reference: Pick<SecretReference, 'spec'>, served: Served): number =>
  (publishedAt(served) ?? 0) + Math.max(overlapOf(reference), settlingMs);
