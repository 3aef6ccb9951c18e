import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { policy } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { conditionOf } from './objects.ts';
import { useWorld } from './world.ts';

const world = useWorld();

/** Some 30 ms a name: no table of states is large enough for it. */
const regexp = '(?:.*[0-7].{33}){3}x';
const names = Array.from({ length: 200 }, (_, index) =>
  createHash('shake256', { outputLength: 450 }).update(`${index}`).digest('hex'),
);
/** Five seconds of computing, a quarter of a second each; many more on a busy machine. */
const searches = Array.from({ length: 20 }, (_, index) => `${index}`);

test('searches that take too long are ended, and hold up neither a neighbour nor /livez nor the end of the operator', async () => {
  const [attacker, neighbour] = [await world().team('searches'), await world().teamInStep('neighbour')];
  await policy(world().bao, 'app', { 'secret/data/*': ['read'], 'secret/metadata/*': ['list'] });
  for (const name of names) await attacker.put(name, { password: 'x' });
  const find = { prefix: 'searches/', name: { regexp } };
  const attack = (wave: string) =>
    Promise.all(searches.map(name => attacker.refer(`${wave}-${name}`, { dataFrom: [{ find }] })));
  const faults = async (wave: string) => {
    const all = await Promise.all(searches.map(name => attacker.reference(`${wave}-${name}`)));
    return all.flatMap(each => conditionOf(each, 'Synced')?.message ?? []);
  };

  await neighbour.put('db', { password: secretValue('rotated') });
  await attack('first');
  await until('the first end', async () => (await faults('first')).length > 0, 60_000);
  const own = { find: { prefix: 'neighbour/', name: { regexp: '[a-z]+' } } };
  const [rotated, ...alive] = await Promise.all([
    neighbour.rotate('db', 't1'),
    ...Array.from({ length: 20 }, () => world().operator.alive()),
    neighbour.refer('own', { dataFrom: [own] }).then(() => neighbour.synced('own')),
  ]);
  expect(rotated.status?.rotation?.result).toBe('Rotated');
  expect(alive).not.toContain(false);
  expect((await faults('first')).length).toBeLessThan(searches.length);

  await until('all ends', async () => (await faults('first')).length === searches.length, 200_000);
  const where = 'spec.dataFrom[0].find.name.regexp';
  const ended = /^(was ended after 250 ms of computing|was not computed: a computation of this reference was ended)/;
  for (const fault of await faults('first')) expect(fault.replace(`${where} `, '')).toMatch(ended);

  await attack('second');
  await until('the next end', async () => (await faults('second')).length > 0, 60_000);
  expect(await world().operator.stop()).toBeLessThan(10_000);
  expect((await faults('second')).length).toBeLessThan(searches.length);
  await world().operator.start();
}, 420_000);
