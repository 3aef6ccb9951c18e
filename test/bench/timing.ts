import { loadavg } from 'node:os';
import { type Latency, latencyOf } from './latency.ts';
import { type CpuSeconds, cpuBetween, cpuByProgram } from './processes.ts';

/** What a piece of work was. */
export interface Done {
  readonly objects: number;
  /** Milliseconds of single objects. */
  readonly latencies?: readonly number[];
  /** Seconds, when only a part of the work counts. */
  readonly seconds?: number;
}

/** How long it took, and on what machine. */
export interface Timed {
  readonly objects: number;
  readonly seconds: number;
  readonly latency: Latency | undefined;
  readonly cpu: CpuSeconds;
  /** Of the machine, over one minute, when it began. */
  readonly load: number;
}

export async function timed(work: () => Promise<Done>): Promise<Timed> {
  const [load = 0] = loadavg();
  const before = await cpuByProgram();
  const begun = performance.now();
  const done = await work();
  const seconds = done.seconds ?? (performance.now() - begun) / 1000;
  const { objects, latencies = [] } = done;
  return { objects, seconds, latency: latencyOf(latencies), cpu: cpuBetween(before, await cpuByProgram()), load };
}
