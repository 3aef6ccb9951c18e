import { parentPort } from 'node:worker_threads';
import { cpuMsOf, type Reply, type Request, type Task } from './task.ts';

/**
 * The worker's side: runs the task whenever it is asked for. It keeps nothing between two tasks. What it throws ends the
 * worker: what is left of a computation that went wrong serves nobody else.
 */
export function serveTask<Input, Output>({ name, load }: Task<Input, Output>): void {
  const reply = (message: Reply<Output>): void => parentPort?.postMessage(message);
  parentPort?.on('message', async ({ task, input }: Request<Input>) => {
    if (task !== name) return;
    const run = await load(input);
    reply({ kind: 'started', cpuMs: cpuMsOf(process.threadCpuUsage()) });
    reply({ kind: 'done', output: run(input) });
  });
}
