import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { cpuMsOf, type Reply, type Request, type Started, type Task } from './task.ts';

export interface Limits {
  /** Milliseconds of processor time for one task. */
  readonly deadlineMs: number;
  /** Megabytes of the heap. */
  readonly memoryMb: number;
}

/** How a task went. After all but `done` the thread is over. */
export type Ran<Output> =
  | { readonly kind: 'done'; readonly output: Output }
  | { readonly kind: 'ended'; readonly why: 'deadline' | 'memory' | 'crash' }
  /** It ended before the task began: this says nothing about the task. */
  | { readonly kind: 'not-started' };

/** On a machine that gives it no time, a task is ended when this many times its deadline have passed on the clock. */
const patience = 8;

/** One worker thread, which runs one task at a time. It does not keep the process alive, and sees no environment. */
export class Thread {
  readonly #worker: Worker;
  readonly #deadlineMs: number;
  #onEnd: (why: 'memory' | 'crash') => void = () => undefined;
  #isOver = false;

  constructor(entry: URL, { deadlineMs, memoryMb }: Limits) {
    this.#deadlineMs = deadlineMs;
    letWorkersHaveLimits();
    this.#worker = new Worker(entry, {
      env: {},
      execArgv: [],
      // Not to those of the process: nothing that a library prints about its input may get into the log.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 2 },
    });
    let why: 'memory' | 'crash' = 'crash';
    this.#worker.on('error', error => {
      if (isOutOfMemory(error)) why = 'memory';
    });
    // Not at the error: what the thread said before is delivered first.
    this.#worker.on('exit', () => {
      this.#isOver = true;
      this.#onEnd(why);
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Ran<Output>> {
    const { promise, resolve } = Promise.withResolvers<Ran<Output>>();
    let watch: Watch | undefined;
    const onReply = (reply: Reply<Output>): void => {
      if (reply.kind === 'done') resolve(reply);
      else watch = this.#watch(reply, () => resolve({ kind: 'ended', why: 'deadline' }));
    };
    this.#onEnd = why => resolve(watch === undefined ? { kind: 'not-started' } : { kind: 'ended', why });
    this.#worker.on('message', onReply);
    // Each time: it is a listener that keeps the process alive.
    this.#worker.unref();
    const request: Request<Input> = { task: task.name, input };
    this.#worker.postMessage(request);
    const ran = await promise;
    watch?.stop();
    this.#worker.off('message', onReply);
    if (ran.kind !== 'done') this.end();
    return ran;
  }

  end(): void {
    this.#onEnd = () => undefined;
    void this.#worker.terminate();
  }

  /** By the thread's own processor time, which a busy machine does not use up. */
  #watch({ cpuMs: before }: Started, late: () => void): Watch {
    const started = performance.now();
    const look = async (): Promise<void> => {
      const used = cpuMsOf(await this.#worker.cpuUsage()) - before;
      if (used >= this.#deadlineMs || performance.now() - started >= patience * this.#deadlineMs) late();
      else arm(Math.max(this.#deadlineMs - used, 1));
    };
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    const arm = (ms: number): void => {
      // A thread that cannot be looked at is over, and says so itself.
      if (!stopped) timer = setTimeout(() => look().catch(() => undefined), ms).unref();
    };
    arm(this.#deadlineMs);
    return {
      stop: () => {
        stopped = true;
        clearTimeout(timer);
      },
    };
  }
}

/**
 * A flag of the process for the size of its heap, which the image has, is in force for its workers as well, in place of
 * their limits. The heap of the process is made by then, and keeps its own.
 */
function letWorkersHaveLimits(): void {
  const flags = ['max-heap-size', 'max-old-space-size', 'initial-old-space-size', 'max-semi-space-size'];
  for (const flag of flags) setFlagsFromString(`--${flag}=0`);
}

interface Watch {
  readonly stop: () => void;
}

const isOutOfMemory = (error: Error): boolean => 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
