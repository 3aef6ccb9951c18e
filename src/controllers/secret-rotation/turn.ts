import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import type { Candidate } from '../../api/secret-reference/status.ts';
import {
  type RunResult,
  recordName,
  type SecretRotation,
  type StageName,
} from '../../api/secret-rotation/secret-rotation.ts';
import { objectKey } from '../../core/object-key.ts';
import type { Lister } from '../../kube/api.ts';

/** What the record of a run lets its reference do. Pure: a crash, a second leader and a late watch ask again. */
export type Turn =
  /** No run is under way, or nobody has judged it yet: what is newest is looked for, and takes its place. */
  | { readonly kind: 'look' }
  /** Another record has its name, made by somebody else or brought back by a backup: the run gets the next number. */
  | { readonly kind: 'taken' }
  /** What is to be published was judged: nothing newer is looked for until the run has ended. */
  | { readonly kind: 'fixed' }
  /** The bytes of this revision are copied into the live Secret. */
  | { readonly kind: 'publish'; readonly revision: number; readonly state: 'Published' | 'RolledBack' }
  | EndedTurn;

/** The run has ended, and the reference has not said so yet. */
export interface EndedTurn {
  readonly kind: 'end';
  readonly run: number;
  readonly result: RunResult;
  readonly reason: string;
  readonly message: string;
}

const look: Turn = { kind: 'look' };
const fixed: Turn = { kind: 'fixed' };
const judges: readonly StageName[] = ['Validate', 'Approval'];

export function turnOf(reference: SecretReference, records: Pick<Lister<SecretRotation>, 'get'>): Turn {
  const { metadata, status } = reference;
  const candidate = status?.candidate;
  if (candidate?.run === undefined || candidate.result !== undefined) return look;
  const record = records.get(objectKey(metadata.namespace, recordName(metadata.name, candidate.run)));
  if (record !== undefined && !isRecordOf(record, reference, candidate)) return { kind: 'taken' };
  const turn = record === undefined ? look : ofRecord(record, candidate);
  // The reference may be seen sooner than the record by which it has published, as when another leads since.
  return turn.kind === 'look' && candidate.state !== 'Held' ? fixed : turn;
}

/** The number of the next run: none under whose name there is a record. */
export function nextRun({ metadata, status }: SecretReference, records: Pick<Lister<SecretRotation>, 'get'>): number {
  let run = (status?.runs ?? 0) + 1;
  while (records.get(objectKey(metadata.namespace, recordName(metadata.name, run))) !== undefined) run += 1;
  return run;
}

/** Somebody may have made one of that name, which leaves out who asked; or it is of an earlier reference of that name. */
export const isRecordOf = (
  { metadata, spec }: SecretRotation,
  reference: SecretReference,
  { run, revision, requestedBy }: Candidate,
): boolean =>
  isOwned(metadata, reference) &&
  spec.ok &&
  spec.value.run === run &&
  spec.value.revision === revision &&
  spec.value.requestedBy === requestedBy;

/** Of this life of the reference. */
export const isOwned = ({ ownerReferences }: SecretRotation['metadata'], { metadata }: SecretReference): boolean =>
  ownerReferences.some(({ uid, controller }) => uid === metadata.uid && controller === true);

/**
 *   stage      │ Validate Approval │ Window Hold │ Publish Restart │ Rollback     │ ended
 *   unjudged   │ look              │ look        │ publish         │ publish from │ end
 *   judged     │ fixed             │ fixed       │ then fixed      │ then fixed   │
 */
function ofRecord({ spec, status }: SecretRotation, { run = 0, revision = 0, from = 0, state }: Candidate): Turn {
  const { stage, stages = [], result, reason = '', message = '' } = status ?? {};
  if (result !== undefined) return { kind: 'end', run, result, reason, message };
  if (stage === 'Rollback')
    return state === 'RolledBack' ? fixed : { kind: 'publish', revision: from, state: 'RolledBack' };
  if (stage === 'Publish' || stage === 'Restart')
    return state === 'Published' ? fixed : { kind: 'publish', revision, state: 'Published' };
  const isJudged = stages.some(({ name, end }) => end !== undefined && judges.includes(name));
  return isJudged || (spec.ok && spec.value.approval !== undefined) ? fixed : look;
}
