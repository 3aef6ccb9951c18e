import { hasStages } from '../../api/secret-reference/rotation.ts';
import type { SecretReference, SecretReferenceSpec } from '../../api/secret-reference/secret-reference.ts';
import type { Candidate } from '../../api/secret-reference/status.ts';
import { windowAt } from '../../api/secret-reference/window.ts';
import type { Clock } from '../../core/clock.ts';
import { type Next, noLaterThan } from '../../runtime/reconcile.ts';

/** Wall milliseconds at which newer values may be published; undefined: now. Nothing is remembered: spec and time decide. */
export function closedUntil({ rotation }: Pick<SecretReferenceSpec, 'rotation'>, wallMs: number): number | undefined {
  // Where there are more stages, the window is one of them.
  if (rotation?.window === undefined || hasStages(rotation)) return undefined;
  const state = windowAt(rotation.window, wallMs);
  return state.open ? undefined : state.opensAt;
}

/** The tokens that wait with a candidate. */
export const waitingTokens = ({
  rotate,
  forceSync,
}: Partial<Candidate> = {}): Pick<Candidate, 'rotate' | 'forceSync'> => ({
  ...(rotate === undefined ? {} : { rotate }),
  ...(forceSync === undefined ? {} : { forceSync }),
});

/** A wall clock may jump: that is seen after so many milliseconds. */
export const longestWaitMs = 10 * 60_000;

/** Not later than the window opens, where something waits for it. */
export function beforeOpening(next: Next, reference: SecretReference | undefined, clock: Clock): Next {
  if (reference?.status?.candidate === undefined || !reference.spec.ok || reference.spec.value.suspend) return next;
  const wall = clock.wall();
  const opens = closedUntil(reference.spec.value, wall);
  const time = opens === undefined ? undefined : clock.steady() + Math.min(opens - wall, longestWaitMs);
  return noLaterThan(next, time, 'normal');
}
