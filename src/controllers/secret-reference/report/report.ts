import type { Condition, Reason } from '../../../api/conditions.ts';
import type { Candidate, SecretReferenceStatus } from '../../../api/secret-reference/status.ts';
import { timestamp } from '../../../core/clock.ts';
import { type Fault, faultPolicy } from '../../../core/fault.ts';
import { findCondition, type NextCondition, type WantedCondition, withConditions } from '../../conditions.ts';
import { leftOutNote } from '../nouns/desired.ts';
import type { Observed } from '../nouns/observed.ts';
import { isUntouched } from '../nouns/observed.ts';
import { type Held, mainWrite, type Outcome, type SettledThere, type Synced } from '../nouns/outcome.ts';
import type { Readers } from '../nouns/readers.ts';
import { newestNumber, rolledBackText } from '../nouns/revisions.ts';
import { rotationDue } from '../nouns/rotation-due.ts';
import { howToListPods, safeToRevoke } from '../nouns/safe-to-revoke.ts';
import { remoteOf, remoteSince } from '../reads/served.ts';
import { candidateAfter, heldText, keptRemote, renderedFrom, runsAfter, runText, withheldAfter } from './candidate.ts';
import { consumersAfter, previousAfter } from './previous.ts';
import { rotationAfter } from './rotation-status.ts';

/** The status that reports the outcome; the only place that builds conditions. Equal to the old one when nothing is new. */
export function statusAfter(
  observed: Observed,
  outcome: Outcome,
  wallMs: number,
  readers: Readers = 'not-asked',
): SecretReferenceStatus {
  const before: SecretReferenceStatus = observed.reference.status ?? { conditions: [], remote: [] };
  const { generation } = observed.reference.metadata;
  const target = targetAfter(observed, outcome, before, wallMs);
  const holding = candidateAfter(observed, outcome, before, wallMs);
  const served = { ...target, ...previousAfter(observed, before, target, wallMs) };
  const conditions = [
    ...wantedConditions(observed, outcome, before.conditions, holding.candidate),
    ...rotationDue(observed.reference, target.remote, wallMs),
    ...safeToRevoke(observed, before, served, readers, wallMs),
  ];
  return {
    ...sourceStatus(observed),
    ...served,
    ...consumersAfter(observed, before, served, readers),
    ...newestAfter(observed, outcome),
    ...pinsAfter(observed, outcome),
    ...holding,
    ...runsAfter(before, holding),
    ...withheldAfter(before, holding, outcome.kind === 'synced' ? outcome.settled.revision : undefined),
    ...rotationAfter(observed, outcome, wallMs),
    observedGeneration: generation,
    conditions: withConditions(before.conditions, conditions, generation, wallMs),
  };
}

function wantedConditions(
  observed: Observed,
  outcome: Outcome,
  before: readonly Condition[],
  candidate: Candidate | undefined,
): readonly NextCondition[] {
  switch (outcome.kind) {
    case 'ended':
      return candidate === undefined
        ? unchanged(before)
        : heldConditions(observed, runText(observed, candidate), heldReasons.failed);
    case 'aged':
      return unchanged(before);
    case 'suspended':
      return suspendedConditions(observed);
    case 'failed':
      return failedConditions(outcome.fault, isServed(observed, outcome.fault));
    case 'gone':
      return failedConditions(outcome.fault, false);
    case 'synced':
      if (outcome.plan.because === 'RolledBack') return rolledBackConditions(observed, outcome);
      return renderedFrom(observed, outcome, candidate).generation === observed.reference.metadata.generation
        ? syncedConditions(observed, outcome)
        : reconciling(heldReasons.failed, `Secret ${observed.targetName} gets next what was edited during the run`);
    case 'held':
      return heldConditions(observed, heldText(observed, outcome, candidate), heldReason(outcome, candidate));
    default:
      return outcome satisfies never;
  }
}

const unchanged = (before: readonly Condition[]): readonly Condition[] =>
  before.filter(({ type }) => type !== 'RotationDue' && type !== 'SafeToRevoke');

/** Ready keeps what it was while the Secret stays what it was: nothing is put back now. */
function suspendedConditions(observed: Observed): readonly WantedCondition[] {
  const reason = 'Suspended';
  const wasReady = findCondition(observed.reference.status?.conditions, 'Ready')?.status === 'True';
  const served = wasReady && isWritten(observed);
  const state = served ? 'is kept as it is' : 'is not what the spec asks for';
  return [
    { type: 'Ready', status: served ? 'True' : 'False', reason, message: `the Secret ${state}: spec.suspend is true` },
    {
      type: 'Synced',
      status: 'False',
      reason,
      message: 'nothing is read or written, and rotation requests wait: spec.suspend is true',
    },
  ];
}

/** A good Secret stays Ready through an outage; Reconciling and Stalled say whether trying again can help. */
function failedConditions({ kind, reason, message }: Fault, served: boolean): readonly WantedCondition[] {
  const { stalled } = faultPolicy[kind];
  const ready: WantedCondition = served
    ? { type: 'Ready', status: 'True', reason: 'Synced', message: 'the last good Secret is in place' }
    : { type: 'Ready', status: 'False', reason, message };
  return [
    ready,
    { type: 'Synced', status: 'False', reason, message },
    ...(stalled ? [{ type: 'Stalled', status: 'True', reason, message } as const] : []),
    ...(stalled || served ? [] : [{ type: 'Reconciling', status: 'True', reason, message } as const]),
  ];
}

function syncedConditions(
  { targetName, namespace }: Observed,
  { keys, leftOut, unseenRevisions = 0 }: Synced,
): readonly WantedCondition[] {
  const message = `Secret ${namespace.name}/${targetName} is in step: ${keys} ${keys === 1 ? 'key' : 'keys'}${leftOutNote(leftOut)}${unseenNote(unseenRevisions)}`;
  return [
    { type: 'Ready', status: 'True', reason: 'Synced', message },
    { type: 'Synced', status: 'True', reason: 'Synced', message },
  ];
}

const heldReasons = {
  window: { reason: 'WindowClosed' },
  pending: { reason: 'RotationPending' },
  failed: { reason: 'RotationFailed' },
} as const;

const heldReason = ({ acquired }: Held, candidate: Candidate | undefined) =>
  acquired === undefined ? heldReasons.window : heldReasons[candidate?.result === undefined ? 'pending' : 'failed'];

/** What is served is what it should be until then. */
function heldConditions(
  observed: Observed,
  message: string,
  { reason }: { readonly reason: Reason },
): readonly WantedCondition[] {
  if (isCurrent(observed))
    return [
      { type: 'Ready', status: 'True', reason: 'Synced', message: 'the Secret that is served is in place' },
      { type: 'Synced', status: 'True', reason, message },
    ];
  return reconciling({ reason }, message);
}

const reconciling = ({ reason }: { readonly reason: Reason }, message: string): readonly WantedCondition[] => [
  { type: 'Ready', status: 'False', reason, message },
  { type: 'Synced', status: 'False', reason, message },
  { type: 'Reconciling', status: 'True', reason, message },
];

/** Good, and not what the store has: by the will of whoever set the annotation. */
function rolledBackConditions({ targetName, namespace }: Observed, { settled }: Synced): readonly WantedCondition[] {
  const message = rolledBackText(`${namespace.name}/${targetName}`, settled.revision);
  return [
    { type: 'Ready', status: 'True', reason: 'RolledBack', message },
    { type: 'Synced', status: 'False', reason: 'RolledBack', message },
  ];
}

const unseenNote = (count: number): string =>
  count === 0
    ? ''
    : `; old revisions are kept, because the operator may not ask which pods refer to them: ${howToListPods}`;

const isServed = (observed: Observed, fault: Fault): boolean =>
  faultPolicy[fault.kind].keepsReady && isCurrent(observed);

/** Whether the Secret of the current generation is there and untouched, whatever just failed. */
const isCurrent = (observed: Observed): boolean =>
  isWritten(observed) && observed.reference.status?.target?.generation === observed.reference.metadata.generation;

/** The Secret is there under its name, as the last write left it. */
const isWritten = (observed: Observed): boolean =>
  observed.reference.status?.target?.name === observed.targetName && isUntouched(observed);

function sourceStatus({ source, reference }: Observed): Pick<SecretReferenceStatus, 'source'> {
  if (source !== undefined) return { source: { kind: source.object.kind, name: source.object.metadata.name } };
  const kept = reference.status?.source;
  return kept === undefined ? {} : { source: kept };
}

/** The Secret as it was left, and the versions that it holds. A refusal or an outage changes neither. */
function targetAfter(
  observed: Observed,
  outcome: Outcome,
  before: SecretReferenceStatus,
  wallMs: number,
): Pick<SecretReferenceStatus, 'target' | 'remote' | 'lastSyncTime'> {
  const { target, remote, lastSyncTime } = before;
  const now = { lastSyncTime: timestamp(wallMs) };
  const earlier = lastSyncTime === undefined ? {} : { lastSyncTime };
  if (outcome.kind === 'gone') return { remote: [], ...(outcome.deleted ? now : earlier) };
  if (outcome.kind !== 'synced') return { remote, ...earlier, ...(target === undefined ? {} : { target }) };
  const { wanted } = observed;
  const { contentChanged, revision, metadata, pinned } = outcome.settled;
  const { change } = mainWrite(outcome.settled);
  const isTimed = wanted.ok && wanted.value.spec.rotation?.every !== undefined;
  const { name, resourceVersion } = metadata;
  const { generation, templateInputs } = renderedFrom(observed, outcome, before.candidate);
  const inputs = templateInputs === undefined ? {} : { templateInputs };
  return {
    target: { name, generation, revision, keys: outcome.keys, resourceVersion, ...inputs, ...pinnedOf(pinned) },
    remote:
      keptRemote(outcome.plan, before) ??
      (isTimed ? remoteSince(outcome.answers, before, contentChanged, now.lastSyncTime) : remoteOf(outcome.answers)),
    ...(change === 'kept' ? earlier : now),
  };
}

const pinnedOf = (pinned: SettledThere | undefined) =>
  pinned === undefined ? {} : { pinned: { name: pinned.metadata.name, uid: pinned.metadata.uid } };

/** Never lowered, and kept when the Secret goes: a name that was used once is not used again. */
function newestAfter(observed: Observed, outcome: Outcome): Pick<SecretReferenceStatus, 'newestRevision'> {
  const before = observed.reference.status?.newestRevision;
  if (!observed.keepsRevisions && before === undefined) return {};
  const pinned = outcome.kind === 'synced' ? outcome.settled.pinned : undefined;
  const made = pinned?.revision ?? (outcome.kind === 'held' ? outcome.acquired?.revision : undefined) ?? 0;
  // Where runs judge, one that nobody needs any more is no reason to make another.
  const seen = observed.isJudged ? newestNumber(observed) : 0;
  const newestRevision = Math.max(before ?? 0, made, seen);
  return newestRevision === 0 ? {} : { newestRevision };
}

/** They go with Pinned: nobody is sent to a revision any more. */
function pinsAfter({ reference }: Observed, outcome: Outcome): Pick<SecretReferenceStatus, 'pins'> {
  const { spec, status } = reference;
  if (spec.ok && spec.value.delivery.mode === 'Live') return {};
  const pins = outcome.kind === 'synced' && outcome.pins !== undefined ? outcome.pins : status?.pins;
  return pins === undefined || Object.keys(pins).length === 0 ? {} : { pins };
}
