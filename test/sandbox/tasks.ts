import { threadId } from 'node:worker_threads';
import type { Task } from '../../src/sandbox/task.ts';

/** What the sandbox is tested with. Each runs in a worker of its own kind: `worker.ts`. */

export const echo: Task<unknown, unknown> = { name: 'echo', load: async () => input => input };

/** Uses up that many milliseconds of processor time. */
export const spin: Task<number, string> = {
  name: 'spin',
  load: async () => ms => {
    const cpu = (): number => process.threadCpuUsage().user / 1000;
    const until = cpu() + ms;
    while (cpu() < until);
    return 'spun';
  },
};

/** Lets the clock pass and uses next to no processor time, as on a machine that gives it none. */
export const starve: Task<number, string> = {
  name: 'starve',
  load: async () => ms => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return 'woke';
  },
};

export const hog: Task<undefined, number> = {
  name: 'hog',
  load: async () => () => {
    const held: object[] = [];
    for (;;) held.push({ held: held.length });
  },
};

export const crash: Task<string, string> = {
  name: 'crash',
  load: async () => text => {
    throw new Error(text);
  },
};

export const exit: Task<undefined, string> = { name: 'exit', load: async () => () => process.exit(0) };

export const unloadable: Task<undefined, string> = {
  name: 'unloadable',
  load: () => Promise.reject(new Error('not there')),
};

/** Which worker it is. */
export const thread: Task<undefined, number> = { name: 'thread', load: async () => () => threadId };

/** What a task sees of the process that it runs in. */
export const surroundings: Task<undefined, readonly string[]> = {
  name: 'surroundings',
  load: async () => () => [...Object.keys(process.env), ...process.execArgv],
};
