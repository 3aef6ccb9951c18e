import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { policy } from '../servers/openbao-secrets.ts';
import { useWorld } from './world.ts';

const world = useWorld();

/** Some 30 ms a name: no table of states is large enough for it. */
const regexp = '(?:.*[0-7].{33}){3}x';
const names = Array.from({ length: 200 }, (_, index) =>
  createHash('shake256', { outputLength: 450 }).update(`${index}`).digest('hex'),
);
const searches = ['first', 'second', 'third', 'fourth'];

test('searches that never end hold up neither a neighbour nor /livez nor the end of the operator', async () => {
  const [attacker, neighbour] = [await world().team('searches'), await world().teamInStep('neighbour')];
  await policy(world().bao, 'app', { 'secret/data/*': ['read'], 'secret/metadata/searches/*': ['list'] });
  for (const name of names) await attacker.put(name, { password: 'x' });
  const find = { prefix: 'searches/', name: { regexp } };
  const refer = (name: string) => attacker.refer(name, { refreshInterval: '10s', dataFrom: [{ find }] });
  for (const name of searches) await refer(name);
  for (const name of searches) await attacker.failing(name, 'ValueNotUsable');

  const searchAll = (token: string) => Promise.all(searches.map(name => attacker.annotate(name, rotate(token))));
  const answered = async (token: string) =>
    (await Promise.all(searches.map(attacker.reference))).every(
      ({ status }) => status?.rotation?.lastHandled === token,
    );

  const password = secretValue('rotated');
  await neighbour.put('db', { password });
  await searchAll('t1');
  const [rotated, ...alive] = await Promise.all([
    neighbour.rotate('db', 't1'),
    ...Array.from({ length: 20 }, () => world().operator.alive()),
  ]);
  expect(rotated.status?.rotation?.result).toBe('Rotated');
  expect(alive).not.toContain(false);
  expect(await answered('t1')).toBe(false);

  await searchAll('t2');
  expect(await world().operator.stop()).toBeLessThan(10_000);
  expect(await answered('t2')).toBe(false);
  await world().operator.start();
}, 180_000);

const rotate = (token: string) => ({ 'shearline.dev/rotate': token });
