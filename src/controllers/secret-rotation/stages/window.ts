import { windowAt } from '../../../api/secret-reference/window.ts';
import { timestamp } from '../../../core/clock.ts';
import { ok } from '../../../core/result.ts';
import { longestWaitMs } from '../gate.ts';
import type { Stage } from './stage.ts';

/** Waits until the window of `spec.rotation.window` is open. */
export const window: Stage = {
  name: 'Window',
  isAsked: rotation => rotation.window !== undefined,
  advance: async ({ rotation }, { clock }) => {
    const wall = clock.wall();
    const state = rotation.window && windowAt(rotation.window, wall);
    if (state === undefined || state.open) return ok({ kind: 'passed' });
    return ok({
      kind: 'waiting',
      reason: 'WindowClosed',
      message: `the window opens at ${timestamp(state.opensAt)}`,
      lookAgainMs: Math.min(state.opensAt - wall, longestWaitMs),
    });
  },
};
