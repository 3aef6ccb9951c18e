import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { canary } from '../canary.ts';
import { conditionOf } from '../scenarios/objects.ts';
import { putSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { useBattery } from './battery.ts';
import { refreshes } from './idle.ts';
import type { Entry } from './journal.ts';
import { anyRequest, read } from './match.ts';
import { isWell } from './oracle.ts';
import { allowed } from './promptly.ts';

const battery = useBattery();
const teams = ['left', 'middle', 'right'] as const;
const crowd = teams.flatMap(namespace =>
  Array.from({ length: 50 }, (_, index) => ({ namespace, name: `ref-${index}`, key: `${namespace}/ref-${index}` })),
);
/** Reads a second when all is well: each reference has a path of its own and is refreshed every 10 s. */
const steadyRate = crowd.length / 10;
const urgentTeam = 'right';
const urgent = crowd.filter(({ namespace }) => namespace === urgentTeam).slice(-5);

beforeAll(async () => {
  for (const name of teams) await battery().world.team(name);
  await Promise.all(crowd.map(make));
  await until('all to be in step', async () => (await inStep()) === crowd.length, 60_000);
}, 90_000);

test('after an outage all references recover within 60 s, newest rotations first and without a stampede', async () => {
  const { store, world } = battery();
  const outage = store.when(anyRequest).reset();
  await until('all to fail', async () => (await inStep()) === 0, 60_000);
  await refreshes(battery(), 2); // a short outage is made good for in as short a time
  await Promise.all(urgent.map(rotate));
  const back = store.journal.length;
  const begun = performance.now();
  outage.off();
  await until('all to be in step again', async () => (await inStep()) === crowd.length, 120_000);
  expect(performance.now() - begun).toBeLessThan(await allowed(world, 60_000));
  const reads = store.journal.of(read(), back);
  // A team that has caught up goes on as before: all of it falls due together.
  const recovering = new Map(reads.toReversed().map(each => [each.call.name, each]));
  expect(recovering.size).toBeGreaterThanOrEqual(crowd.length);
  expect(peakOf([...recovering.values()])).toBeLessThanOrEqual(2 * steadyRate * windowSeconds);
  // Each team finds out for itself that the store is back, and the one that does so may be a refresh.
  const order = reads.map(({ call }) => call.name.replace('data/', '')).filter(key => key.startsWith(`${urgentTeam}/`));
  expect(Math.max(...urgent.map(({ key }) => order.indexOf(key)))).toBeLessThan(2 * urgent.length);
  await isWell(battery());
}, 300_000);

test('references to keys that are missing cost one read a second and identity, however many there are', async () => {
  const { store, bystander } = battery();
  store.when(read()).answer(404, { errors: [] });
  await until('all to fail', async () => (await inStep()) === 0, 60_000);
  const begun = { at: performance.now(), length: store.journal.length };
  const byOne = () => store.journal.of(read(), begun.length).filter(({ call }) => call.name.startsWith('data/left/'));
  await until('thirty more reads', () => byOne().length >= 30, 90_000);
  // A machine with other work on its cores may do at once what was due over some seconds.
  expect(performance.now() - begun.at).toBeGreaterThan(20_000);
  await bystander.rotates();
}, 180_000);

/** What a machine with other work on its cores holds up for a second comes at once: that is no stampede. */
const windowSeconds = 3;
/** The most in any window. */
const peakOf = (reads: readonly Entry[]): number =>
  Math.max(
    ...reads.map(({ at }) => reads.filter(other => other.at >= at && other.at < at + windowSeconds * 1000).length),
  );

async function make({ namespace, name, key }: (typeof crowd)[number]): Promise<void> {
  const { world } = battery();
  await putSecret(world.bao, key, { password: canary });
  const spec = { refreshInterval: '10s', dataFrom: [{ extract: { key } }] };
  const apiVersion = 'shearline.dev/v1alpha1';
  await world.cluster.apply({ apiVersion, kind: 'SecretReference', metadata: { name, namespace }, spec });
}

const rotate = ({ namespace, name }: (typeof crowd)[number]): Promise<void> =>
  battery().world.cluster.patch('SecretReference', name, namespace, {
    metadata: { annotations: { 'shearline.dev/rotate': 'urgent' } },
  });

async function inStep(): Promise<number> {
  await sleep(200); // so many objects are work for this process, too, and through it go the reads that are counted
  const lists = await Promise.all(teams.map(team => battery().world.cluster.list('SecretReference', team)));
  return lists.flat().filter(each => conditionOf(each, 'Synced')?.status === 'True').length;
}
