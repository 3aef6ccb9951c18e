import { type Asked, sumOf } from './audits.ts';
import type { Bench } from './bench-context.ts';
import type { Goal } from './goals.ts';
import type { Operator } from './operator.ts';
import { cpuOf, forgetPeak, type Memory, memoryOf } from './processes.ts';
import { type Done, type Timed, timed } from './timing.ts';

/** What a piece of work cost the operator. */
export interface OperatorCost {
  readonly cpuSeconds: number;
  readonly memory: Memory;
  readonly heap: Heap;
  readonly asked: Asked;
  /** Milliseconds; the timer that measures it ticks every 10 ms, and that is part of it. */
  readonly loopDelayP99: number;
}

/** Megabytes, as the operator's own metrics tell at the end. */
export interface Heap {
  readonly used: number;
  readonly total: number;
  /** Buffers. */
  readonly external: number;
}

/** One line of the table. */
export interface Row extends Timed {
  readonly name: string;
  /** Absent where no operator ran. */
  readonly operator?: OperatorCost;
  /** Objects a second, in parts of what the bare client reached. */
  readonly ratio?: number;
  /** The same by CPU time of all programs of the bench: what the ratio would be on this machine with nobody else on it. */
  readonly cpuRatio?: number;
  readonly goals: readonly Goal[];
}

export type Measured = Timed & { readonly operator: OperatorCost };

const loopDelay = 'nodejs_eventloop_lag_p99_seconds';

export async function measure({ crew, audits }: Bench, work: () => Promise<Done>): Promise<Measured> {
  const { pid } = crew.operator.process;
  await crew.operator.metric(loopDelay); // begins its period
  await audits.take();
  await forgetPeak(pid);
  const before = await cpuOf(pid);
  const time = await timed(work);
  // The work may have put another process in the place of the one that was measured first.
  const { operator } = crew;
  const cpuSeconds = (await cpuOf(operator.process.pid)) - (operator.process.pid === pid ? before : 0);
  const memory = await memoryOf(operator.process.pid);
  const loopDelayP99 = (await operator.metric(loopDelay)) * 1000;
  const heap = await heapOf(operator);
  return { ...time, operator: { cpuSeconds, memory, heap, loopDelayP99, asked: await audits.take() } };
}

async function heapOf({ metric }: Operator): Promise<Heap> {
  const megabytes = async (name: string) => (await metric(name)) / 1024 / 1024;
  return {
    used: await megabytes('nodejs_heap_size_used_bytes'),
    total: await megabytes('nodejs_heap_size_total_bytes'),
    external: await megabytes('nodejs_external_memory_bytes'),
  };
}

/** Empty when the bare client did not run. */
export function besideBare(time: Timed, bare: Timed | undefined): Pick<Row, 'ratio' | 'cpuRatio'> {
  if (bare === undefined) return {};
  const perSecond = ({ objects, seconds }: Timed) => objects / seconds;
  const cpuOfOne = ({ cpu, objects }: Timed) => ownCpu(cpu) / objects;
  return { ratio: perSecond(time) / perSecond(bare), cpuRatio: cpuOfOne(bare) / cpuOfOne(time) };
}

/** Seconds of all programs of the bench. */
export const ownCpu = (cpu: Timed['cpu']): number => sum(Object.values(cpu)) - (cpu.others ?? 0);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Requests of these kinds for each object. */
export const requestsPerObject = ({ operator, objects }: Measured, counts: (call: string) => boolean): number =>
  sumOf(operator.asked.api, counts) / objects;
