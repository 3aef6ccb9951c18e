import { objectKey } from '../../../core/object-key.ts';
import { isUntouched, type Observed, type Wanted } from './observed.ts';
import type { Because, Plan, SyncPlan, Timing } from './planned.ts';
import { type Revision, revisionGone, revisionName } from './revisions.ts';

/** What is published from a revision that was kept, instead of from the store. */

/** Why a Secret is put back to what it was. */
export const repairs: readonly Because[] = ['TargetMissing', 'TargetTampered', 'RepairUnreported'];

/** The sync that copies a kept revision into the live Secret, and reads nothing. */
export const publishing = (
  publishes: Revision,
  { spec, templateInputs }: Pick<Wanted, 'spec' | 'templateInputs'>,
  because: Because,
  notBefore: number,
): SyncPlan => ({
  kind: 'sync',
  because,
  spec,
  templateInputs,
  reads: [],
  searches: [],
  asked: {},
  repair: repairs.includes(because),
  keepsVersions: false,
  notBefore,
  holdsUntil: undefined,
  acquires: false,
  leavesMore: because === 'RunRollsBack',
  publishes,
});

type Usable = Omit<Observed, 'wanted'> & { readonly wanted: Wanted };

/** A run has come to the stage that changes the live Secret. What was rendered from another spec is not what was judged. */
export function runPublishes(observed: Usable, { requestedAt }: Pick<Timing, 'requestedAt'>): Plan | undefined {
  const { turn, wanted, targetName, namespace, reference } = observed;
  if (turn.kind !== 'publish') return undefined;
  const goesOn = turn.state === 'Published';
  if (goesOn && isCandidateOutdated(observed)) return undefined;
  const { uid, fromUid } = reference.status?.candidate ?? {};
  const revision = revisionOfNumber(observed, turn.revision, goesOn ? uid : fromUid);
  if (revision === undefined)
    return { kind: 'refuse', fault: revisionGone(objectKey(namespace.name, revisionName(targetName, turn.revision))) };
  return publishing(revision, wanted, goesOn ? 'RunPublishes' : 'RunRollsBack', requestedAt);
}

/** From the revision itself: the store may not have those versions any more, and newer ones nobody has judged. */
export function putsBack(observed: Usable, { requestedAt }: Pick<Timing, 'requestedAt'>): Plan | undefined {
  const { target, reference, wanted } = observed;
  const { revision: number, pinned } = reference.status?.target ?? {};
  const revision = revisionOfNumber(observed, number, pinned?.uid);
  if (revision === undefined || (target !== undefined && isUntouched(observed))) return undefined;
  return publishing(revision, wanted, target === undefined ? 'TargetMissing' : 'TargetTampered', requestedAt);
}

/** Whoever asked has waited for the end. */
export function runEnded({ turn }: Pick<Usable, 'turn'>): Plan | undefined {
  return turn.kind === 'end' ? { kind: 'ended', turn } : undefined;
}

/** That of the target under its present name. One that somebody has made again may hold anything: it has another UID. */
const revisionOfNumber = (
  { revisions, targetName }: Pick<Observed, 'revisions' | 'targetName'>,
  wanted: number | undefined,
  uid: string | undefined,
): Revision | undefined =>
  revisions.find(
    ({ of, number, metadata }) => of === targetName && number === wanted && (uid === undefined || metadata.uid === uid),
  );

/** The candidate was rendered from another spec or other templates, or its revision was deleted, or its record cannot be made. */
export function isCandidateOutdated(observed: Usable): boolean {
  const { reference, wanted, turn } = observed;
  const candidate = reference.status?.candidate;
  if (candidate?.run === undefined || candidate.state !== 'Held') return false;
  return (
    turn.kind === 'taken' ||
    candidate.generation !== reference.metadata.generation ||
    candidate.templateInputs !== wanted.templateInputs ||
    revisionOfNumber(observed, candidate.revision, candidate.uid) === undefined
  );
}
