import { secretReferenceKind } from '../../../api/secret-reference/secret-reference.ts';
import type { SecretReferenceStatus } from '../../../api/secret-reference/status.ts';
import type { Fault } from '../../../core/fault.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import type { EventNote } from '../../../kube/api.ts';
import { findCondition } from '../../conditions.ts';
import { eventAbout, isNews } from '../../events.ts';
import type { Observed } from '../nouns/observed.ts';
import { type Held, mainWrite, type Outcome, type Synced } from '../nouns/outcome.ts';
import { rolledBackText } from '../nouns/revisions.ts';
import { unusableToken } from '../rotation.ts';
import { heldText, runText } from './candidate.ts';

/** The events of an outcome: on change only, in the words of the conditions. */
export const eventsOf = (observed: Observed, outcome: Outcome, after: SecretReferenceStatus): readonly EventNote[] => [
  ...outcomeEvents(observed, outcome, after),
  ...dueEvents(observed, after),
  ...safeEvents(observed, after),
];

/** When the served values become too old, and not when others of them do. */
function dueEvents({ reference }: Observed, after: SecretReferenceStatus): readonly EventNote[] {
  const [before, now] = [reference.status?.conditions, after.conditions].map(each =>
    findCondition(each, 'RotationDue'),
  );
  if (now?.status !== 'True' || before?.status === 'True') return [];
  return [referenceEvent(reference.metadata, 'Warning', 'Rotate', 'RotationDue', now.message)];
}

/** Once for each value that is replaced. */
function safeEvents({ reference }: Observed, after: SecretReferenceStatus): readonly EventNote[] {
  const [before, now] = [reference.status?.conditions, after.conditions].map(each =>
    findCondition(each, 'SafeToRevoke'),
  );
  if (now?.status !== 'True' || before?.status === 'True') return [];
  return [referenceEvent(reference.metadata, 'Normal', 'Rotate', 'SafeToRevoke', now.message)];
}

function outcomeEvents(observed: Observed, outcome: Outcome, after: SecretReferenceStatus): readonly EventNote[] {
  const { metadata } = observed.reference;
  switch (outcome.kind) {
    case 'suspended':
    case 'aged':
      return [];
    case 'held':
      return heldEvents(observed, outcome, after);
    case 'ended':
      return runEvents(observed, after);
    case 'synced':
      if (outcome.plan.because === 'RolledBack') return rollbackEvents(observed, outcome, after);
      return mainWrite(outcome.settled).change === 'kept'
        ? []
        : [referenceEvent(metadata, 'Normal', 'Sync', ...successText(outcome))];
    case 'gone':
      return outcome.deleted ? [deletionEvent(observed, outcome.fault)] : failureEvents(observed, outcome.fault, after);
    case 'failed':
      return failureEvents(observed, outcome.fault, after);
    default:
      return outcome satisfies never;
  }
}

/** Once for what waits for the window, and once a run. */
function heldEvents(observed: Observed, outcome: Held, { candidate }: SecretReferenceStatus): readonly EventNote[] {
  const { metadata, status } = observed.reference;
  if (status?.candidate !== undefined && status.candidate.run === candidate?.run) return [];
  const reason = outcome.acquired === undefined ? 'WindowClosed' : 'RotationPending';
  return [referenceEvent(metadata, 'Normal', 'Rotate', reason, heldText(observed, outcome, candidate))];
}

/** Of a run that did not end well: what it changed was told when it was published. */
const runEvents = (observed: Observed, { candidate }: SecretReferenceStatus): readonly EventNote[] =>
  candidate === undefined
    ? []
    : [
        referenceEvent(
          observed.reference.metadata,
          'Warning',
          'Rotate',
          'RotationFailed',
          runText(observed, candidate),
        ),
      ];

const rollbackEvents = (
  { reference, targetName }: Observed,
  { settled }: Synced,
  after: SecretReferenceStatus,
): readonly EventNote[] =>
  isNews('Synced', reference.status?.conditions, after.conditions) || mainWrite(settled).change !== 'kept'
    ? [
        referenceEvent(
          reference.metadata,
          'Warning',
          'Rollback',
          'RolledBack',
          rolledBackText(targetName, settled.revision),
        ),
      ]
    : [];

function deletionEvent({ reference, creationPolicy, targetName }: Observed, { reason, message }: Fault): EventNote {
  const what =
    creationPolicy === 'Merge' ? `the keys were taken out of Secret ${targetName}` : `Secret ${targetName} was deleted`;
  return referenceEvent(reference.metadata, 'Warning', 'Delete', reason, `${what}: ${message}`);
}

const failureEvents = (
  observed: Observed,
  { reason, message }: Fault,
  after: SecretReferenceStatus,
): readonly EventNote[] =>
  isNews('Synced', observed.reference.status?.conditions, after.conditions)
    ? [
        referenceEvent(
          observed.reference.metadata,
          reason === 'AdoptionMatches' ? 'Normal' : 'Warning',
          'Sync',
          reason,
          message,
        ),
      ]
    : [];

function successText({ plan, settled, answers }: Synced): readonly [reason: string, text: string] {
  const { revision, change, metadata } = mainWrite(settled);
  const { name } = metadata;
  const newer = answers.some(({ movedOn }) => movedOn)
    ? ' with the newest versions, because those that it was served from are gone'
    : '';
  if (plan.because === 'RunPublishes') return ['Rotated', `rotated Secret ${name} to revision ${revision}`];
  if (plan.because === 'RunRollsBack') return ['RolledBack', `put Secret ${name} back to revision ${revision}`];
  if (plan.repair) return ['Repaired', `put Secret ${name} back${newer} (revision ${revision})`];
  if (change === 'adopted') return ['Adopted', `adopted Secret ${name} in place (revision ${revision})`];
  if (plan.asked.rotate !== undefined && settled.contentChanged)
    return ['Rotated', `rotated Secret ${name} to revision ${revision}`];
  return ['Synced', `${change} Secret ${name}${newer} (revision ${revision})`];
}

const referenceEvent = (
  metadata: ObjectMeta,
  type: EventNote['type'],
  action: string,
  reason: string,
  text: string,
): EventNote => eventAbout(secretReferenceKind, metadata, { type, action, reason, note: text });

/**
 * A token that cannot be answered is refused by an event, once, and by nothing else: conditions and rotation status are
 * for those who ask properly, and whoever may annotate must not be able to make a good reference look bad.
 */
export function tokenEvents({ reference, state }: Observed): readonly EventNote[] {
  const name = unusableToken(reference);
  if (name === undefined || reference.metadata.annotations[name] === state.refusedToken) return [];
  return [referenceEvent(reference.metadata, 'Warning', 'Rotate', 'TokenRefused', tokenRefusal(name))];
}

const tokenRefusal = (name: string): string =>
  `the token in annotation ${name} is not answered: it must have at most 256 bytes, no control characters and no line breaks`;
