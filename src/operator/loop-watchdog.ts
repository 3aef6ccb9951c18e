import { AsyncLocalStorage } from 'node:async_hooks';
import { promiseHooks } from 'node:v8';
import { onAbort } from '../async/deadline.ts';
import type { Clock } from '../core/clock.ts';
import type { ObjectKey } from '../core/object-key.ts';
import { cpuMsOf } from '../sandbox/task.ts';

/** A reconcile that computed without a pause: nobody else was served meanwhile. */
export interface LoopHold {
  readonly controller: string;
  readonly key: ObjectKey;
  readonly heldMs: number;
}

/** Milliseconds. What a tenant chooses is computed in slices of 5 ms, or in the sandbox: longer is a bug. */
const longMs = 1000;
/** Milliseconds between two looks at the processor time that this thread has used. */
const sampleMs = 100;

/** Milliseconds of processor time. */
const usedByThread = (): number => cpuMsOf(process.threadCpuUsage());

/**
 * Names the object of a reconcile that holds the event loop. V8 tells when each piece of an async function has ended; whose
 * it is, the async context knows. It began when the piece before it ended, or later: what a piece is charged with is the
 * processor time since then. So a machine that is too busy, or a process that was stopped, is no bug of ours.
 */
export class LoopWatchdog {
  readonly #current = new AsyncLocalStorage<Omit<LoopHold, 'heldMs'>>();
  /** Of the piece before. */
  #endedAt: number;
  #sampledAt: number;
  #used: number;

  /** `report` is called after the loop is free again. Watches until the signal ends. */
  constructor(clock: Clock, report: (hold: LoopHold) => void, signal: AbortSignal, used = usedByThread) {
    this.#endedAt = clock.steady();
    this.#sampledAt = this.#endedAt;
    this.#used = used();
    const stop = promiseHooks.onAfter(() => {
      const now = clock.steady();
      const sinceMs = now - this.#endedAt;
      this.#endedAt = now;
      if (now - this.#sampledAt < sampleMs) return;
      const usedBefore = this.#used;
      this.#sampledAt = now;
      this.#used = used();
      const heldMs = Math.min(sinceMs, this.#used - usedBefore);
      const current = heldMs > longMs ? this.#current.getStore() : undefined;
      if (current) report({ ...current, heldMs: Math.round(heldMs) });
    });
    onAbort(signal, () => stop());
  }

  /** The same reconciles, watched from their first line. */
  reconcile<Request extends { readonly key: ObjectKey }, Next>(
    controller: string,
    reconcile: (request: Request) => Promise<Next>,
  ): (request: Request) => Promise<Next> {
    return request =>
      this.#current.run({ controller, key: request.key }, async () => {
        await undefined; // what runs before is a piece of the caller
        return reconcile(request);
      });
  }
}
