import type { SecretRotationStatus, StageName, StageStatus } from '../../api/secret-rotation/secret-rotation.ts';
import { parseTime, timestamp } from '../../core/clock.ts';
import type { Fault } from '../../core/fault.ts';
import { ok } from '../../core/result.ts';
import { afterFailure, stages } from './stages/index.ts';
import type { Progress, Run, Stage, StagePorts } from './stages/stage.ts';

/** A run without its time, which each stage has of its own. */
export interface RunSoFar extends Omit<Run, 'since'> {
  readonly revision: number;
}

/** How far a run came, and what is to be done next. */
export interface Advanced {
  readonly status: SecretRotationStatus;
  /** What is to be added to it once nothing of the run is left behind. */
  readonly end?: RunEnd;
  /** Milliseconds; undefined: a change wakes it. */
  readonly lookAgainMs?: number | undefined;
  readonly fault?: Fault;
}

/** How a run ended. */
export type RunEnd = Pick<SecretRotationStatus, 'result' | 'reason' | 'message' | 'to' | 'time'>;

/** Takes a run through its stages as far as it comes now. What has passed is not asked again. */
export async function advance(run: RunSoFar, ports: StagePorts, signal: AbortSignal): Promise<Advanced> {
  let status = begun(run, ports);
  for (;;) {
    const stage = currentStage(run, status);
    if (stage === undefined) return { status, end: endOf(status, run, ports) };
    const hindered = stage.name === 'Publish' ? await hindrance(run, status, ports, signal) : undefined;
    if (hindered !== undefined) return hindered;
    status = cameTo(stage, status, ports);
    const progress = await stage.advance(seenFrom(run, status), ports, signal);
    if (!progress.ok) return { status, fault: progress.fault };
    if (progress.value.kind === 'waiting')
      return { status: waiting(status, progress.value), lookAgainMs: progress.value.lookAgainMs };
    status = left(status, progress.value, ports);
  }
}

const nothing = ok<Progress>({ kind: 'passed' });

/** Why nothing is published: a stage that comes after it could not be done. */
async function hindrance(
  run: RunSoFar,
  status: SecretRotationStatus,
  ports: StagePorts,
  signal: AbortSignal,
): Promise<Advanced | undefined> {
  if (status.stage === 'Publish') return undefined;
  for (const stage of stages.filter(each => each.isAsked(run.rotation))) {
    const seen = (await stage.foresee?.(seenFrom(run, status), ports, signal)) ?? nothing;
    if (!seen.ok) return { status, fault: seen.fault };
    const { value } = seen;
    if (value.kind === 'failed') {
      const failed = left(cameTo(stage, status, ports), value, ports);
      return { status: failed, end: endOf(failed, run, ports) };
    }
    if (value.kind === 'waiting')
      return { status: { ...status, reason: value.reason, message: value.message }, lookAgainMs: value.lookAgainMs };
  }
  return undefined;
}

/** Jobs that may still run, and the like: of all stages that the run has come to. */
export async function cleanUp(run: RunSoFar, ports: StagePorts, signal: AbortSignal): Promise<Fault | undefined> {
  const { status } = run.record;
  for (const stage of stages.filter(({ name }) => status?.stages.some(entered => entered.name === name))) {
    const done = await stage.cleanUp?.(seenFrom(run, status), ports, signal);
    if (done?.ok === false) return done.fault;
  }
  return undefined;
}

/** Whether one of the stages that the run has come to leaves something. */
export const leavesSomething = ({ stages: entered }: SecretRotationStatus): boolean =>
  stages.some(({ name, cleanUp }) => cleanUp !== undefined && entered.some(each => each.name === name));

function begun({ record, reference }: RunSoFar, { clock }: StagePorts): SecretRotationStatus {
  const from = reference.status?.candidate?.from;
  const status = record.status ?? { stages: [] };
  return {
    ...status,
    stages: [...withLast(status, last => notInTheFuture(last, clock.wall()))],
    observedGeneration: record.metadata.generation,
    ...(from === undefined ? {} : { from }),
  };
}

/** Undefined: it has passed all, or has failed and may not be taken back. */
function currentStage({ rotation, previous }: RunSoFar, status: SecretRotationStatus): Stage | undefined {
  if (!status.stages.some(({ failed }) => failed))
    return stages.find(stage => stage.isAsked(rotation) && !hasPassed(status, stage.name));
  const isBack = status.stages.some(({ name, end }) => name === afterFailure.name && end !== undefined);
  return hasPassed(status, 'Publish') && previous !== undefined && !isBack ? afterFailure : undefined;
}

const hasPassed = ({ stages: all }: SecretRotationStatus, stage: StageName): boolean =>
  all.some(({ name, end, failed }) => name === stage && end !== undefined && failed === undefined);

const cameTo = (stage: Stage, status: SecretRotationStatus, { clock }: StagePorts): SecretRotationStatus =>
  status.stages.at(-1)?.name === stage.name
    ? status
    : {
        ...status,
        stage: stage.name,
        stages: [...status.stages, { name: stage.name, start: timestamp(clock.wall()) }],
      };

function seenFrom(run: RunSoFar, status: SecretRotationStatus | undefined): Run {
  const start = status?.stages.at(-1)?.start;
  const record = status === undefined ? run.record : { ...run.record, status };
  return { ...run, record, since: parseTime(start ?? '') ?? 0 };
}

/** The clock was ahead when the stage began: it would last as much longer. */
const notInTheFuture = (stage: StageStatus, wallMs: number): StageStatus =>
  stage.end === undefined && (parseTime(stage.start) ?? 0) > wallMs ? { ...stage, start: timestamp(wallMs) } : stage;

/** The last of the list is where the run is. */
const withLast = (status: SecretRotationStatus, change: (last: StageStatus) => StageStatus): readonly StageStatus[] =>
  status.stages.map((each, at) => (at === status.stages.length - 1 ? change(each) : each));

const waiting = (
  status: SecretRotationStatus,
  { reason, message }: Extract<Progress, { kind: 'waiting' }>,
): SecretRotationStatus => ({
  ...status,
  stages: [...withLast(status, last => ({ ...last, reason, message }))],
  reason,
  message,
});

function left(
  { reason: _, message: __, ...status }: SecretRotationStatus,
  progress: Exclude<Progress, { kind: 'waiting' }>,
  { clock }: StagePorts,
): SecretRotationStatus {
  const said = progress.message === undefined ? {} : { message: progress.message };
  const failed = progress.kind === 'failed' ? ({ failed: true, reason: progress.reason } as const) : {};
  const end = timestamp(clock.wall());
  const stages = withLast(status, ({ name, start }) => ({ name, start, end, ...said, ...failed }));
  return { ...status, stages: [...stages] };
}

/** Of one that failed, the failure speaks, and what became of taking it back. */
function endOf(status: SecretRotationStatus, { revision }: RunSoFar, { clock }: StagePorts): RunEnd {
  const failure = status.stages.find(({ failed }) => failed);
  const back = status.stages.find(({ name }) => name === afterFailure.name);
  const { reason = 'Synced' } = failure ?? {};
  const message = [failure?.message, back?.message].filter(said => said !== undefined).join('; ');
  return {
    ...(hasPassed(status, 'Publish') ? { to: revision } : {}),
    result: hasPassed(status, 'Rollback') ? 'RolledBack' : failure === undefined ? 'Rotated' : 'Failed',
    reason,
    ...(message === '' ? {} : { message }),
    time: timestamp(clock.wall()),
  };
}
