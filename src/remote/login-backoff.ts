import { type Fault, faultOrigin, faultPolicy, isApiServerTrouble } from '../core/fault.ts';
import type { ReadWant } from './ports.ts';

/** A login that failed, kept so that thousands of references share it. All times are steady milliseconds. */
export interface LoginBackoff {
  readonly fault: Fault;
  readonly startedAt: number;
  /** No login before. */
  readonly until: number;
  /** How many in a row. */
  readonly count: number;
  /** Not even for a rotation. */
  readonly strict?: boolean;
}

const firstMs = 5000;
const mostMs = 5 * 60_000;

/** Undefined when it is not worth keeping: an unreachable store is the circuit breaker's business. */
export function loginBackoff(
  fault: Fault,
  before: LoginBackoff | undefined,
  startedAt: number,
  now: number,
  random: () => number,
): LoginBackoff | undefined {
  const count = (before?.count ?? 0) + 1;
  if (isApiServerTrouble(fault)) return { fault, startedAt, count, until: now + 1000 };
  if (faultPolicy[fault.kind].keepsToken) return undefined;
  if (!isForStoreToFix(fault)) return { fault, startedAt, count, until: now + firstMs };
  const most = Math.min(firstMs * 2 ** (count - 1), mostMs);
  return { fault, startedAt, count, until: now + Math.max(firstMs, most * (0.5 + random() / 2)) };
}

/** Somebody has to give rights at the store; all else may be right in the cluster at any moment. */
export const isForStoreToFix = ({ reason }: Fault): boolean => faultOrigin[reason].healedBy === 'success';

/**
 * Whether a request has to be content with the refusal. Somebody who waits at a keyboard is not: a rotation asks the
 * store again after five seconds, and what is wrong in the cluster (`invalid`) may have been fixed since the login began.
 */
export function isBackingOff(
  backoff: LoginBackoff,
  want: Pick<ReadWant, 'priority' | 'notBefore'>,
  now: number,
): boolean {
  if (now >= backoff.until) return false;
  if (backoff.strict) return true;
  if (faultPolicy[backoff.fault.kind].stalled) return want.priority === 'low' || want.notBefore <= backoff.startedAt;
  return want.priority !== 'high' || now < backoff.startedAt + firstMs;
}
