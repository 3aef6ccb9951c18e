import type { Bench } from '../bench-context.ts';
import { atMost, below } from '../goals.ts';
import { measure } from '../measure.ts';
import { paths } from '../objects.ts';
import { places, rotateAmongRefreshes } from '../rotations.ts';
import { clusterSourceName } from '../stage.ts';
import { Tail } from '../tail.ts';
import type { Phase } from './phase.ts';

const rounds = 3;

/** The source of all is edited, so that all are read again at once with new logins; meanwhile somebody rotates. */
export const rotateWhileBusy: Phase = {
  name: 'rotate-busy',
  usual: true,
  run: async bench => {
    const cost = await measure(bench, async () => {
      const latencies: number[] = [];
      for (let round = 1; round <= rounds; round++) {
        const busy = await refreshAll(bench, round);
        latencies.push(...(await rotateAmongRefreshes(bench, places(bench, 100, round), busy)));
        while (await busy());
      }
      return { objects: latencies.length, latencies };
    });
    const goals = [
      atMost('p99', 500, cost.latency?.p99 ?? 0, ' ms'),
      below('event loop delay p99', 50, cost.operator.loopDelayP99, ' ms'),
    ];
    return [{ name: 'rotation of one, all refreshed', ...cost, goals }];
  },
};

/** Answers whether it is still going on: until the store has been asked for each reference once more. */
async function refreshAll({ client, store, fleet }: Bench, round: number): Promise<() => Promise<boolean>> {
  const audit = new Tail(store.bao.auditLog);
  await audit.skip();
  let reads = 0;
  const allowedKeys = ['{namespace}/**', `round-${round}/**`];
  await client.patch(paths.clusterSource(clusterSourceName), { spec: { allowedKeys } });
  return async () => {
    const isRead = (line: string) => line.includes('"type":"request"') && line.includes('"path":"secret/data/');
    reads += (await audit.lines()).filter(isRead).length;
    return reads < fleet.size;
  };
}
