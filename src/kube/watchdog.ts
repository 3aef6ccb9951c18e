/** Ends what it watches over, by its signal, when no sign of life comes in time. */
export interface Watchdog extends Disposable {
  /** Ends with the parent, too. */
  readonly signal: AbortSignal;
  /** Whether it was the silence that ended it. */
  readonly barked: boolean;
  /** A sign of life: from now on this many milliseconds of silence are allowed. */
  calm(milliseconds: number): void;
}

export function startWatchdog(milliseconds: number, parent: AbortSignal): Watchdog {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let barked = false;
  let allowed = milliseconds;
  const bark = () => {
    barked = true;
    abort();
  };
  let timer = setTimeout(bark, allowed);
  parent.addEventListener('abort', abort, { once: true });
  if (parent.aborted) abort();
  return {
    signal: controller.signal,
    get barked() {
      return barked;
    },
    calm: next => {
      if (next === allowed) return void timer.refresh(); // the usual case, once a line: no new timer
      clearTimeout(timer);
      allowed = next;
      timer = setTimeout(bark, next);
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      parent.removeEventListener('abort', abort);
    },
  };
}
