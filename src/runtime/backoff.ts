import type { Next } from './reconcile.ts';

type Backoff = Extract<Next, { readonly kind: 'backoff' }>;

/**
 * Milliseconds. `short` is for the API server, which says itself when it has too much to do: when it is back, nothing may
 * be left waiting for minutes. `long` is for what somebody has to change first.
 */
const paces = { short: { first: 1000, most: 30_000 }, long: { first: 30_000, most: 10 * 60_000 } } as const;

/**
 * When a failed reconcile is tried again, steady milliseconds. Full jitter, because those that failed together must not
 * come back together; never under half of the first step, because an immediate retry meets the same failure.
 */
export function backoffTime(next: Backoff, attempt: number, now: number, random: () => number): number {
  const { first, most } = paces[next.pace];
  const longest = Math.min(first * 2 ** attempt, most);
  const wait = first / 2 + random() * (longest - first / 2);
  return now + wait;
}
