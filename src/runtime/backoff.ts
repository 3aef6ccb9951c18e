import type { Next } from './work.ts';

type Backoff = Extract<Next, { readonly kind: 'backoff' }>;

const base = { short: 1000, long: 30_000 } as const;
const ceiling = 10 * 60_000;

/**
 * When a failed turn is tried again, steady milliseconds. Full jitter, because those that failed together must not
 * come back together; never under half of the first step, because an immediate retry meets the same failure.
 */
export function backoffTime(next: Backoff, attempt: number, now: number, random: () => number): number {
  const first = base[next.pace];
  const most = Math.min(first * 2 ** attempt, ceiling);
  const wait = first / 2 + random() * (most - first / 2);
  return Math.max(now + wait, next.notBefore ?? 0);
}
