import type { Timers } from './timers.ts';

const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Runs when the signal ends, or now if it has; answers how to take it back. One listener a signal: adding the
 * ten-thousandth `addEventListener` to an AbortSignal walks a list of ten thousand.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal.aborted) {
    run();
    return () => undefined;
  }
  const waiting = callbacks.get(signal) ?? listen(signal);
  waiting.add(run);
  return () => waiting.delete(run);
}

function listen(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>();
  callbacks.set(signal, waiting);
  signal.addEventListener('abort', () => runAll(waiting), { once: true });
  return waiting;
}

function runAll(callbacks: Iterable<() => void>): void {
  for (const run of [...callbacks]) run();
}

/**
 * What `run` answers, or undefined as soon as `ms` milliseconds are over or the signal ends: also when `run` does not
 * listen to the signal that it is given.
 */
export function within<T>(
  ms: number,
  { timers, signal }: { readonly timers: Timers; readonly signal: AbortSignal },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const controller = new AbortController();
  const stop = () => {
    resolve(undefined);
    controller.abort();
  };
  const undo = [timers.after(ms, stop), onAbort(signal, stop)];
  const settled = promise.finally(() => runAll(undo));
  run(controller.signal).then(resolve, reject);
  return settled;
}

/** A signal that ends with the last of them. Disposed when the work is done. */
export function endOfAll(signals: readonly AbortSignal[]): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let left = signals.length;
  const ended = () => {
    left -= 1;
    if (left === 0) controller.abort();
  };
  const undo = signals.map(signal => onAbort(signal, ended));
  return { signal: controller.signal, [Symbol.dispose]: () => runAll(undo) };
}

/** Waits; returns early, without an error, when the signal ends. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || milliseconds <= 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const forget = onAbort(signal, resolve);
  await promise;
  clearTimeout(timer);
  forget();
}
