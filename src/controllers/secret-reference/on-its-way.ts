import type { Reason } from '../../api/conditions.ts';
import type { Observed } from './observe.ts';
import type { Outcome } from './outcome.ts';

/** What each of these misses may have been applied together with the reference, and arrives by a watch of its own. */
const missing: readonly Reason[] = ['SourceNotFound', 'NamespaceNotAllowed', 'ServiceAccountNotFound'];
const youngMs = 2000;

/** Milliseconds until another look; the arrival of what is missing wakes the reference before. */
export const lookAgainMs = 500;

/**
 * Whether a failure is too early to be told: nobody wants a warning about what the next document of the same file holds.
 * Only of a reference that is two seconds old at most, so clocks that differ by more cost nothing but the warning.
 */
export function mayBeOnItsWay({ reference, namespace }: Observed, outcome: Outcome, wallMs: number): boolean {
  const { metadata, status } = reference;
  if (status !== undefined || outcome.kind !== 'failed') return false;
  if (namespace.known && !missing.includes(outcome.fault.reason)) return false;
  return Math.abs(wallMs - Date.parse(metadata.creationTimestamp)) < youngMs;
}
