import { ok } from '../../../core/result.ts';
import type { Stage } from './stage.ts';

/** Waits until the reference has published: that a record has come here is what lets it. */
export const publish: Stage = {
  name: 'Publish',
  isAsked: () => true,
  advance: async ({ reference, target, candidate }) => {
    const state = reference.status?.candidate?.state ?? 'Held';
    if (state !== 'Held') return ok({ kind: 'passed' });
    const message = `Secret ${target} gets the bytes of ${candidate} next; if that takes longer, the SecretReference says why`;
    return ok({ kind: 'waiting', reason: 'Publishing', message });
  },
};
