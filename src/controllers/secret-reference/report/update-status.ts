import { secretReferenceKind } from '../../../api/secret-reference/secret-reference.ts';
import type { SecretReferenceStatus } from '../../../api/secret-reference/status.ts';
import { mergePatch } from '../../../core/merge-patch.ts';
import { type Next, noLaterThan, type ReconcileRequest } from '../../../runtime/reconcile.ts';
import { patchObject } from '../../patch-object.ts';
import { graceRetryMs, isYoung, mayArrive } from '../../startup-grace.ts';
import type { Observed } from '../nouns/observed.ts';
import { mainWrite, type Outcome, type Reconciled } from '../nouns/outcome.ts';
import type { Readers } from '../nouns/readers.ts';
import type { OutcomeRecord } from '../nouns/records.ts';
import type { ReferenceState } from '../nouns/reference-state.ts';
import { untilDue } from '../nouns/rotation-due.ts';
import type { Api, Ports } from '../ports.ts';
import { eventsOf } from './events.ts';
import { statusAfter } from './report.ts';
import { requeue } from './requeue.ts';

/**
 * Reports the outcome: one status write when something is new, none when not. Events follow only a status that was
 * written, so that nobody reads of a thing that a later reconcile takes back.
 */
export async function updateStatus(
  done: Reconciled,
  state: ReferenceState,
  work: ReconcileRequest,
  { api, clock, remote, reports }: Ports,
): Promise<Next> {
  const { observed, outcome, plan, startedAt } = done;
  if (work.signal.aborted) return { kind: 'on-change' };
  if (mayStillArrive(observed, outcome, clock.wall()))
    return { kind: 'at', time: startedAt + graceRetryMs, priority: work.priority };
  const after = statusAfter(observed, outcome, clock.wall(), done.readers);
  const status = await writeStatus(observed, after, api, work.signal);
  const now = clock.steady();
  const because = plan.kind === 'sync' ? plan.because : plan.kind;
  reports.onOutcome({ reference: observed.key, because, ...summary(outcome), status, millis: now - startedAt });
  if (status === 'failed') return { kind: 'backoff', pace: 'short' };
  if (status === 'written') for (const event of eventsOf(observed, outcome, after)) reports.events.record(event);
  const next = requeue(observed, outcome, startedAt, now - (state.failing?.since ?? now), remote);
  const ages = untilDue(observed.reference.spec, after.remote, clock.wall());
  return noLaterThan(next, ages === undefined ? undefined : now + ages, 'low');
}

/** Whether who reads what says something new of a reference of which all else is reported. */
export function isNews({ reference, ...others }: Observed, readers: Readers, wallMs: number): boolean {
  const { metadata, status } = reference;
  if (readers === 'not-asked' || status === undefined || status.observedGeneration !== metadata.generation)
    return false;
  const after = statusAfter({ ...others, reference }, { kind: 'aged' }, wallMs, readers);
  return mergePatch(status, after) !== undefined;
}

function summary(outcome: Outcome): Pick<OutcomeRecord, 'result' | 'reason'> {
  switch (outcome.kind) {
    case 'synced':
      return { result: mainWrite(outcome.settled).change, reason: 'Synced' };
    case 'suspended':
      return { result: 'suspended', reason: 'Suspended' };
    case 'aged':
    case 'ended':
      return { result: 'kept', reason: 'Synced' };
    case 'held':
      return { result: 'held', reason: outcome.acquired === undefined ? 'WindowClosed' : 'RotationPending' };
    case 'gone':
      return { result: outcome.deleted ? 'deleted' : 'failed', reason: outcome.fault.reason };
    case 'failed':
      return { result: 'failed', reason: outcome.fault.reason };
    default:
      return outcome satisfies never;
  }
}

async function writeStatus(
  { key, reference }: Observed,
  after: SecretReferenceStatus,
  { client, wroteReference }: Api,
  signal: AbortSignal,
): Promise<OutcomeRecord['status']> {
  const status = mergePatch(reference.status ?? {}, after);
  if (status === undefined) return 'unchanged';
  const { resourceVersion } = reference.metadata;
  const written = await patchObject(client, secretReferenceKind, key, resourceVersion, { status }, signal);
  // Deleted meanwhile: there is nobody left to report to.
  if (!written.ok) return written.fault === 'gone' ? 'unchanged' : 'failed';
  if (written.value !== undefined) wroteReference({ ...reference, metadata: written.value, status: after });
  return 'written';
}

/**
 * Whether a failure is too early to be reported: nobody wants a warning about what the next document of the same file holds.
 * The arrival of what is missing wakes the reference.
 */
function mayStillArrive({ reference, namespace }: Observed, outcome: Outcome, wallMs: number): boolean {
  if (reference.status !== undefined || outcome.kind !== 'failed') return false;
  return (!namespace.known || mayArrive(outcome.fault)) && isYoung(reference.metadata, wallMs);
}
