import { atLeast, below } from '../goals.ts';
import { besideBare, measure } from '../measure.ts';
import { rotateAll } from '../rotations.ts';
import type { Phase } from './phase.ts';

/** A leak, and everything has to go at once. */
export const rotateAllAtOnce: Phase = {
  name: 'rotate-all',
  usual: true,
  run: async bench => {
    const rotate = await rotateAll(bench);
    const cost = await measure(bench, async () => ({ objects: bench.fleet.size, latencies: await rotate() }));
    const ratio = besideBare(cost, bench.limits.rotation);
    const goals = [
      ...(ratio.ratio === undefined ? [] : [atLeast('of the bare client', 85, ratio.ratio * 100, ' %')]),
      below('event loop delay p99', 50, cost.operator.loopDelayP99, ' ms'),
    ];
    return [{ name: 'all rotated at once', ...cost, ...ratio, goals }];
  },
};
