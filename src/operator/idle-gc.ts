import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { onAbort } from '../async/deadline.ts';
import type { Timers } from '../async/timers.ts';

/** Milliseconds between looks. */
const lookMs = 30_000;
/** The part of that time which may be spent on work. */
const idleBelow = 0.05;
/** For less, a pause of a tenth of a second is too dear. */
const worthBytes = 8 * 1024 * 1024;

/** What runs us. */
export interface Heap {
  /** 0 to 1: the part of the time since the last call in which there was something to do. */
  utilization(): number;
  heapBytes(): number;
  /** Collects all garbage, and hands the pages that are free then back to the system. */
  collect(): void;
}

/**
 * V8 keeps what a busy minute took for as long as nothing follows it: a sixth of all that is resident. So memory goes back
 * after half a minute of rest, if that has grown since the last time.
 */
export function collectWhenIdle(engine: Heap, timers: Timers, signal: AbortSignal): void {
  let left = 0;
  const look = () => {
    if (engine.utilization() < idleBelow && engine.heapBytes() >= left + worthBytes) {
      engine.collect();
      left = engine.heapBytes();
    }
    cancel = timers.after(lookMs, look);
  };
  let cancel = timers.after(lookMs, look);
  onAbort(signal, () => cancel());
}

/** Undefined without `node --expose-gc`, which the Deployment asks for. */
export function v8Heap(): Heap | undefined {
  const { gc } = globalThis;
  if (gc === undefined) return undefined;
  let before = performance.eventLoopUtilization();
  return {
    utilization: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
    heapBytes: () => getHeapStatistics().total_heap_size,
    collect: () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  };
}
