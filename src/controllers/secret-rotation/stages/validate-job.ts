import { type ValidateSpec, type ValidationJob, validateTimeoutMs } from '../../../api/secret-reference/validate.ts';
import { secretRotationKind } from '../../../api/secret-rotation/secret-rotation.ts';
import { objectKey } from '../../../core/object-key.ts';
import { mapOk, ok, type Result } from '../../../core/result.ts';
import { fieldOf } from '../../../core/untyped.ts';
import type { KubeFault, Resource } from '../../../kube/api.ts';
import { ownerReferenceTo } from '../../owner-reference.ts';
import { type ApiCall, lookAgainMs, ofKubeFault } from './api-answer.ts';
import type { Progress, Run, StagePorts } from './stage.ts';
import { isJobOf, type JobState, jobName, jobStateOf, validationJob } from './validation-job.ts';
import { noteOfPods } from './validation-pods.ts';

/**
 * One Job a run. Its name is the run's, and it is made by a POST: so there are never two, whoever is killed and when. It
 * stays until the run has ended, because one that is gone would be made again.
 */

const jobs: Resource = { group: 'batch', version: 'v1', plural: 'jobs' };
const pods: Resource = { group: '', version: 'v1', plural: 'pods' };

/** Seconds for which a Job that has ended is kept, once its run has: one that failed for its logs. */
const keptSeconds = {
  failed: 24 * 3600,
  // The POST of a leader that was stopped may arrive when another has ended the run: it must find the name taken.
  succeeded: 600,
} as const;
/** Kubernetes ends a Job at its deadline. One that it has not ended so long after will never be. */
const graceMs = 60_000;

const callOn = (verb: ApiCall['verb'], run: Run, { group, plural }: Resource) => ({
  ...{ verb, group },
  resource: plural,
  namespace: run.reference.metadata.namespace,
});
const keyOf = (run: Run) => objectKey(run.reference.metadata.namespace, jobName(run));

/** Makes the Job if there is none, and says how far it is. */
export async function validateByJob(
  run: Run,
  spec: ValidateSpec,
  job: ValidationJob,
  ports: StagePorts,
  signal: AbortSignal,
): Promise<Result<Progress>> {
  const found = await ports.client.get(jobs, keyOf(run), { signal });
  const waited = { at: ports.clock.wall(), timeoutMs: validateTimeoutMs(spec) };
  if (found.ok) return judged(run, found.value, waited, ports, signal);
  if (found.fault.kind !== 'not-found') return ofKubeFault(found.fault, callOn('get', run, jobs));
  const body = validationJob(run, job, waited.timeoutMs);
  const made = await ports.client.create(jobs, run.reference.metadata.namespace, body, { signal });
  if (made.ok) return ok(running(run, 1000, ''));
  return notMade(run, made.fault, waited);
}

interface Waited {
  /** Wall milliseconds. */
  readonly at: number;
  readonly timeoutMs: number;
}

/** A quota may have room again before the time is over. */
function notMade(run: Run, fault: KubeFault, { at, timeoutMs }: Waited): Result<Progress> {
  // Its answer was lost: the next look finds it.
  if (fault.kind === 'already-exists') return ok(running(run, 1000, ''));
  if (fault.kind !== 'refused' || fault.cause !== 'quota') return ofKubeFault(fault, callOn('create', run, jobs));
  const said = {
    reason: 'QuotaExceeded',
    message: `${nameOf(run)} cannot be made, because a ResourceQuota of the namespace is used up: make room for a Job and its pod`,
  };
  if (at >= run.since + timeoutMs) return ok({ kind: 'failed', ...said });
  return ok({ kind: 'waiting', ...said, lookAgainMs: lookAgainMs(at - run.since, 5000, 30_000) });
}

async function judged(
  run: Run,
  raw: unknown,
  { at, timeoutMs }: Waited,
  ports: StagePorts,
  signal: AbortSignal,
): Promise<Result<Progress>> {
  if (!isJobOf(run, raw)) return ok(failure('JobConflict', `${nameOf(run)} belongs to somebody else: delete it`));
  const state = jobStateOf(raw, at);
  const ended = endOf(run, state, { at, timeoutMs });
  if (ended !== undefined) return ok(ended);
  const seen = await podsOf(run, ports, signal);
  if (!seen.ok) return ofKubeFault(seen.fault, callOn('list', run, pods));
  const note = noteOfPods(seen.value);
  const ageMs = ageOf(run, state, at);
  // An image may come late: a registry that is away for a moment is no reason to give a good value up.
  const isHopeless = note?.isFinal === true || (note?.mayBeLate === true && ageMs >= timeoutMs / 2);
  if (note !== undefined && isHopeless) return ok(failure(note.reason, `${nameOf(run)} cannot run: ${note.message}`));
  return ok(running(run, lookAgainMs(ageMs, 1000, 15_000), note === undefined ? '' : `: ${note.message}`));
}

const podsOf = async (run: Run, { client }: StagePorts, signal: AbortSignal) =>
  client.list(
    pods,
    run.reference.metadata.namespace,
    { limit: 20, labelSelector: `batch.kubernetes.io/job-name=${jobName(run)}` },
    { signal },
  );

/** Our clock may be ahead of that of the API server, which says when the Job was made. */
const ageOf = ({ since }: Run, { ageMs }: JobState, at: number): number => Math.min(ageMs, Math.max(0, at - since));

function endOf(run: Run, state: JobState, { at, timeoutMs }: Waited): Progress | undefined {
  const logs = `kubectl logs -n ${run.reference.metadata.namespace} job/${jobName(run)} shows why (kept for ${keptSeconds.failed / 3600}h)`;
  switch (state.end) {
    case 'succeeded':
      return { kind: 'passed', message: `${nameOf(run)} succeeded with ${run.candidate}` };
    case 'failed':
      return failure('JobFailed', `${nameOf(run)} failed with ${run.candidate}, so it is not published: ${logs}`);
    case 'deadline':
      return failure(
        'DeadlineExceeded',
        `${nameOf(run)} did not end within timeout, so ${run.candidate} is not published`,
      );
    case undefined:
      return ageOf(run, state, at) < timeoutMs + graceMs
        ? undefined
        : failure(
            'DeadlineExceeded',
            `Kubernetes has not ended ${nameOf(run)} after its timeout: is its Job controller well?`,
          );
    default:
      return state.end satisfies never;
  }
}

const nameOf = (run: Run): string => `Job ${keyOf(run)}`;
const failure = (reason: string, message: string): Progress => ({ kind: 'failed', reason, message });
const running = (run: Run, lookAgainMs: number, note: string): Progress => ({
  kind: 'waiting',
  reason: 'Validating',
  message: `${nameOf(run)} tries ${run.candidate}${note}`,
  lookAgainMs,
});

/** One that still runs is taken away; one that has ended goes by itself, later. */
export async function cleanUpJob(
  run: Run,
  { client, clock }: StagePorts,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  const found = await client.get(jobs, keyOf(run), { signal });
  if (!found.ok) return unlessOver(found.fault, run, 'get');
  if (!isJobOf(run, found.value)) return ok(undefined);
  const { end, uid } = jobStateOf(found.value, clock.wall());
  if (end === undefined) {
    const gone = await client.delete(jobs, keyOf(run), { uid }, { signal, propagationPolicy: 'Background' });
    return gone.ok ? gone : unlessOver(gone.fault, run, 'delete');
  }
  if (fieldOf(fieldOf(found.value, 'spec'), 'ttlSecondsAfterFinished') !== undefined) return ok(undefined);
  const body =
    end === 'succeeded'
      ? { metadata: { uid }, spec: { ttlSecondsAfterFinished: keptSeconds.succeeded } }
      : { metadata: { uid, ownerReferences: [recordOf(run)] }, spec: { ttlSecondsAfterFinished: keptSeconds.failed } };
  const kept = await client.patch(jobs, keyOf(run), { type: 'application/merge-patch+json', body }, { signal });
  return kept.ok ? kept : unlessOver(kept.fault, run, 'patch');
}

/** From now on nobody makes it again. Whoever asks for a rotation each second would leave more Jobs than there are records. */
const recordOf = ({ record: { metadata } }: Run) => ownerReferenceTo(secretRotationKind, metadata);

/** It is gone, or is not ours to take: it goes with its reference at the latest. */
const unlessOver = (fault: KubeFault, run: Run, verb: ApiCall['verb']): Result<unknown> =>
  fault.kind === 'throttled' || fault.kind === 'unavailable'
    ? mapOk(ofKubeFault(fault, callOn(verb, run, jobs)), () => undefined)
    : ok(undefined);
