/** A signal that ends with its parent or after a time, whichever is first. Disposed when the work is done. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  remainingMs(): number;
}

/** By hand, because `AbortSignal.any` and `timeout` keep their listeners and timers until collected: one a call adds up. */
export function deadline(parent: AbortSignal, milliseconds: number): Deadline {
  const controller = new AbortController();
  const end = performance.now() + milliseconds;
  const abort = () => controller.abort();
  const timer = setTimeout(abort, milliseconds);
  parent.addEventListener('abort', abort, { once: true });
  if (parent.aborted) abort();
  return {
    signal: controller.signal,
    remainingMs: () => end - performance.now(),
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      parent.removeEventListener('abort', abort);
    },
  };
}

/** Waits; returns early, without an error, when the signal ends. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || milliseconds <= 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const wake = () => resolve();
  signal.addEventListener('abort', wake, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', wake);
}
