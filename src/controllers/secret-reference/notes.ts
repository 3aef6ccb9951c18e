import { secretReferenceKind } from '../../api/secret-reference.ts';
import type { SecretReferenceStatus } from '../../api/secret-reference-status.ts';
import type { Fault } from '../../core/fault.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import type { EventNote } from '../../kube/port.ts';
import { noteAbout, saysSomethingNew } from '../event-notes.ts';
import type { Observed } from './observe.ts';
import type { Outcome, Synced } from './outcome.ts';

/** The events of an outcome: on change only, in the words of the conditions. */
export function notesOf(observed: Observed, outcome: Outcome, after: SecretReferenceStatus): readonly EventNote[] {
  const { metadata } = observed.reference;
  switch (outcome.kind) {
    case 'suspended':
      return [];
    case 'synced':
      return outcome.settled.change === 'kept' ? [] : [note(metadata, 'Normal', 'Sync', ...written(outcome))];
    case 'gone':
      return outcome.deleted ? [deleted(observed, outcome.fault)] : failing(observed, outcome.fault, after);
    case 'failed':
      return failing(observed, outcome.fault, after);
    default:
      return outcome satisfies never;
  }
}

function deleted({ reference, spec, targetName }: Observed, { reason, message }: Fault): EventNote {
  const merges = spec.ok && spec.value.target.creationPolicy === 'Merge';
  const what = merges ? `the keys were taken out of Secret ${targetName}` : `Secret ${targetName} was deleted`;
  return note(reference.metadata, 'Warning', 'Delete', reason, `${what}: ${message}`);
}

const failing = (observed: Observed, { reason, message }: Fault, after: SecretReferenceStatus): readonly EventNote[] =>
  saysSomethingNew('Synced', observed.reference.status?.conditions, after.conditions)
    ? [note(observed.reference.metadata, 'Warning', 'Sync', reason, message)]
    : [];

function written({ plan, settled, answers }: Synced): readonly [reason: string, text: string] {
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

export const note = (
  metadata: ObjectMeta,
  type: EventNote['type'],
  action: string,
  reason: string,
  text: string,
): EventNote => noteAbout(secretReferenceKind, metadata, { type, action, reason, note: text });
