import { defaultTimeout, type RestartEntry } from '../../../api/secret-reference/restart.ts';
import { parseTime } from '../../../core/clock.ts';
import { parseDuration } from '../../../core/duration.ts';
import type { Progress } from './stage.ts';
import type { Workload } from './workloads.ts';

/** What comes next in restarting workloads in their order. Pure: nothing is remembered but what the workloads say. */

/** One entry of `rotation.restart`, with what it names at this moment. */
export interface Group {
  readonly entry: RestartEntry;
  readonly workloads: readonly Workload[];
}

/** One pass over the entries: that of a run, or of its rollback. */
export interface Pass {
  /** What restarted workloads are marked with. */
  readonly name: string;
  /** Wall milliseconds at which it began. */
  readonly since: number;
  /** A run needs all that it names; a rollback takes what is still there. */
  readonly needsAll: boolean;
}

/** `restart`: these, now; those before them have rolled out. */
export type Next = { readonly kind: 'restart'; readonly workloads: readonly Workload[] } | Progress;

/** The first entry that is not done decides. Those before the last one that was begun are done: they were waited for. */
export function nextRestart(groups: readonly Group[], pass: Pass, wallMs: number): Next {
  const begun = Math.max(
    0,
    groups.findLastIndex(({ workloads }) => workloads.some(each => isMarked(each, pass))),
  );
  const open = groups.slice(begun);
  const wrong = pass.needsAll ? unusable(open) : undefined;
  if (wrong !== undefined) return wrong;
  for (const [index, group] of open.entries()) {
    const entriesSoFar = groups.slice(0, begun + index + 1);
    const next = nextOf(group, pass, { wallMs, waitsUntil: pass.since + sum(entriesSoFar.map(timeoutOf)) });
    if (next.kind !== 'passed') return next;
  }
  const all = groups.flatMap(({ workloads }) => workloads);
  return all.length === 0 ? { kind: 'passed' } : { kind: 'passed', message: summary(all) };
}

/** What cannot be restarted at all: found before anything is. */
export const unusable = (groups: readonly Group[]): Progress | undefined =>
  groups.map(wrongWith).find(fault => fault !== undefined);

function wrongWith({ entry, workloads }: Group): Progress | undefined {
  const elsewhere = workloads.find(each => each.describedElsewhere);
  if (elsewhere !== undefined) {
    const why = 'has its pod template in another object (workloadRef), which is not restarted through it';
    return failed('RestartRefused', `${nameOf(elsewhere)} ${why}: take it out of rotation.restart`);
  }
  if (workloads.length > 0) return undefined;
  return entry.name === undefined
    ? failed('NothingSelected', `no ${entry.kind} has the labels ${labelsOf(entry)}: correct rotation.restart`)
    : failed('WorkloadNotFound', `there is no ${nameOf({ ...entry, name: entry.name })}: correct rotation.restart`);
}

interface Times {
  readonly wallMs: number;
  /** How long the rollouts of others are waited for: until all entries up to this one could have taken their time. */
  readonly waitsUntil: number;
}

function nextOf({ entry, workloads }: Group, pass: Pass, times: Times): Next {
  const free = workloads.filter(each => !isMarked(each, pass) && !isBusy(each));
  if (free.length > 0) return { kind: 'restart', workloads: free };
  const all = workloads.map(each => (isMarked(each, pass) ? judge(each, entry, times) : busy(each, times)));
  // A failure before a wait: nobody waits for what cannot be.
  return all.find(isFailed) ?? all.find(({ kind }) => kind === 'waiting') ?? { kind: 'passed' };
}

const isFailed = ({ kind }: Progress): boolean => kind === 'failed';
const isMarked = ({ mark }: Workload, pass: Pass): boolean => mark?.run === pass.name;

/** Another reference has restarted it, and it is still at it: each of two rollouts at once would be judged by the other. */
const isBusy = ({ template, mark, rollout }: Workload): boolean =>
  template !== undefined && template.run !== mark?.run && rollout.kind === 'rolling';

function busy(workload: Workload, { wallMs, waitsUntil }: Times): Progress {
  const message = `${nameOf(workload)} is still rolling out for ${workload.template?.run}`;
  return wallMs < waitsUntil
    ? { kind: 'waiting', reason: 'WorkloadBusy', message: `${message}, which comes first`, lookAgainMs: longestWaitMs }
    : failed('RolloutTimeout', `${message}, and was waited for long enough`);
}

/** One that this pass has restarted. */
function judge(workload: Workload, entry: RestartEntry, { wallMs, waitsUntil }: Times): Progress {
  const { mark = { time: '' }, template, rollout } = workload;
  const name = nameOf(workload);
  if (template === undefined || template.time < mark.time)
    return failed('RestartUndone', `somebody took the restart of ${name} back: find out who writes its pod template`);
  if (rollout.kind === 'done') return { kind: 'passed' };
  if (rollout.kind === 'failed') return failed('RolloutFailed', `${name} ${rollout.why}`);
  const waited = wallMs - (parseTime(mark.time) ?? wallMs);
  // The clock was ahead when it was restarted.
  const left = waited < 0 ? waitsUntil - wallMs : timeoutOf({ entry }) - waited;
  if (left <= 0) {
    const { timeout = defaultTimeout } = entry;
    return failed('RolloutTimeout', `${name} did not roll out within ${timeout}: ${rollout.why}`);
  }
  const lookAgainMs = Math.min(left, longestWaitMs, Math.max(shortestWaitMs, waited / 10));
  return { kind: 'waiting', reason: rollout.reason, message: `${name}: ${rollout.why}`, lookAgainMs };
}

/** Milliseconds between two looks: they grow with the time that a rollout takes. */
export const shortestWaitMs = 1000;
const longestWaitMs = 10_000;

const failed = (reason: string, message: string): Progress => ({ kind: 'failed', reason, message });

const timeoutOf = ({ entry: { timeout = defaultTimeout } }: Pick<Group, 'entry'>): number =>
  parseDuration(timeout) ?? 0;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** As people write it: `Deployment api`. */
export const nameOf = ({ kind, name }: Pick<Workload, 'kind' | 'name'>): string => `${kind} ${name}`;

const labelsOf = ({ selector }: RestartEntry): string =>
  Object.entries(selector?.matchLabels ?? {})
    .map(pair => pair.join('='))
    .join(', ');

function summary(workloads: readonly Workload[]): string {
  const notes = workloads.flatMap(each =>
    each.rollout.kind === 'done' && each.rollout.note !== undefined ? [`; ${nameOf(each)}: ${each.rollout.note}`] : [],
  );
  return `restarted: ${some(workloads.map(nameOf))}${notes.slice(0, mostNamed).join('')}`;
}

/** A selector may find thousands, and a message has an end. */
const mostNamed = 10;
export const some = (names: readonly string[]): string =>
  names.length > mostNamed
    ? `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`
    : names.join(', ');
