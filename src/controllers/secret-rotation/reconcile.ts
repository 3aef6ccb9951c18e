import { hasStages, type RotationSpec } from '../../api/secret-reference/rotation.ts';
import { type SecretReference, secretReferenceKind } from '../../api/secret-reference/secret-reference.ts';
import { type SecretRotation, secretRotationKind } from '../../api/secret-rotation/secret-rotation.ts';
import { timestamp } from '../../core/clock.ts';
import { mergePatch } from '../../core/merge-patch.ts';
import { objectKey } from '../../core/object-key.ts';
import { type Next, noLaterThan, type Reconcile, type ReconcileRequest } from '../../runtime/reconcile.ts';
import { eventAbout } from '../events.ts';
import { patchObject } from '../patch-object.ts';
import { advance, cleanUp, leavesSomething, type RunEnd, type RunSoFar } from './advance.ts';
import { historyOf } from './history.ts';
import type { Ports } from './ports.ts';
import { manifestOf, runOf } from './record.ts';
import { ofKubeFault } from './stages/api-answer.ts';
import { isOwned, isRecordOf } from './turn.ts';

/** One reconcile of the runs of one reference: its record is made, taken through the stages, and ended; old ones go. */
export const secretRotationReconciler =
  (ports: Ports): Reconcile =>
  async work => {
    const reference = ports.references.get(work.key);
    if (reference === undefined || reference.metadata.deletionTimestamp !== undefined) return onChange;
    if (!reference.spec.ok || reference.spec.value.suspend) return onChange;
    const rotation = reference.spec.value.rotation ?? {};
    const records = ports.records.of(work.key).filter(({ metadata }) => isOwned(metadata, reference));
    const isCurrent = (record: SecretRotation) => isCurrentOf(record, reference, rotation);
    for (const record of records.filter(each => isOpen(each) && isKnownTo(reference, each) && !isCurrent(each)))
      if (!(await giveUp(record, reference, rotation, ports, work))) return again;
    const next = await current(reference, rotation, records.find(isCurrent), ports, work);
    const { expired, nextMs } = historyOf(records, reference, rotation, ports.clock.wall());
    if (!(await prune(expired, ports, work))) return again;
    const lookAt = Number.isFinite(nextMs) ? ports.clock.steady() + Math.min(nextMs, longestLookMs) : undefined;
    return noLaterThan(next, lookAt, 'low');
  };

/** Milliseconds between two looks at the age of records: a wall clock may jump. */
const longestLookMs = 3_600_000;

const onChange: Next = { kind: 'on-change' };
const again: Next = { kind: 'backoff', pace: 'short' };
const isOpen = ({ status }: SecretRotation): boolean => status?.result === undefined;

/** Two watches: a record may be seen sooner than the status that begins its run, as when another leads since. */
const isKnownTo = ({ status }: SecretReference, { spec }: SecretRotation): boolean =>
  spec.ok && spec.value.run <= (status?.runs ?? 0);

function isCurrentOf(record: SecretRotation, reference: SecretReference, rotation: RotationSpec): boolean {
  const candidate = reference.status?.candidate;
  return hasStages(rotation) && candidate !== undefined && isRecordOf(record, reference, candidate);
}

/** The run of the candidate, if there is one. */
async function current(
  reference: SecretReference,
  rotation: RotationSpec,
  record: SecretRotation | undefined,
  ports: Ports,
  work: ReconcileRequest,
): Promise<Next> {
  const { candidate } = reference.status ?? {};
  if (candidate?.run === undefined || candidate.result !== undefined || !hasStages(rotation)) return onChange;
  if (record === undefined) return begin(reference, ports, work);
  if (!isOpen(record)) return onChange;
  const run = runOf(record, reference, rotation);
  const { status, end, lookAgainMs, fault } = await advance(run, ports, work.signal);
  if (work.signal.aborted) return onChange;
  if (end !== undefined) return finish(run, status, end, ports, work);
  if (!(await write(record, status, ports, work)) || fault !== undefined) return again;
  return lookAgainMs === undefined
    ? onChange
    : { kind: 'at', time: ports.clock.steady() + lookAgainMs, priority: 'normal' };
}

/** What has passed is written before its Job is taken away: after a kill in between, the Job would be run again. */
async function finish(
  run: RunSoFar,
  status: NonNullable<SecretRotation['status']>,
  end: RunEnd,
  ports: Ports,
  work: ReconcileRequest,
): Promise<Next> {
  const { record } = run;
  if (leavesSomething(status) && mergePatch(record.status ?? {}, status) !== undefined) {
    const isWritten = await write(record, status, ports, work);
    return isWritten ? { kind: 'at', time: ports.clock.steady(), priority: 'normal' } : again;
  }
  if (await leftBehind(run, ports, work)) return again;
  return (await write(record, { ...status, ...end }, ports, work)) ? onChange : again;
}

/** The watch shows it, and wakes us. One of that name may be that of an earlier reference, which is being collected. */
async function begin(reference: SecretReference, ports: Ports, { signal }: ReconcileRequest): Promise<Next> {
  const { metadata } = reference;
  const { namespace } = metadata;
  const made = await ports.client.create(secretRotationKind, namespace, manifestOf(reference), { signal });
  if (made.ok) return onChange;
  const { group, plural } = secretRotationKind;
  const why = ofKubeFault(made.fault, { verb: 'create', group, resource: plural, namespace });
  // There is no record that could say so.
  if (why.ok && why.value.kind !== 'passed') {
    const said = why.value.kind === 'failed' ? { ...why.value, reason: 'RecordRefused' } : why.value;
    const note = { type: 'Warning', action: 'Rotate', reason: said.reason, note: said.message } as const;
    ports.events.record(eventAbout(secretReferenceKind, metadata, note));
  }
  return again;
}

/** What is left of a run that the reference has given up: another took its place, or the store took the value back. */
async function giveUp(
  record: SecretRotation,
  reference: SecretReference,
  rotation: RotationSpec,
  ports: Ports,
  work: ReconcileRequest,
): Promise<boolean> {
  if (await leftBehind(runOf(record, reference, rotation), ports, work)) return false;
  const status = record.status ?? { stages: [] };
  const isLast = record.spec.ok && record.spec.value.run === reference.status?.runs;
  const why = isLast && reference.status?.candidate === undefined ? takenBack : superseded;
  return write(record, { ...status, ...why, time: timestamp(ports.clock.wall()) }, ports, work);
}

const superseded = {
  result: 'Superseded',
  reason: 'Superseded',
  message:
    'another value or another request took its place before anybody had judged it: see the newest SecretRotation',
} as const;
const takenBack = {
  result: 'NoChange',
  reason: 'Synced',
  message:
    'the reference wants what is served: the store took its value back, or the stages were taken out of the spec',
} as const;

/** Whether something could not be taken away. A run that nobody can clean up after ends all the same. */
async function leftBehind(run: RunSoFar, ports: Ports, { signal, attempt }: ReconcileRequest): Promise<boolean> {
  return (await cleanUp(run, ports, signal)) !== undefined && attempt < mostCleanUps;
}

const mostCleanUps = 5;

async function write(
  record: SecretRotation,
  after: NonNullable<SecretRotation['status']>,
  { client, wroteRecord, events, onEnd }: Ports,
  { signal }: ReconcileRequest,
): Promise<boolean> {
  const { metadata, status: before } = record;
  const status = mergePatch(before ?? {}, after);
  if (status === undefined) return true;
  const key = objectKey(metadata.namespace, metadata.name);
  const written = await patchObject(client, secretRotationKind, key, metadata.resourceVersion, { status }, signal);
  if (!written.ok) return written.fault === 'gone';
  if (written.value !== undefined) wroteRecord({ ...record, metadata: written.value, status: after });
  const { reason, message = '', result } = after;
  if (result !== undefined && result !== before?.result) onEnd(result);
  const type = result === 'Failed' || result === 'RolledBack' ? 'Warning' : 'Normal';
  const why = result ?? reason;
  const isNews = reason !== before?.reason || result !== before?.result;
  if (why !== undefined && isNews)
    events.record(eventAbout(secretRotationKind, metadata, { type, action: 'Rotate', reason: why, note: message }));
  return true;
}

async function prune(
  expired: readonly SecretRotation[],
  { client }: Ports,
  { signal }: ReconcileRequest,
): Promise<boolean> {
  const gone = await Promise.all(
    expired.map(({ metadata: { namespace, name, uid } }) =>
      client.delete(secretRotationKind, objectKey(namespace, name), { uid }, { signal }),
    ),
  );
  return gone.every(each => each.ok || each.fault.kind === 'not-found');
}
