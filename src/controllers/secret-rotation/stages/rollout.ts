import type { WorkloadKind } from '../../../api/secret-reference/restart.ts';
import { fieldOf, listOf, textOf } from '../../../core/untyped.ts';

/** How far the rollout of a workload is: what its controller has written into its status, judged for the spec as it is now. */
export type Rollout =
  /** `note`: pods that stay as they are, because the workload says so. */
  | { readonly kind: 'done'; readonly note?: string }
  | { readonly kind: 'rolling'; readonly reason: RollingReason; readonly why: string }
  /** It will not get there by itself. */
  | { readonly kind: 'failed'; readonly why: string };

type RollingReason = 'RollingOut' | 'WorkloadPaused' | 'PodsNotDeleted';

/** A workload as the API server answers it. */
export function rolloutOf(kind: WorkloadKind, workload: unknown): Rollout {
  const seen: Seen = { spec: fieldOf(workload, 'spec'), status: fieldOf(workload, 'status') };
  // A status that speaks of an older spec says nothing of this one.
  if (observedGeneration(seen.status) < countOf(fieldOf(workload, 'metadata'), 'generation')) return unseen;
  return judges[kind](seen);
}

interface Seen {
  readonly spec: unknown;
  readonly status: unknown;
}

const judges: Readonly<Record<WorkloadKind, (seen: Seen) => Rollout>> = {
  Deployment: ofDeployment,
  StatefulSet: ofStatefulSet,
  DaemonSet: ofDaemonSet,
  Rollout: ofArgoRollout,
};

const unseen: Rollout = rolling('its controller has not seen the restart yet');

function ofDeployment({ spec, status }: Seen): Rollout {
  if (conditionOf(status, 'Progressing').reason === 'ProgressDeadlineExceeded')
    return { kind: 'failed', why: 'made no progress within its progressDeadlineSeconds' };
  const missing = missingOf(status, 'updatedReplicas', wantedReplicas(spec), 'availableReplicas');
  const older = countOf(status, 'replicas') - countOf(status, 'updatedReplicas');
  if (missing === undefined && older <= 0) return done;
  if (fieldOf(spec, 'paused') === true) return paused('it is paused: resume it (kubectl rollout resume)');
  if (cannotMakePods(status))
    return rolling('it cannot make pods (a quota, or an admission policy): its conditions and events say why');
  return rolling(missing ?? `${older} pods from before the restart still run`);
}

const cannotMakePods = (status: unknown): boolean =>
  conditionOf(status, 'ReplicaFailure').status === 'True' ||
  conditionOf(status, 'Progressing').reason === 'ReplicaSetCreateError';

function ofStatefulSet({ spec, status }: Seen): Rollout {
  const wanted = wantedReplicas(spec);
  const strategy = fieldOf(spec, 'updateStrategy');
  const kept = Math.min(wanted, countOf(fieldOf(strategy, 'rollingUpdate'), 'partition'));
  const missing = missingOf(status, 'updatedReplicas', wanted - kept, 'availableReplicas', wanted);
  if (missing !== undefined) return isOnDelete(strategy) ? onDelete(missing) : rolling(missing);
  if (kept > 0) return { kind: 'done', note: `its partition leaves ${kept} of ${wanted} pods as they were` };
  // The controller makes the two equal when all is done, which it does not with OnDelete.
  const isBehind = fieldOf(status, 'currentRevision') !== fieldOf(status, 'updateRevision');
  return isBehind && !isOnDelete(strategy) ? rolling('its currentRevision is not its updateRevision yet') : done;
}

function ofDaemonSet({ spec, status }: Seen): Rollout {
  const wanted = countOf(status, 'desiredNumberScheduled');
  const missing = missingOf(status, 'updatedNumberScheduled', wanted, 'numberAvailable');
  if (missing === undefined) return done;
  return isOnDelete(fieldOf(spec, 'updateStrategy')) ? onDelete(missing) : rolling(missing);
}

function ofArgoRollout({ spec, status }: Seen): Rollout {
  const phase = textOf(fieldOf(status, 'phase'));
  if (phase === 'Degraded') return { kind: 'failed', why: 'is Degraded: its status says why' };
  if (phase === 'Paused') return paused('it is paused: promote it (kubectl argo rollouts promote)');
  const missing = missingOf(status, 'updatedReplicas', wantedReplicas(spec), 'availableReplicas');
  return phase === 'Healthy' && missing === undefined ? done : rolling(missing ?? `its phase is not Healthy yet`);
}

const done: Rollout = { kind: 'done' };

function rolling(why: string): Rollout {
  return { kind: 'rolling', reason: 'RollingOut', why };
}

const paused = (why: string): Rollout => ({ kind: 'rolling', reason: 'WorkloadPaused', why });

const onDelete = (missing: string): Rollout => ({
  kind: 'rolling',
  reason: 'PodsNotDeleted',
  why: `its updateStrategy is OnDelete, so a pod is replaced when somebody deletes it: delete them (${missing})`,
});

/** Which of two numbers is too small, in words: pods that have the new template, and of all those that can serve. */
function missingOf(
  status: unknown,
  updatedField: string,
  wanted: number,
  availableField: string,
  wantedAvailable = wanted,
): string | undefined {
  const updated = countOf(status, updatedField);
  if (updated < wanted) return `${updated} of ${wanted} pods are restarted`;
  const available = countOf(status, availableField);
  return available < wantedAvailable ? `${available} of ${wantedAvailable} pods are available` : undefined;
}

const isOnDelete = (strategy: unknown): boolean => fieldOf(strategy, 'type') === 'OnDelete';

const wantedReplicas = (spec: unknown): number =>
  fieldOf(spec, 'replicas') === undefined ? 1 : countOf(spec, 'replicas');

/** A count that is zero is left out of a status. */
function countOf(value: unknown, name: string): number {
  const count = fieldOf(value, name);
  return typeof count === 'number' ? count : 0;
}

/** A text in a Rollout of Argo; one of a version before 1.0 is no number, and never matches. */
function observedGeneration(status: unknown): number {
  const text = textOf(fieldOf(status, 'observedGeneration'));
  return text !== undefined && /^\d{1,15}$/.test(text)
    ? Number.parseInt(text, 10)
    : countOf(status, 'observedGeneration');
}

function conditionOf(status: unknown, type: string): { readonly status?: unknown; readonly reason?: unknown } {
  const condition = listOf(fieldOf(status, 'conditions')).find(each => fieldOf(each, 'type') === type);
  return { status: fieldOf(condition, 'status'), reason: fieldOf(condition, 'reason') };
}
