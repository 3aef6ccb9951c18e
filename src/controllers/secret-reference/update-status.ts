import type { Reason } from '../../api/conditions.ts';
import { secretReferenceKind } from '../../api/secret-reference.ts';
import type { SecretReferenceStatus } from '../../api/secret-reference-status.ts';
import { mergePatch } from '../../core/merge-patch.ts';
import { parseMetadataObject } from '../../core/object-meta.ts';
import type { Next, Work } from '../../runtime/reconcile.ts';
import { graceRetryMs, isYoung } from '../startup-grace.ts';
import { eventsOf } from './events.ts';
import type { Observed } from './observed.ts';
import type { Outcome } from './outcome.ts';
import type { Because } from './planned.ts';
import type { Ports } from './ports.ts';
import type { OutcomeRecord } from './records.ts';
import { statusAfter } from './report.ts';
import { requeue } from './requeue.ts';

/**
 * Tells the outcome: one status write when something is new, none when not. Events follow only a status that was
 * written, so that nobody reads of a thing that a later turn takes back.
 */
export async function updateStatus(
  observed: Observed,
  outcome: Outcome,
  because: Because | 'suspended' | 'refuse' | 'finalize',
  now: number,
  work: Work,
  ports: Ports,
): Promise<Next> {
  if (work.signal.aborted) return { kind: 'on-change' };
  if (mayStillArrive(observed, outcome, ports.clock.wall()))
    return { kind: 'at', time: now + graceRetryMs, lane: work.lane };
  const after = statusAfter(observed, outcome, ports.clock.wall());
  const written = await writeStatus(observed, after, ports, work.signal);
  const millis = ports.clock.steady() - now;
  ports.onOutcome({ reference: observed.key, because, ...summary(outcome), status: written, millis });
  if (written === 'failed') return { kind: 'backoff', pace: 'short' };
  if (written === 'written') for (const note of eventsOf(observed, outcome, after)) ports.events.record(note);
  return requeue(observed, outcome, now, failingMs(observed, outcome, ports), ports.remote);
}

/** How long it has failed like this; another fault, or the same after an edit, begins anew. */
function failingMs({ reference: { metadata }, state }: Observed, outcome: Outcome, ports: Ports): number {
  const now = ports.clock.steady();
  const fault = outcome.kind === 'failed' || outcome.kind === 'gone' ? outcome.fault : undefined;
  const how = fault && `${fault.reason} in generation ${metadata.generation}`;
  if (state.failing?.how !== how)
    ports.states.update(metadata.uid, { failing: how === undefined ? undefined : { how, since: now } });
  return now - (ports.states.of(metadata.uid).failing?.since ?? now);
}

function summary(outcome: Outcome): Pick<OutcomeRecord, 'result' | 'reason'> {
  switch (outcome.kind) {
    case 'synced':
      return { result: outcome.settled.change, reason: 'Synced' };
    case 'suspended':
      return { result: 'suspended', reason: 'Suspended' };
    case 'gone':
      return { result: outcome.deleted ? 'deleted' : 'failed', reason: outcome.fault.reason };
    case 'failed':
      return { result: 'failed', reason: outcome.fault.reason };
    default:
      return outcome satisfies never;
  }
}

/** Under the resourceVersion that was decided on: a 409 means that the decision is old, and the event of the newer object is on its way. */
async function writeStatus(
  { key, reference }: Observed,
  after: SecretReferenceStatus,
  { client, wroteReference }: Ports,
  signal: AbortSignal,
): Promise<OutcomeRecord['status']> {
  const status = mergePatch(reference.status ?? {}, after);
  if (status === undefined) return 'unchanged';
  const { resourceVersion } = reference.metadata;
  const answer = await client.patch(
    secretReferenceKind,
    key,
    { type: 'application/merge-patch+json', body: { metadata: { resourceVersion }, status }, subresource: 'status' },
    { signal, answer: 'metadata' },
  );
  if (answer.ok) {
    const metadata = parseMetadataObject(answer.value)?.metadata;
    if (metadata !== undefined) wroteReference({ ...reference, metadata, status: after });
    return 'written';
  }
  // Deleted meanwhile: there is nobody left to tell.
  return answer.fault.kind === 'not-found' ? 'unchanged' : 'failed';
}

/** What each of these misses may have been applied together with the reference, and arrives by a watch of its own. */
const missingReasons: readonly Reason[] = ['SourceNotFound', 'NamespaceNotAllowed', 'ServiceAccountNotFound'];

/**
 * Whether a failure is too early to be told: nobody wants a warning about what the next document of the same file holds.
 * The arrival of what is missing wakes the reference.
 */
export function mayStillArrive({ reference, namespace }: Observed, outcome: Outcome, wallMs: number): boolean {
  if (reference.status !== undefined || outcome.kind !== 'failed') return false;
  return (!namespace.known || missingReasons.includes(outcome.fault.reason)) && isYoung(reference.metadata, wallMs);
}
