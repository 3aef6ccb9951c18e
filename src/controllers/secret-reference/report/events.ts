import { secretReferenceKind } from '../../../api/secret-reference.ts';
import type { SecretReferenceStatus } from '../../../api/secret-reference-status.ts';
import type { Fault } from '../../../core/fault.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import type { EventNote } from '../../../kube/api.ts';
import { eventAbout, isNews } from '../../events.ts';
import type { Observed } from '../nouns/observed.ts';
import type { Outcome, Synced } from '../nouns/outcome.ts';
import { unusableToken } from '../rotation.ts';

/** The events of an outcome: on change only, in the words of the conditions. */
export function eventsOf(observed: Observed, outcome: Outcome, after: SecretReferenceStatus): readonly EventNote[] {
  const { metadata } = observed.reference;
  switch (outcome.kind) {
    case 'suspended':
      return [];
    case 'synced':
      return outcome.settled.change === 'kept'
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
    ? [referenceEvent(observed.reference.metadata, 'Warning', 'Sync', reason, message)]
    : [];

function successText({ plan, settled, answers }: Synced): readonly [reason: string, text: string] {
  const { revision } = settled;
  const { name } = settled.metadata;
  if (plan.repair) {
    const newer = answers.some(({ movedOn }) => movedOn)
      ? ' with the newest versions, because those that it was served from are gone'
      : '';
    return ['Repaired', `put Secret ${name} back${newer} (revision ${revision})`];
  }
  if (plan.asked.rotate !== undefined && settled.contentChanged)
    return ['Rotated', `rotated Secret ${name} to revision ${revision}`];
  return ['Synced', `${settled.change} Secret ${name} (revision ${revision})`];
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
