import type { Clock } from '../../core/clock.ts';

/** Asks once for all who ask at the same time, and keeps an answer that is worth it for a while. */
export function rememberFor<T>(
  ms: number,
  clock: Clock,
  worthKeeping: (answer: T) => boolean,
  ask: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let latest: { readonly answer: Promise<T>; readonly until: number } | undefined;
  return async signal => {
    if (latest && clock.steady() < latest.until) return latest.answer;
    const answer = ask(signal);
    const mine = { answer, until: clock.steady() + ms };
    latest = mine;
    const value = await answer;
    if (!worthKeeping(value) && latest === mine) latest = undefined;
    return value;
  };
}
