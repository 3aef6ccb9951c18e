import { adoptFinalizer, mergeFinalizer } from '../../api/annotations.ts';
import type { Fault, FaultReason } from '../../core/fault.ts';
import { findCondition } from '../conditions.ts';
import { closedUntil, waitingTokens } from '../secret-rotation/gate.ts';
import { isCandidateOutdated, publishing, putsBack, repairs, runEnded, runPublishes } from './nouns/kept.ts';
import { isUntouched, type Observed, type Wanted } from './nouns/observed.ts';
import { type Because, type Plan, sourcesOf, type Timing } from './nouns/planned.ts';
import { isUnpublished, pinnedIsMissing, publishedRevision, type Revision } from './nouns/revisions.ts';
import { isDueUnreported, untilDue } from './nouns/rotation-due.ts';
import { isNobodys, ownedByAnother, ownership, revisionOf } from './nouns/target-marks.ts';
import { allowance, isRequested } from './rotation.ts';

/** What holds for every reference; first match wins. */
const gates: readonly Check<Observed>[] = [isBeingDeleted, isSuspended, namespaceTerminating, isRolledBack];

const neverSynced = syncBecause('NeverSynced', ({ reference }) => reference.status?.target === undefined);
const edited = syncBecause('SpecChanged', specChanged);
const rendersAnew = syncBecause('TemplateChanged', templateChanged);
const unreported = syncBecause('WriteUnreported', writeUnreported);
const missing = syncBecause('TargetMissing', targetMissing);
const tampered = syncBecause('TargetTampered', targetTampered);
const outdated = syncBecause('CandidateOutdated', isCandidateOutdated);

/** What does not wait for the window. While it is closed this comes first, so that a token that waits is not in its way. */
const unhindered: readonly Check<Usable>[] = [
  targetOwnedByAnother,
  neverSynced,
  edited,
  rendersAnew,
  unreported,
  missing,
  tampered,
];

/** Where newer values pass stages, what the run says comes before what is tampered with: it was killed in its own write. */
const judged: readonly Check<Usable>[] = [
  targetOwnedByAnother,
  neverSynced,
  runPublishes,
  edited,
  rendersAnew,
  putsBack,
  missing,
  tampered,
  unreported,
  runEnded,
  outdated,
  syncBecause('RepairUnreported', repairUnreported),
  runIsFixed,
];

/** What holds for one whose spec and sources can be used. First match wins. The order is the policy. */
const checks: readonly Check<Usable>[] = [
  targetOwnedByAnother,
  rotationTooSoon,
  syncBecause('RotationRequested', ({ asked }) => isRequested(asked)),
  syncBecause('WindowOpen', windowOpen),
  neverSynced,
  edited,
  rendersAnew,
  syncBecause('SourceChanged', sourceChanged),
  unreported,
  missing,
  tampered,
  syncBecause(
    'LastAttemptFailed',
    ({ reference }) => findCondition(reference.status?.conditions, 'Synced')?.status !== 'True',
  ),
  syncBecause('RefreshDue', ({ dueAt }, { now }) => dueAt !== undefined && dueAt <= now),
  syncBecause('RepairUnreported', repairUnreported),
  dueUnreported,
];

type Check<T> = (observed: T, timing: Timing) => Plan | undefined;
type Usable = Omit<Observed, 'wanted'> & { readonly wanted: Wanted };

export function plan(observed: Observed, timing: Timing): Plan {
  const { wanted } = observed;
  const gate = firstOf(gates, observed, timing);
  if (gate !== undefined) return gate;
  if (!wanted.ok) return refuse(wanted.fault);
  const usable = { ...observed, wanted: wanted.value };
  return (
    firstOf(ahead(usable, timing), usable, timing) ?? firstOf(checks, usable, timing) ?? waitUntil(observed, timing)
  );
}

/** What comes first where newer values wait. */
function ahead({ isJudged, wanted }: Usable, { wall }: Timing): readonly Check<Usable>[] {
  if (isJudged) return judged;
  return closedUntil(wanted.spec, wall) === undefined ? [] : unhindered;
}

function waitUntil(
  { dueAt, reference: { spec, status } }: Pick<Observed, 'dueAt' | 'reference'>,
  { now, wall }: Timing,
): Plan {
  const ages = untilDue(spec, status?.remote ?? [], wall);
  const times = [dueAt, ages && now + ages].filter(time => time !== undefined);
  return times.length === 0 ? { kind: 'idle' } : { kind: 'wait', until: Math.min(...times), priority: 'low' };
}

function firstOf<T>(list: readonly Check<T>[], observed: T, timing: Timing): Plan | undefined {
  for (const check of list) {
    const found = check(observed, timing);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isBeingDeleted({ reference: { metadata } }: Observed): Plan | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  const isOurs = (name: string): boolean => name === mergeFinalizer || name === adoptFinalizer;
  return metadata.finalizers.some(isOurs) ? { kind: 'finalize' } : { kind: 'idle' };
}

function isSuspended({ suspended }: Observed): Plan | undefined {
  return suspended ? { kind: 'suspended' } : undefined;
}

function namespaceTerminating({ namespace }: Observed): Plan | undefined {
  return namespace.terminating ? { kind: 'idle' } : undefined;
}

/** Before anything that a source could be the reason of: a rollback needs no store. */
function isRolledBack(observed: Observed, { requestedAt }: Timing): Plan | undefined {
  const published = publishedRevision(observed);
  const { spec, status } = observed.reference;
  if (published.kind === 'newest' || !spec.ok) return undefined;
  if (published.kind === 'refused') return refuse(published.fault);
  if (isInPlace(observed, published.revision)) return { kind: 'idle' };
  const wanted = { spec: spec.value, templateInputs: status?.target?.templateInputs };
  return publishing(published.revision, wanted, 'RolledBack', requestedAt);
}

/** Nothing newer takes the place of what was judged. */
function runIsFixed(observed: Usable, timing: Timing): Plan | undefined {
  if (observed.turn.kind !== 'fixed') return undefined;
  return dueUnreported(observed, timing) ?? waitUntil({ ...observed, dueAt: undefined }, timing);
}

const isInPlace = (observed: Observed, { metadata }: Revision): boolean =>
  observed.reference.status?.target?.pinned?.uid === metadata.uid &&
  findCondition(observed.reference.status.conditions, 'Synced')?.reason === 'RolledBack' &&
  isUntouched(observed) &&
  !specChanged(observed);

function targetOwnedByAnother({ creationPolicy, target, targetName, reference, wanted }: Usable): Plan | undefined {
  if (target === undefined || creationPolicy === 'Merge') return undefined;
  const found = ownership(target, reference.metadata);
  // Whether one that is nobody's is adopted is seen when it is read.
  if (found.kind === 'ours' || (isNobodys(target) && wanted.spec.target.adopt !== undefined)) return undefined;
  return refuse(ownedByAnother(targetName, found));
}

function rotationTooSoon({ asked, state }: Usable, { now }: Timing): Plan | undefined {
  if (!isRequested(asked)) return undefined;
  const { readyAt } = allowance(state.bucket, now);
  return readyAt <= now ? undefined : { kind: 'wait', until: readyAt, priority: 'high' };
}

function windowOpen({ isJudged, reference, wanted }: Usable, { wall }: Timing): boolean {
  return !isJudged && reference.status?.candidate !== undefined && closedUntil(wanted.spec, wall) === undefined;
}

/** Status knows an older revision than the Secret: we stopped between the two writes, or somebody restored the reference. */
function writeUnreported(observed: Usable): boolean {
  const { reference, target, keepsRevisions } = observed;
  if (keepsRevisions && isUnpublished(observed)) return true;
  return target !== undefined && revisionOf(target) > (reference.status?.target?.revision ?? 0);
}

function targetMissing(observed: Usable): boolean {
  return observed.target === undefined || (observed.keepsRevisions && pinnedIsMissing(observed));
}

/** We put back what is no content (a label, an owner), and status does not say so: after a restart it would look tampered with. */
function repairUnreported({ reference, target }: Usable): boolean {
  return target !== undefined && target.resourceVersion !== reference.status?.target?.resourceVersion;
}

function sourceChanged({ state, wanted: { spec, reads, searches } }: Usable): boolean {
  if (spec.refreshPolicy === 'Once') return false;
  return state.sources !== undefined && state.sources !== sourcesOf([...reads, ...searches]);
}

/** Also when a Secret may be left under another name: that is how a spec looked when it was written there. */
function specChanged({ reference, previousNames }: Pick<Observed, 'reference' | 'previousNames'>): boolean {
  return reference.status?.target?.generation !== reference.metadata.generation || previousNames.length > 0;
}

function templateChanged({ reference, wanted }: Usable): boolean {
  return reference.status?.target?.templateInputs !== wanted.templateInputs;
}

function targetTampered(observed: Usable): boolean {
  return observed.target !== undefined && !isUntouched(observed);
}

function dueUnreported({ reference }: Usable, { wall }: Timing): Plan | undefined {
  return isDueUnreported(reference, wall) ? { kind: 'aged' } : undefined;
}

/** The last values were read but could not be written: whoever clears the way waits for them, not for those before. */
function writeIsOverdue({ reference }: Usable): boolean {
  return unwritten.has(findCondition(reference.status?.conditions, 'Synced')?.reason);
}

const unwritten: ReadonlySet<string | undefined> = new Set<FaultReason>([
  'TargetConflict',
  'TargetImmutable',
  'TargetWriteRefused',
  'AdoptionMatches',
  'AdoptionDiffers',
]);

/** What refreshPolicy Once does with the versions that are served. A rotation moves on, and so does what status does not know of. */
const keptByOnce: readonly Because[] = ['SpecChanged', 'TemplateChanged', 'LastAttemptFailed'];
/** What is carried out while the window is closed, with the versions that are served. */
const keptWhileClosed: readonly Because[] = ['SpecChanged', 'TemplateChanged', 'TargetTampered'];

function syncBecause(because: Because, holds: (observed: Usable, timing: Timing) => boolean): Check<Usable> {
  return (observed, timing) => {
    if (!holds(observed, timing)) return undefined;
    const { wanted, dueAt, reference } = observed;
    const isServed = reference.status?.target !== undefined;
    const closed = isServed ? closedUntil(wanted.spec, timing.wall) : undefined;
    const waits = closed !== undefined || (isServed && observed.isJudged);
    const keepsClosed = waits && keptWhileClosed.includes(because);
    const mayKeep = keepsClosed || !writeIsOverdue(observed);
    const repair = mayKeep && repairs.includes(because);
    const keepsVersions =
      repair || keepsClosed || (mayKeep && wanted.spec.refreshPolicy === 'Once' && keptByOnce.includes(because));
    const isAside = keepsVersions && waits;
    return {
      ...wanted,
      kind: 'sync',
      because,
      repair,
      keepsVersions,
      holdsUntil: keepsVersions ? undefined : closed,
      acquires: !keepsVersions && waits && observed.isJudged,
      notBefore: because === 'RefreshDue' && dueAt !== undefined ? dueAt : timing.requestedAt,
      asked: isAside ? {} : { ...waitingTokens(reference.status?.candidate), ...observed.asked },
      leavesMore: isAside && (isRequested(observed.asked) || reference.status?.candidate?.run !== undefined),
    };
  };
}

const refuse = (fault: Fault): Plan => ({ kind: 'refuse', fault });
