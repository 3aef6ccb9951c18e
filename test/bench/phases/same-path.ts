import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../servers/process.ts';
import { Arrivals } from '../arrivals.ts';
import type { Bench } from '../bench-context.ts';
import { type Fleet, idOf } from '../fleet.ts';
import { atMost, below } from '../goals.ts';
import { measure } from '../measure.ts';
import { paths, referenceAt } from '../objects.ts';
import { atATime, together } from '../pace.ts';
import { patienceMs } from '../rotations.ts';
import { makeNamespace } from '../stage.ts';
import { isSynced, listAll, watchFromNow } from '../watch.ts';
import type { Phase } from './phase.ts';
import { untilQuiet } from './steady.ts';

const namespace = 'crowd';
const key = `${namespace}/shared`;
const crowd: Fleet = {
  size: 1000,
  namespaces: [namespace],
  at: index => ({ namespace, name: `app-${index}`, key }),
};
const intervals = 3;

/** Many references to one path in one namespace, refreshed in the same interval: the store is asked once for all. */
export const samePath: Phase = {
  name: 'same-path',
  usual: true,
  run: async bench => {
    await bench.store.write([key], bench.nextVersion());
    await makeNamespace(bench.client, namespace);
    await createAll(bench);
    await untilQuiet(bench);
    bench.progress.at(`${intervals} intervals`);
    const cost = await measure(bench, async () => {
      await sleep(intervals * 10_000);
      return { objects: crowd.size };
    });
    await clear(bench);
    const reads = (cost.operator.asked.readsOf.get(`secret/data/${key}`) ?? 0) / intervals;
    const goals = [
      atMost('reads an interval', 2, reads),
      below('event loop delay p99', 50, cost.operator.loopDelayP99, ' ms'),
    ];
    return [{ name: `${crowd.size} of one path, ${intervals} intervals`, ...cost, goals }];
  },
};

async function createAll({ client, progress }: Bench): Promise<void> {
  await using watch = await watchFromNow(client, paths.references(namespace));
  const arrivals = new Arrivals(watch, crowd.size, isSynced, done => progress.at(`${done} of one path in sync`));
  await atATime(together, crowd.size, async index => {
    const place = crowd.at(index);
    arrivals.asked(idOf(place));
    await client.post(paths.references(namespace), referenceAt(place, { refreshInterval: '10s' }));
  });
  await arrivals.all(patienceMs(crowd.size));
}

/** The garbage collector takes the Secrets. */
async function clear({ client, progress }: Bench): Promise<void> {
  progress.at('clearing up');
  await client.remove(paths.references(namespace));
  const gone = async () => (await listAll(client, paths.secrets(namespace))).length === 0;
  await until('the garbage collector', gone, 120_000);
}
