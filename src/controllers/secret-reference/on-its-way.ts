import type { Reason } from '../../api/conditions.ts';
import { isYoung } from '../young.ts';
import type { Observed } from './observe.ts';
import type { Outcome } from './outcome.ts';

/** What each of these misses may have been applied together with the reference, and arrives by a watch of its own. */
const missing: readonly Reason[] = ['SourceNotFound', 'NamespaceNotAllowed', 'ServiceAccountNotFound'];

/**
 * Whether a failure is too early to be told: nobody wants a warning about what the next document of the same file holds.
 * The arrival of what is missing wakes the reference.
 */
export function mayBeOnItsWay({ reference, namespace }: Observed, outcome: Outcome, wallMs: number): boolean {
  if (reference.status !== undefined || outcome.kind !== 'failed') return false;
  return (!namespace.known || missing.includes(outcome.fault.reason)) && isYoung(reference.metadata, wallMs);
}
