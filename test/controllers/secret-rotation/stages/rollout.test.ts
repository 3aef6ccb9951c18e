import { expect, test } from '@jest/globals';
import type { WorkloadKind } from '../../../../src/api/secret-reference/restart.ts';
import { rolloutOf } from '../../../../src/controllers/secret-rotation/stages/rollout.ts';

/** Statuses as the controllers of Kubernetes 1.36 and Argo Rollouts 1.8 write them: a count of zero is left out. */
interface Row {
  readonly title: string;
  readonly kind: WorkloadKind;
  readonly spec?: object;
  readonly status?: object;
  /** Default: that of the spec. */
  readonly seen?: number | string;
  readonly is: string;
}

const progressing = (status: string, reason: string) => ({ type: 'Progressing', status, reason });
const complete = [{ type: 'Available', status: 'True' }, progressing('True', 'NewReplicaSetAvailable')];
const three = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
const partial = { replicas: 4, updatedReplicas: 2, readyReplicas: 3, availableReplicas: 3, unavailableReplicas: 1 };
const rolling = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
const same = { currentRevision: 'db-6d4', updateRevision: 'db-6d4' };
const moving = { currentRevision: 'db-6d4', updateRevision: 'db-7f9' };

const rows: readonly Row[] = [
  {
    title: 'all pods are new and available',
    kind: 'Deployment',
    status: { ...three, conditions: complete },
    is: 'done',
  },
  {
    title: 'no pods are wanted',
    kind: 'Deployment',
    spec: { replicas: 0 },
    status: { conditions: complete },
    is: 'done',
  },
  {
    title: 'no pods are wanted, and it is paused',
    kind: 'Deployment',
    spec: { replicas: 0, paused: true },
    is: 'done',
  },
  {
    title: 'its controller has not looked yet, whatever it said of the spec before',
    kind: 'Deployment',
    status: { ...three, conditions: [progressing('False', 'ProgressDeadlineExceeded')] },
    seen: 6,
    is: 'rolling RollingOut: its controller has not seen the restart yet',
  },
  {
    title: 'it was made a moment ago, and has no status',
    kind: 'Deployment',
    seen: 0,
    is: 'rolling RollingOut: its controller has not seen the restart yet',
  },
  {
    title: 'some are new',
    kind: 'Deployment',
    status: { ...partial, conditions: [progressing('True', 'ReplicaSetUpdated')] },
    is: 'rolling RollingOut: 2 of 3 pods are restarted',
  },
  {
    title: 'all are new, and one cannot serve yet',
    kind: 'Deployment',
    status: { ...three, availableReplicas: 2, conditions: [progressing('True', 'ReplicaSetUpdated')] },
    is: 'rolling RollingOut: 2 of 3 pods are available',
  },
  {
    title: 'all are new, and an old one is still there',
    kind: 'Deployment',
    status: { ...three, replicas: 4, conditions: [progressing('True', 'ReplicaSetUpdated')] },
    is: 'rolling RollingOut: 1 pods from before the restart still run',
  },
  {
    title: 'none is new, because it is paused',
    kind: 'Deployment',
    spec: { paused: true },
    status: { replicas: 3, availableReplicas: 3, conditions: [progressing('Unknown', 'DeploymentPaused')] },
    is: 'rolling WorkloadPaused: it is paused: resume it (kubectl rollout resume)',
  },
  {
    title: 'a quota is full',
    kind: 'Deployment',
    status: { ...partial, conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }] },
    is: 'rolling RollingOut: it cannot make pods (a quota, or an admission policy): its conditions and events say why',
  },
  {
    title: 'a quota of ReplicaSets is full',
    kind: 'Deployment',
    status: { ...partial, conditions: [progressing('False', 'ReplicaSetCreateError')] },
    is: 'rolling RollingOut: it cannot make pods (a quota, or an admission policy): its conditions and events say why',
  },
  {
    title: 'its deadline has passed',
    kind: 'Deployment',
    status: { ...partial, conditions: [progressing('False', 'ProgressDeadlineExceeded')] },
    is: 'failed: made no progress within its progressDeadlineSeconds',
  },

  { title: 'all pods are new', kind: 'StatefulSet', status: { ...three, ...same }, is: 'done' },
  { title: 'no pods are wanted', kind: 'StatefulSet', spec: { replicas: 0 }, status: same, is: 'done' },
  {
    title: 'the last one, in reverse order, is new',
    kind: 'StatefulSet',
    status: { ...three, updatedReplicas: 1, ...moving },
    is: 'rolling RollingOut: 1 of 3 pods are restarted',
  },
  {
    title: 'all are new, and the first cannot serve yet',
    kind: 'StatefulSet',
    status: { ...three, availableReplicas: 2, ...moving },
    is: 'rolling RollingOut: 2 of 3 pods are available',
  },
  {
    title: 'all are new, and its controller has one step to go',
    kind: 'StatefulSet',
    status: { ...three, ...moving },
    is: 'rolling RollingOut: its currentRevision is not its updateRevision yet',
  },
  {
    title: 'a partition holds two of three',
    kind: 'StatefulSet',
    spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
    status: { ...three, updatedReplicas: 1, ...moving },
    is: 'done: its partition leaves 2 of 3 pods as they were',
  },
  {
    title: 'a partition holds more than there are',
    kind: 'StatefulSet',
    spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 9 } } },
    status: { ...three, updatedReplicas: undefined, ...moving },
    is: 'done: its partition leaves 3 of 3 pods as they were',
  },
  {
    title: 'OnDelete, and nobody has deleted a pod',
    kind: 'StatefulSet',
    spec: { updateStrategy: { type: 'OnDelete' } },
    status: { ...three, updatedReplicas: undefined, ...moving },
    is: 'rolling PodsNotDeleted: its updateStrategy is OnDelete, so a pod is replaced when somebody deletes it: delete them (0 of 3 pods are restarted)',
  },
  {
    title: 'OnDelete, and all were deleted: its controller leaves currentRevision behind',
    kind: 'StatefulSet',
    spec: { updateStrategy: { type: 'OnDelete' } },
    status: { ...three, ...moving },
    is: 'done',
  },

  {
    title: 'all nodes have a new pod',
    kind: 'DaemonSet',
    status: { desiredNumberScheduled: 5, updatedNumberScheduled: 5, numberAvailable: 5 },
    is: 'done',
  },
  { title: 'no node wants one', kind: 'DaemonSet', status: {}, is: 'done' },
  {
    title: 'a node has an old pod',
    kind: 'DaemonSet',
    status: { desiredNumberScheduled: 5, updatedNumberScheduled: 4, numberAvailable: 5 },
    is: 'rolling RollingOut: 4 of 5 pods are restarted',
  },
  {
    title: 'a new pod cannot serve yet',
    kind: 'DaemonSet',
    status: { desiredNumberScheduled: 5, updatedNumberScheduled: 5, numberAvailable: 4, numberUnavailable: 1 },
    is: 'rolling RollingOut: 4 of 5 pods are available',
  },
  {
    title: 'OnDelete',
    kind: 'DaemonSet',
    spec: { updateStrategy: { type: 'OnDelete' } },
    status: { desiredNumberScheduled: 2, numberAvailable: 2 },
    is: 'rolling PodsNotDeleted: its updateStrategy is OnDelete, so a pod is replaced when somebody deletes it: delete them (0 of 2 pods are restarted)',
  },

  { title: 'it is healthy', kind: 'Rollout', status: { ...three, phase: 'Healthy' }, seen: '7', is: 'done' },
  {
    title: 'it was healthy, and its controller has not looked yet',
    kind: 'Rollout',
    status: { ...three, phase: 'Healthy' },
    seen: '6',
    is: 'rolling RollingOut: its controller has not seen the restart yet',
  },
  {
    title: 'a controller before 1.0 writes a hash',
    kind: 'Rollout',
    status: { ...three, phase: 'Healthy' },
    seen: '7d9f8c6b5',
    is: 'rolling RollingOut: its controller has not seen the restart yet',
  },
  {
    title: 'the canary grows',
    kind: 'Rollout',
    status: { ...partial, phase: 'Progressing' },
    seen: '7',
    is: 'rolling RollingOut: 2 of 3 pods are restarted',
  },
  {
    title: 'all are new, and its analysis runs',
    kind: 'Rollout',
    status: { ...three, phase: 'Progressing' },
    seen: '7',
    is: 'rolling RollingOut: its phase is not Healthy yet',
  },
  {
    title: 'a step waits for somebody',
    kind: 'Rollout',
    status: { ...partial, phase: 'Paused', message: 'CanaryPauseStep' },
    seen: '7',
    is: 'rolling WorkloadPaused: it is paused: promote it (kubectl argo rollouts promote)',
  },
  {
    title: 'it was aborted',
    kind: 'Rollout',
    status: { ...partial, phase: 'Degraded', message: 'RolloutAborted: metric "p99" assessed Failed' },
    seen: '7',
    is: 'failed: is Degraded: its status says why',
  },
];

test.each(rows)('$kind: $title', ({ kind, spec = {}, status = {}, seen = 7, is }) => {
  const strategy = kind === 'StatefulSet' ? { updateStrategy: rolling } : {};
  const rollout = rolloutOf(kind, {
    metadata: { name: 'x', generation: 7 },
    spec: { replicas: 3, ...strategy, ...spec },
    status: { observedGeneration: seen, ...status },
  });
  const why = 'why' in rollout ? rollout.why : 'note' in rollout ? rollout.note : undefined;
  const reason = rollout.kind === 'rolling' ? ` ${rollout.reason}` : '';
  expect(`${rollout.kind}${reason}${why === undefined ? '' : `: ${why}`}`).toBe(is);
});

test.each<WorkloadKind>(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'])(
  '%s: what is no object of the kind is never taken for done',
  kind => {
    expect(rolloutOf(kind, { metadata: { generation: 1 } }).kind).toBe('rolling');
  },
);
