import type { SecretReferenceStatus } from '../../../api/secret-reference-status.ts';
import { timestamp } from '../../../core/clock.ts';
import { type Fault, faultPolicy } from '../../../core/fault.ts';
import { findCondition, type WantedCondition, withConditions } from '../../conditions.ts';
import { leftOutNote } from '../nouns/desired.ts';
import type { Observed } from '../nouns/observed.ts';
import { isUntouched } from '../nouns/observed.ts';
import type { Outcome, Synced } from '../nouns/outcome.ts';
import { remoteOf } from '../reads/served.ts';
import { rotationAfter } from './rotation-status.ts';

/** The status that reports the outcome; the only place that builds conditions. Equal to the old one when nothing is new. */
export function statusAfter(observed: Observed, outcome: Outcome, wallMs: number): SecretReferenceStatus {
  const before: SecretReferenceStatus = observed.reference.status ?? { conditions: [], remote: [] };
  const { generation } = observed.reference.metadata;
  return {
    ...sourceStatus(observed),
    ...targetAfter(observed, outcome, before, wallMs),
    ...rotationAfter(observed, outcome, wallMs),
    observedGeneration: generation,
    conditions: withConditions(before.conditions, wantedConditions(observed, outcome), generation, wallMs),
  };
}

function wantedConditions(observed: Observed, outcome: Outcome): readonly WantedCondition[] {
  switch (outcome.kind) {
    case 'suspended':
      return suspendedConditions(observed);
    case 'failed':
      return failedConditions(outcome.fault, isServed(observed, outcome.fault));
    case 'gone':
      return failedConditions(outcome.fault, false);
    case 'synced':
      return syncedConditions(observed, outcome);
    default:
      return outcome satisfies never;
  }
}

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

function syncedConditions({ targetName, namespace }: Observed, { keys, leftOut }: Synced): readonly WantedCondition[] {
  const message = `Secret ${namespace.name}/${targetName} is in step: ${keys} ${keys === 1 ? 'key' : 'keys'}${leftOutNote(leftOut)}`;
  return [
    { type: 'Ready', status: 'True', reason: 'Synced', message },
    { type: 'Synced', status: 'True', reason: 'Synced', message },
  ];
}

/** Whether the Secret of the current generation is there and untouched, whatever just failed. */
function isServed(observed: Observed, fault: Fault): boolean {
  const { generation } = observed.reference.metadata;
  const last = observed.reference.status?.target;
  return faultPolicy[fault.kind].keepsReady && isWritten(observed) && last?.generation === generation;
}

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
  { reference }: Observed,
  outcome: Outcome,
  { target, remote, lastSyncTime }: SecretReferenceStatus,
  wallMs: number,
): Pick<SecretReferenceStatus, 'target' | 'remote' | 'lastSyncTime'> {
  const now = { lastSyncTime: timestamp(wallMs) };
  const earlier = lastSyncTime === undefined ? {} : { lastSyncTime };
  if (outcome.kind === 'gone') return { remote: [], ...(outcome.deleted ? now : earlier) };
  if (outcome.kind !== 'synced') return { remote, ...earlier, ...(target === undefined ? {} : { target }) };
  const { change, revision, metadata } = outcome.settled;
  const { name, resourceVersion } = metadata;
  const { generation } = reference.metadata;
  return {
    target: { name, generation, revision, keys: outcome.keys, resourceVersion },
    remote: remoteOf(outcome.answers),
    ...(change === 'kept' ? earlier : now),
  };
}
