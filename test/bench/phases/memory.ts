import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench-context.ts';
import { atMost, below } from '../goals.ts';
import { measure } from '../measure.ts';
import { paths } from '../objects.ts';
import { atATime, together } from '../pace.ts';
import { memoryOf } from '../processes.ts';
import { rotateAll } from '../rotations.ts';
import type { Phase } from './phase.ts';
import { startAgain } from './restart.ts';

/** What the operator holds when the cluster is full of Secrets of others: from its start to all rotated once, and then at rest. */
export const memory: Phase = {
  name: 'memory',
  usual: true,
  run: async bench => {
    const { settings, fleet } = bench;
    await makeForeignSecrets(bench);
    const rotate = await rotateAll(bench);
    const cost = await measure(bench, async () => {
      await startAgain(bench);
      return { objects: fleet.size, latencies: await rotate() };
    });
    const most = fleet.size <= 2000 ? 110 : 160;
    const goals = [
      atMost('resident at most', most, cost.operator.memory.peak, ' MB'),
      atMost('resident at rest', most, await residentAtRest(bench), ' MB'),
      below('event loop delay p99', 50, cost.operator.loopDelayP99, ' ms'),
    ];
    return [{ name: `restart and all rotated, ${settings.foreign} foreign Secrets`, ...cost, goals }];
  },
};

/** Milliseconds within which the operator, having nothing to do, gives memory back (src/operator/idle-gc.ts). */
const restMs = 75_000;

/** Megabytes. */
async function residentAtRest({ crew, progress }: Bench): Promise<number> {
  progress.at('at rest');
  await sleep(restMs);
  return (await memoryOf(crew.operator.process.pid)).resident;
}

async function makeForeignSecrets({ client, settings, progress }: Bench): Promise<void> {
  const namespace = 'foreign';
  await client.post(paths.namespaces, { metadata: { name: namespace } });
  await atATime(together, settings.foreign, async index => {
    await client.post(paths.secrets(namespace), { metadata: { name: `foreign-${index}` }, stringData });
    if (index % 100 === 0) progress.at(`${index} Secrets of others`);
  });
}

const stringData = { certificate: 'x'.repeat(1000), key: 'y'.repeat(1000) };
