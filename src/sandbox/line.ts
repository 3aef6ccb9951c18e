import { onAbort } from '../async/deadline.ts';
import { RoundRobin } from '../async/priority-queue.ts';

/**
 * One at a time, round robin by tenant, without priorities: a tenant's rotations may not hold up another's refreshes
 * here. A tenant that was just served comes after all others, also after those that came later: so nobody waits for
 * more than one computation of another.
 */
export class Line {
  readonly #waiting = new RoundRobin<() => void>();
  #served: string | undefined;
  #busy = false;

  /** Answers how to let the next one in; undefined when the signal ended first. */
  acquire(tenant: string, signal: AbortSignal): Promise<(() => void) | undefined> {
    const { promise, resolve } = Promise.withResolvers<(() => void) | undefined>();
    const enter = (): void => {
      this.#busy = true;
      this.#served = tenant;
      resolve(() => this.#leave());
    };
    this.#waiting.push(tenant, enter);
    const forget = onAbort(signal, () => {
      if (this.#waiting.remove(tenant, enter)) resolve(undefined);
    });
    if (!this.#busy) this.#leave();
    return promise.finally(forget);
  }

  #leave(): void {
    this.#busy = false;
    const next = this.#waiting.shift(tenant => tenant !== this.#served) ?? this.#waiting.shift();
    next?.();
  }
}
