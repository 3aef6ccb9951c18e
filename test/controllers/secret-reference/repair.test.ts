import { describe, expect, test } from '@jest/globals';
import { unavailable } from '../../../src/core/fault.ts';
import { canary } from '../../canary.ts';
import { hour, password, reference, start } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { World } from '../world.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const foreign = `${canary}-foreign`;

/** A reference in step, whose store has moved on to a second version that nobody asked for yet. */
async function storeAhead(): Promise<World> {
  const world = await World.synced(reference());
  world.store.put('etl/db', { password: `${canary}-newer` });
  return world;
}

describe('a target that was tampered with', () => {
  test.each<[string, Fields]>([
    ['data', { data: { password: base64(foreign) } }],
    ['a key too many', { data: { more: base64(foreign) } }],
    ['our labels', { metadata: { labels: { 'shearline.dev/managed': null } } }],
    ['our annotations', { metadata: { annotations: { 'shearline.dev/owner': 'nobody' } } }],
    ['the owner reference', { metadata: { ownerReferences: [] } }],
  ])('is put back with the versions that it was served from: %s', async (_, tampering) => {
    const world = await storeAhead();
    world.api.change('secrets', 'db', tampering);
    expect(await world.run()).toBe(1);
    expect(world.store.reads).toEqual(['etl/db@1']);
    expect(world.secret()).toEqual({ password });
    expect(world.secretMetadata().ownerReferences).toHaveLength(1);
    expect(world.api.writes).toEqual(['update secrets/db', 'patch secretreferences/db/status']);
    expect(world.eventReasons()).toEqual(['Normal Repaired']);
  });

  test('is told by status in a later turn when that could not be written, without a second write to the Secret', async () => {
    const world = await storeAhead();
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    world.api.change('secrets', 'db', { metadata: { labels: { 'shearline.dev/managed': null } } });
    expect(await world.turn()).toEqual({ kind: 'backoff', pace: 'short' });
    world.forget();
    await world.turn();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.status()?.target?.resourceVersion).toBe(world.secretMetadata().resourceVersion);
    expect(world.secret()).toEqual({ password });
    expect(world.events).toEqual([]);
  });

  test('keeps the labels and annotations that others put there', async () => {
    const world = await storeAhead();
    const theirs = { labels: { team: 'etl' }, annotations: { 'example.com/note': 'hands off' } };
    world.api.change('secrets', 'db', { metadata: theirs, data: { password: base64(foreign) } });
    await world.run();
    expect(world.secretMetadata()).toMatchObject(theirs);
  });

  test('counts as touched, not as in step, while the store is away', async () => {
    const world = await World.synced(reference());
    world.store.fail('etl/db', unavailable('vault does not answer'));
    world.api.change('secrets', 'db', { data: { password: base64(foreign) } });
    await world.run();
    expect(world.conditions()).toMatchObject({ Ready: 'False ProviderUnavailable' });
  });

  test('whose revision was set back is repaired, not rotated', async () => {
    const world = await storeAhead();
    world.api.change('secrets', 'db', { metadata: { annotations: { 'shearline.dev/revision': '0' } } });
    await world.run();
    expect(world.store.reads).toEqual(['etl/db@1']);
    expect(world.status()?.target?.revision).toBe(1);
  });

  test.each(['1e999', '-7', 'seven', '99999999999999999999'])(
    'never carries a revision into status that is none: %s',
    async revision => {
      const world = await World.synced(reference());
      world.api.change('secrets', 'db', { metadata: { annotations: { 'shearline.dev/revision': revision } } });
      await world.run();
      expect(world.status()?.target?.revision).toBe(1);
      expect(world.secretMetadata().annotations['shearline.dev/revision']).toBe('1');
    },
  );
});

describe('a target that was deleted', () => {
  test('is made again with the versions that it was served from', async () => {
    const world = await storeAhead();
    world.api.remove('secrets', 'db');
    await world.run();
    expect(world.store.reads).toEqual(['etl/db@1']);
    expect(world.secret()).toEqual({ password });
    expect(world.api.writes).toEqual(['create secrets/db', 'patch secretreferences/db/status']);
  });

  test('is made of the newest when those are gone, and the event says so', async () => {
    const world = await storeAhead();
    world.store.destroy('etl/db', 1);
    world.api.remove('secrets', 'db');
    await world.run();
    expect(world.store.reads).toEqual(['etl/db@1', 'etl/db']);
    expect(world.secret()).toEqual({ password: `${canary}-newer` });
    expect(world.events).toMatchObject([
      { reason: 'Repaired', note: expect.stringContaining('newest versions, because those that it was served from') },
    ]);
  });

  test('is not Ready while it cannot be made again', async () => {
    const world = await World.synced(reference());
    world.store.fail('etl/db', unavailable('vault does not answer'));
    world.api.remove('secrets', 'db');
    await world.run();
    expect(world.conditions()).toEqual({
      Ready: 'False ProviderUnavailable',
      Synced: 'False ProviderUnavailable',
      Reconciling: 'True ProviderUnavailable',
    });
  });
});

test('each of two versions of one remote key is repaired with its own', async () => {
  const entry = (secretKey: string, version?: string) => ({
    secretKey,
    remoteRef: { key: 'etl/db', property: 'password', ...(version === undefined ? {} : { version }) },
  });
  const world = new World(reference().spec({ data: [entry('old', '1'), entry('new')] }));
  world.store.put('etl/db', { password: `${canary}-second` });
  await world.turn();
  world.store.put('etl/db', { password: `${canary}-third` });
  world.forget();
  world.api.remove('secrets', 'db');
  await world.run();
  expect(world.store.reads).toEqual(['etl/db@1', 'etl/db@2']);
  expect(world.secret()).toEqual({ old: password, new: `${canary}-second` });
});

test('a repair does not put off a refresh that is due', async () => {
  const world = await storeAhead();
  world.clock.pass(hour);
  world.api.change('secrets', 'db', { data: { password: base64(foreign) } });
  await world.run();
  expect(world.secret()).toEqual({ password });
  const next = await world.turn();
  expect(world.store.reads).toEqual(['etl/db@1', 'etl/db']);
  expect(world.secret()).toEqual({ password: `${canary}-newer` });
  expect(next).toMatchObject({ kind: 'at' });
});

test('after a repair the next turn comes when the refresh was due before', async () => {
  const world = await World.synced(reference());
  const due = await world.turn();
  world.api.remove('secrets', 'db');
  const [woken] = world.woken.splice(0);
  expect(woken).toEqual({ key: 'etl/db', lane: 'edit' });
  world.clock.steadyMs = start.steady + 1000;
  expect(await world.turn()).toEqual(due);
});
