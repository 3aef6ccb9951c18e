import { expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { hour, password, reference } from '../builders.ts';
import { World } from '../world.ts';

const suspended = reference().edited().suspended();
const quiet = { Ready: 'True Suspended', Synced: 'False Suspended' };

async function suspendedWorld(): Promise<World> {
  const world = await World.synced(reference());
  world.api.change('secretreferences', 'db', suspended.raw);
  await world.run();
  world.forget();
  return world;
}

test('a suspended reference reads and writes nothing, and its Secret stays as it is', async () => {
  const world = await suspendedWorld();
  expect(world.conditions()).toEqual(quiet);
  world.store.put('etl/db', { password: `${canary}-newer` });
  world.clock.pass(24 * hour);
  expect(await world.reconcile()).toEqual({ kind: 'on-change' });
  expect([...world.store.reads, ...world.api.writes, ...world.api.gets]).toEqual([]);
  expect(world.secret()).toEqual({ password });
});

test('a Secret that goes while its reference is suspended is missed, and not put back', async () => {
  const world = await suspendedWorld();
  world.api.remove('secrets', 'db');
  await world.run();
  expect(world.conditions()).toEqual({ Ready: 'False Suspended', Synced: 'False Suspended' });
  expect(world.secret()).toBeUndefined();
  world.api.change('secretreferences', 'db', { spec: { suspend: false }, metadata: { generation: 3 } });
  await world.run();
  expect(world.secret()).toEqual({ password });
  expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
});

test('what happened meanwhile is made up for at once when it goes on', async () => {
  const world = await suspendedWorld();
  world.store.put('etl/db', { password: `${canary}-newer` });
  world.api.change('secretreferences', 'db', { spec: { suspend: false }, metadata: { generation: 3 } });
  await world.run();
  expect(world.secret()).toEqual({ password: `${canary}-newer` });
});

test('a reference that was never synced and is suspended is not Ready, and says why', async () => {
  const world = new World(reference().suspended());
  await world.reconcile();
  expect(world.conditions()).toEqual({ Ready: 'False Suspended', Synced: 'False Suspended' });
  expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
  expect(world.events).toEqual([]);
});
