import type { ObjectKey } from '../core/object-key.ts';
import type { Result } from '../core/result.ts';

/** A pure function that runs in the sandbox. Its input and output are plain data, for they are cloned on their way. */
export interface Task<Input, Output> {
  readonly name: string;
  /**
   * Called in the sandbox only: what a task needs is never loaded into the thread that serves everybody. It may look at
   * the input for what else is needed, but does no work on it, for it is not counted against the deadline.
   */
  readonly load: (input: Input) => Promise<(input: Input) => Output>;
}

/** For whom something is computed, and whom a kill is charged to. */
export interface Asker {
  /** Waits are served round robin by its namespace. */
  readonly reference: ObjectKey;
  /** Where in the spec the computation is written, for messages: `spec.dataFrom[0].find.name.regexp`. */
  readonly where: string;
  readonly signal: AbortSignal;
}

/** Computes what a tenant made costly, outside of the thread that serves everybody. */
export interface Sandbox {
  run<Input, Output>(task: Task<Input, Output>, input: Input, asker: Asker): Promise<Result<Output>>;
}

/** To the worker. */
export interface Request<Input> {
  readonly task: string;
  readonly input: Input;
}

/** From the worker: the task is loaded and begins, then what it answers. */
export type Reply<Output> = Started | { readonly kind: 'done'; readonly output: Output };
export interface Started {
  readonly kind: 'started';
  /** Milliseconds of processor time that the thread had used before. */
  readonly cpuMs: number;
}

/** Of `process.threadCpuUsage()`, in milliseconds. */
export const cpuMsOf = ({ user, system }: { readonly user: number; readonly system: number }): number =>
  (user + system) / 1000;
