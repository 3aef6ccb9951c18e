import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/** Milliseconds of computing between two rounds of the event loop. */
const sliceMs = 5;

let queue: Promise<unknown> = Promise.resolve();

/**
 * For a long computation, to be awaited at each of its steps: the event loop goes on whenever a slice of time is
 * over. All computations of the process wait in one queue, so that the loop never has to wait for two of them.
 */
export function loopYielder(clock: Clock): () => Promise<void> | undefined {
  let since = clock.steady();
  const letOthersRun = async () => {
    queue = queue.then(() => setImmediate());
    await queue;
    since = clock.steady();
  };
  return () => (clock.steady() - since < sliceMs ? undefined : letOthersRun());
}
