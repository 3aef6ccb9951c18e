/** Why a SecretRotation waits or failed, by what its stages do in the cluster. */
export const stageReasons = {
  RbacMissing: {
    meaning: 'Of a SecretRotation: the operator lacks a right that its stage needs. It waits.',
    whatToDo: 'Install the chart with `rotation.enabled: true`, or give the rule that the message names.',
  },
  WorkloadNotFound: {
    meaning: 'Of a SecretRotation: `rotation.restart` names a workload that is not there. Nothing is published.',
    whatToDo: 'Correct `rotation.restart`, or create the workload; then set a new token.',
  },
  NothingSelected: {
    meaning: 'Of a SecretRotation: a selector of `rotation.restart` matches no workload. Nothing is published.',
    whatToDo: 'Correct `rotation.restart`, or create the workload; then set a new token.',
  },
  RestartRefused: {
    meaning: 'Of a SecretRotation: a Rollout with `workloadRef` cannot be restarted. Nothing is published.',
    whatToDo: 'Take it out of `rotation.restart`, or name the workload that it refers to.',
  },
  RestartUndone: {
    meaning: 'Of a SecretRotation: somebody has written the pod template of a restarted workload as it was before.',
    whatToDo:
      'Find out who: an operator that owns the workload has to restart it itself, then take it out of `rotation.restart`.',
  },
  RollingOut: {
    meaning: 'Of a SecretRotation: workloads are restarted, and one of them is waited for.',
    whatToDo: 'Nothing before its `timeout`; if a pod does not start, look at its events.',
  },
  WorkloadPaused: {
    meaning: 'Of a SecretRotation: a Deployment to be restarted is paused, or a Rollout waits to be promoted.',
    whatToDo: 'Resume or promote it, within the `timeout` of its entry.',
  },
  PodsNotDeleted: {
    meaning: 'Of a SecretRotation: `updateStrategy: OnDelete` of a workload replaces pods only when they are deleted.',
    whatToDo: 'Delete its pods, within the `timeout` of its entry.',
  },
  WorkloadBusy: {
    meaning: 'Of a SecretRotation: a workload still rolls out after a restart for another reference.',
    whatToDo: 'Nothing: one restart at a time for each workload.',
  },
  RolloutFailed: {
    meaning:
      'Of a SecretRotation: the rollout of a restarted workload failed. The values before come back, and it is restarted once more.',
    whatToDo: 'Find out why its pods do not start with the newer value; then set a new token, or store another value.',
  },
  RolloutTimeout: {
    meaning:
      'Of a SecretRotation: a rollout took longer than the `timeout` of its entry. The values before come back, and it is restarted once more.',
    whatToDo: 'As for RolloutFailed; if it only was slow, raise `timeout`.',
  },
  Validating: {
    meaning: 'Of a SecretRotation: the newer value is being tried, by the Job or the service of `rotation.validate`.',
    whatToDo: 'Nothing, unless the message says what holds the Job up.',
  },
  JobFailed: {
    meaning: 'Of a SecretRotation: the Job of `rotation.validate` failed with the newer value, which nobody gets.',
    whatToDo: 'Read the logs of the Job. Put another value into the store, or set a new token to try again.',
  },
  DeadlineExceeded: {
    meaning: 'Of a SecretRotation: within `rotation.validate.timeout` nobody found the newer value good.',
    whatToDo: 'Look at what the message names, or set a longer timeout; then set a new token to try again.',
  },
  ImagePullFailed: {
    meaning: 'Of a SecretRotation: the image of a container of `rotation.validate.job` cannot be pulled.',
    whatToDo: 'Correct `image`, or `imagePullSecrets` of the template; then set a new token to try again.',
  },
  PodNotStarted: {
    meaning: 'Of a SecretRotation: a container of `rotation.validate.job` cannot be started.',
    whatToDo: 'Correct what the message names; then set a new token to try again.',
  },
  QuotaExceeded: {
    meaning: 'Of a SecretRotation: the quota of the namespace has no room for the Job of `rotation.validate`.',
    whatToDo: 'Make room before the timeout is over, or set a new token to try again afterwards.',
  },
  JobConflict: {
    meaning: 'Of a SecretRotation: a Job of the name that it needs belongs to somebody else. It is never touched.',
    whatToDo: 'Delete that Job, and set a new token.',
  },
  ValidationRefused: {
    meaning:
      'Of a SecretRotation: the service of `rotation.validate.http` refused the newer value, or may not be asked.',
    whatToDo: 'Ask whoever runs the service; put another value into the store, or set a new token to try again.',
  },
  RecordRefused: {
    meaning: 'Of a SecretReference, as an event: Kubernetes refused to make the SecretRotation of a run, which waits.',
    whatToDo: 'Lift what the message names. The run begins by itself, within half a minute.',
  },
  StageRefused: {
    meaning: 'Of a SecretRotation: Kubernetes refused what a stage of `spec.rotation` needs.',
    whatToDo: 'Lift what the message names; then set a new token to try again.',
  },
  ConsumersRunning: {
    meaning: 'Of a SecretRotation: work that `rotation.hold` names still runs.',
    whatToDo: 'Nothing: it goes on when that has ended, or after `maxHold`.',
  },
  KindNotServed: {
    meaning: 'Of a SecretRotation: the API server does not have a kind that `spec.rotation` names.',
    whatToDo: 'Install its CRD, or take the kind out of the spec.',
  },
  HoldTooLong: {
    meaning: 'Of a SecretRotation: what `rotation.hold` names still ran after `maxHold`. Nothing was published.',
    whatToDo: 'Set a new token when it has ended, a longer `maxHold`, or `then: Switch`.',
  },
} as const;
