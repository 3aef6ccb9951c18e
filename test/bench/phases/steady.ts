import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../servers/process.ts';
import { Arrivals } from '../arrivals.ts';
import { isWrite, sumOf } from '../audits.ts';
import type { Bench } from '../bench-context.ts';
import { idOf, type Place } from '../fleet.ts';
import { below, exactly } from '../goals.ts';
import { measure } from '../measure.ts';
import { paths, seldom } from '../objects.ts';
import { eachOf } from '../pace.ts';
import { patienceMs, places } from '../rotations.ts';
import { isSynced, watchFromNow } from '../watch.ts';
import type { Phase } from './phase.ts';

/** Many references that are read again and again, and nothing new upstream. */
export const steady: Phase = {
  name: 'steady',
  usual: true,
  run: async bench => {
    const chosen = places(bench, 500);
    await setInterval(bench, chosen, '10s');
    await untilQuiet(bench);
    bench.progress.at('a steady while');
    const cost = await measure(bench, async () => {
      await sleep(bench.settings.steadySeconds * 1000);
      return { objects: chosen.length };
    });
    await setInterval(bench, chosen, seldom);
    await untilQuiet(bench);
    const { asked, loopDelayP99 } = cost.operator;
    const goals = [
      exactly(
        'API writes, lease aside',
        0,
        sumOf(asked.api, call => isWrite(call) && !call.includes('leases')),
      ),
      below('event loop delay p99', 50, loopDelayP99, ' ms'),
    ];
    return [{ name: `steady, ${chosen.length} every 10 s`, ...cost, goals }];
  },
};

async function setInterval({ client, progress }: Bench, chosen: readonly Place[], refreshInterval: string) {
  await using watch = await watchFromNow(client, paths.allReferences);
  const isDone = (object: Parameters<typeof isSynced>[0]) => object.status !== undefined && isSynced(object);
  const arrivals = new Arrivals(watch, chosen.length, isDone, done => progress.at(`${done} with a new interval`));
  await eachOf(chosen, async place => {
    arrivals.asked(idOf(place));
    await client.patch(paths.reference(place), { spec: { refreshInterval } });
  });
  await arrivals.all(patienceMs(chosen.length));
}

/** Events of what was done before are still on their way. */
export async function untilQuiet({ audits, progress }: Bench): Promise<void> {
  progress.at('until it is quiet');
  await audits.take();
  await until(
    'the operator to be quiet',
    async () => {
      await sleep(2000);
      return sumOf((await audits.take()).api, isWrite) === 0;
    },
    180_000,
  );
}
