import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../servers/process.ts';
import type { Bench } from '../bench-context.ts';
import { leads, untilLeading } from '../crew.ts';
import { atMost, exactly } from '../goals.ts';
import type { Row } from '../measure.ts';
import { paths } from '../objects.ts';
import type { Operator } from '../operator.ts';
import { places, rotateAll, rotateInARow } from '../rotations.ts';
import { timed } from '../timing.ts';
import { listAll } from '../watch.ts';
import type { Phase } from './phase.ts';

/** Two replicas; one leads and goes away in three ways. Somebody who asks for a rotation at that moment waits so long. */
export const failOver: Phase = {
  name: 'fail-over',
  usual: true,
  run: async bench => {
    await bench.crew.stop();
    const first = await bench.crew.startReplica();
    await untilLeading(first);
    const second = await bench.crew.startReplica();
    const killed = await takeOver(bench, 'fail-over after SIGKILL', 20, () => first.process.kill());
    const third = await bench.crew.startReplica();
    const ended = await takeOver(bench, 'fail-over after SIGTERM', 3, () => void second.process.stop());
    const fourth = await bench.crew.startReplica();
    const woken = await pauseAndWake(bench, third);
    await Promise.all([third, fourth].map(replica => replica.process.stop()));
    await bench.crew.start();
    return [killed, ended, woken];
  },
};

async function takeOver(bench: Bench, name: string, limit: number, end: () => void | Promise<void>): Promise<Row> {
  const chosen = places(bench, 1, bench.nextVersion());
  bench.progress.at(name);
  const time = await timed(async () => {
    await end();
    const latencies = await rotateInARow(bench, chosen);
    return { objects: 1, latencies };
  });
  return { name, ...time, goals: [atMost('until a rotation is served', limit, time.seconds, ' s')] };
}

/** The leader stops in the midst of writing, another one finishes its work, then it wakes up and goes on. */
async function pauseAndWake(bench: Bench, leader: Operator): Promise<Row> {
  const rotate = await rotateAll(bench);
  const before = await revisions(bench);
  const time = await timed(async () => {
    const rotated = rotate();
    await sleep(500); // it is the middle of the work that is wanted, wherever that is
    leader.process.pause();
    return { objects: bench.fleet.size, latencies: await rotated };
  });
  const settled = await revisions(bench);
  leader.process.resume();
  bench.progress.at('the paused leader is awake');
  await until('the paused leader to stand back', async () => !(await leads(leader)));
  await sleep(3000); // for writes to come that must not come
  const after = await revisions(bench);
  const twice = count(settled, (id, { revision }) => revision !== (before.get(id)?.revision ?? 0) + 1);
  const late = count(after, (id, { version }) => version !== settled.get(id)?.version);
  const goals = [exactly('rotations lost or made twice', 0, twice), exactly('late writes that took effect', 0, late)];
  return { name: 'leader paused in all rotated, and woken', ...time, goals };
}

interface State {
  readonly revision: number;
  readonly version: string;
}

/** Of all targets. */
async function revisions({ client }: Bench): Promise<ReadonlyMap<string, State>> {
  const targets = await listAll(client, paths.managedSecrets);
  return new Map(
    targets.map(({ metadata: { namespace, name, annotations, resourceVersion } }) => [
      `${namespace}/${name}`,
      { revision: Number(annotations?.['shearline.dev/revision']), version: resourceVersion },
    ]),
  );
}

const count = (states: ReadonlyMap<string, State>, holds: (id: string, state: State) => boolean): number =>
  [...states].filter(([id, state]) => holds(id, state)).length;
