import type { RestartEntry } from '../../../api/secret-reference/restart.ts';
import { collect, mapOk, ok, type Result } from '../../../core/result.ts';
import { ofKubeFault } from './api-answer.ts';
import { type Group, nameOf, nextRestart, type Pass, shortestWaitMs, some, unusable } from './next-restart.ts';
import type { Progress, Run, Stage, StagePorts } from './stage.ts';
import {
  type CallFault,
  type Owner,
  restartWorkload,
  type Workload,
  workloadResources,
  workloadsOf,
} from './workloads.ts';

/** Restarts the workloads of `rotation.restart`, one entry after the other, once the candidate is published. */
export const restart: Stage = {
  name: 'Restart',
  isAsked: ({ restart }) => restart !== undefined,
  foresee: async ({ reference: { metadata }, rotation }, ports, signal) => {
    const groups = await look(rotation.restart ?? [], metadata, all, ports, signal);
    return groups.ok ? ok(unusable(groups.value) ?? { kind: 'passed' }) : ofFault(groups.fault, metadata);
  },
  advance: (run, ports, signal) =>
    pass(run, { name: run.record.metadata.name, since: run.since, needsAll: true }, all, ports, signal),
};

const all = (): boolean => true;

/** Once the revision before is published again: those that the run has restarted, and only those, in the same order. */
export const restartAgain = (run: Run, ports: StagePorts, signal: AbortSignal): Promise<Result<Progress>> => {
  const forward = run.record.metadata.name;
  const back = `${forward}-rollback`;
  const isConcerned = ({ mark }: Workload): boolean => mark?.run === forward || mark?.run === back;
  return pass(run, { name: back, since: run.since, needsAll: false }, isConcerned, ports, signal);
};

async function pass(
  run: Run,
  pass: Pass,
  isConcerned: (workload: Workload) => boolean,
  ports: StagePorts,
  signal: AbortSignal,
): Promise<Result<Progress>> {
  const { metadata } = run.reference;
  const groups = await look(run.rotation.restart ?? [], metadata, isConcerned, ports, signal);
  if (!groups.ok) return ofFault(groups.fault, metadata);
  const next = nextRestart(groups.value, pass, ports.clock.wall());
  return next.kind === 'restart' ? restartAll(next.workloads, pass, metadata, ports, signal) : ok(next);
}

async function look(
  entries: readonly RestartEntry[],
  owner: Owner,
  isConcerned: (workload: Workload) => boolean,
  { client }: StagePorts,
  signal: AbortSignal,
): Promise<Result<readonly Group[], CallFault>> {
  const found = await Promise.all(entries.map(entry => workloadsOf(entry, owner, client, signal)));
  return mapOk(collect(found), all =>
    entries.map((entry, index) => ({
      entry,
      workloads: (all[index] ?? []).filter(each => !each.isGoing && isConcerned(each)),
    })),
  );
}

/** One after the other, so that a kill leaves no more than one write of which nobody knows. */
async function restartAll(
  workloads: readonly Workload[],
  { name }: Pass,
  owner: Owner,
  { client, clock }: StagePorts,
  signal: AbortSignal,
): Promise<Result<Progress>> {
  for (const workload of workloads) {
    const done = await restartWorkload(workload, name, owner, clock.wall(), client, signal);
    if (!done.ok) return ofFault(done.fault, owner);
  }
  return ok(lookAgain(`restarted: ${some(workloads.map(nameOf))}`));
}

const lookAgain = (message: string): Progress => ({
  kind: 'waiting',
  reason: 'RollingOut',
  message,
  lookAgainMs: shortestWaitMs,
});

/** What a call that failed means for the run. */
function ofFault({ verb, kind, fault }: CallFault, { namespace }: Owner): Result<Progress> {
  const { group, plural } = workloadResources[kind];
  // Somebody has changed or deleted it since it was looked at.
  const hasMoved = fault.kind === 'conflict' || fault.kind === 'not-found' || fault.kind === 'already-exists';
  return hasMoved
    ? ok(lookAgain(`a ${kind} was changed meanwhile`))
    : ofKubeFault(fault, { verb, group, resource: plural, namespace });
}
