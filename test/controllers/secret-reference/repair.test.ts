import { describe, expect, test } from '@jest/globals';
import { unavailable } from '../../../src/core/fault.ts';
import { canary } from '../../canary.ts';
import { hour, password, reference, start } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { host } from '../hosts.ts';
import { World } from '../world.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const foreign = `${canary}-foreign`;

/** A reference in step, whose store has moved on to a second version that nobody asked for yet. */
async function storeAhead(): Promise<World> {
  const world = await World.synced(reference());
  world.store.put('etl/db', { password: `${canary}-newer` });
  return world;
}

describe('a Secret that goes again and again, because the watch has not shown that its reference is gone', () => {
  const gone = { kind: 'not-found' } as const;

  test('is not made again', async () => {
    const world = await World.synced(reference());
    world.api.remove('secrets', 'db');
    world.api.refuse('get secretreferences/db', gone);
    expect(await world.reconcile()).toEqual({ kind: 'backoff', pace: 'short' });
    expect([world.api.writes, world.events, world.store.reads]).toEqual([[], [], []]);
  });

  test('nor is one that status never came to name', async () => {
    const world = new World(reference());
    world.api.refuse('patch secretreferences/db/status', gone);
    await world.reconcile();
    world.api.remove('secrets', 'db');
    world.forget();
    world.api.refuse('get secretreferences/db', gone);
    expect(await world.reconcile()).toEqual({ kind: 'backoff', pace: 'short' });
    expect(world.api.writes).toEqual([]);
  });

  test('is made again when the reference is there, or nobody can say', async () => {
    for (const fault of [undefined, { kind: 'unavailable' } as const]) {
      const world = await World.synced(reference());
      world.api.remove('secrets', 'db');
      if (fault !== undefined) world.api.refuse('get secretreferences/db', fault);
      await world.reconcile();
      expect(world.secret()).toEqual({ password });
    }
  });
});

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

  test('is reported by status in a later reconcile when that could not be written, without a second write to the Secret', async () => {
    const world = await storeAhead();
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    world.api.change('secrets', 'db', { metadata: { labels: { 'shearline.dev/managed': null } } });
    expect(await world.reconcile()).toEqual({ kind: 'backoff', pace: 'short' });
    world.forget();
    await world.reconcile();
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

describe('the revision belongs to content', () => {
  const tampering: readonly (readonly [string, (world: World) => void])[] = [
    ['changed', world => world.api.change('secrets', 'db', { data: { password: base64(foreign) } })],
    ['deleted', world => world.api.remove('secrets', 'db')],
  ];

  test.each(tampering)('a Secret that was %s gets it back, each time, and the event names it', async (_, tamper) => {
    const world = await storeAhead();
    for (const happens of [tamper, tamper]) {
      happens(world);
      await world.run();
      expect(world.status()?.target?.revision).toBe(1);
      expect(world.secretMetadata().annotations['shearline.dev/revision']).toBe('1');
    }
    expect(world.events.map(({ note }) => note)).toEqual(Array(2).fill('put Secret db back (revision 1)'));
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.status()).toMatchObject({ target: { revision: 2 }, remote: [{ version: '2' }] });
  });

  test.each(tampering)('also when it was %s while nobody led', async (_, tamper) => {
    const world = await storeAhead();
    world.restart();
    tamper(world);
    await world.run();
    expect(world.status()?.target?.revision).toBe(1);
  });

  test.each(tampering)('also of a store without versions: %s', async (_, tamper) => {
    const world = new World(reference());
    world.store.versioned = false;
    await world.reconcile();
    tamper(world);
    await world.run();
    expect(world.status()?.target?.revision).toBe(1);
    world.store.put('etl/db', { password: `${canary}-newer` });
    tamper(world);
    await world.run();
    expect(world.status()?.target?.revision).toBe(2);
  });

  test.each(tampering)('a rotation that finds nothing newer says so, although it was %s', async (_, tamper) => {
    const world = await World.synced(reference());
    tamper(world);
    world.api.change('secretreferences', 'db', reference().token('t1').raw);
    await world.run();
    expect(world.secret()).toEqual({ password });
    expect(world.status()).toMatchObject({ rotation: { result: 'NoChange' }, target: { revision: 1 } });
  });

  test('keys in the Secret of somebody else keep it, too', async () => {
    const world = new World(reference().merging());
    world.api.put('secrets', host());
    await world.reconcile();
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.api.remove('secrets', 'db');
    world.api.put('secrets', host());
    await world.run();
    expect(world.secret()).toMatchObject({ password });
    expect(world.status()?.target?.revision).toBe(1);
  });
});

describe('however many remote secrets there are', () => {
  const keys = Array.from({ length: 200 }, (_, index) => `etl/k${index + 100}`);
  const values = (age: string) => Object.fromEntries(keys.map(key => [key.slice(4), `${canary}-${age}`]));
  const named = { data: keys.map(key => ({ secretKey: key.slice(4), remoteRef: { key } })) };
  const found = { data: [], dataFrom: [{ find: { prefix: 'etl/' } }] };

  async function manyThatLag(spec: Fields): Promise<World> {
    const world = new World(reference().spec(spec));
    world.store.listed = keys;
    for (const key of keys) world.store.put(key, `${canary}-old`);
    await world.reconcile();
    for (const key of keys) world.store.put(key, `${canary}-new`);
    world.forget();
    return world;
  }

  test.each([
    ['named', named],
    ['found', found],
  ])('all that were %s are put back with the versions that were served', async (_, spec) => {
    const world = await manyThatLag(spec);
    world.restart();
    world.api.change('secrets', 'db', { data: { k299: base64(foreign) } });
    await world.run();
    expect(world.secret()).toEqual(values('old'));
    expect(world.status()?.target?.revision).toBe(1);
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual(values('new'));
  });

  test('one that the store has got since is added by the next refresh, not by a repair', async () => {
    const world = await manyThatLag(found);
    world.store.listed = [...keys, 'etl/k300'];
    world.store.put('etl/k300', canary);
    world.api.remove('secrets', 'db');
    await world.run();
    expect(world.secret()).toEqual(values('old'));
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({ ...values('new'), k300: canary });
  });

  test('more than status can keep are refused before they are read, and the message says how many fit', async () => {
    const world = new World(
      reference().spec({ data: [], dataFrom: [0, 1, 2].map(n => ({ find: { prefix: `p${n}/` } })) }),
    );
    world.store.listed = [0, 1, 2].flatMap(n => Array.from({ length: 700 }, (_, index) => `p${n}/k${index}`));
    await world.reconcile();
    expect(world.store.reads).toEqual([]);
    expect(world.conditions()).toMatchObject({ Synced: 'False ValueNotUsable' });
    expect(world.status()?.conditions[0]?.message).toBe(
      'spec.dataFrom: 2100 remote secrets are found and named in all, and status keeps the versions of at most 2000 (fewer, if their names are long): narrow find, or split the reference in two',
    );
  });

  test('of long names fewer fit', async () => {
    const prefix = `etl/${'x'.repeat(500)}/`;
    const world = new World(reference().spec({ data: [], dataFrom: [{ find: { prefix } }] }));
    world.store.listed = Array.from({ length: 1000 }, (_, index) => `${prefix}${index}`);
    await world.reconcile();
    expect(world.store.reads).toEqual([]);
    expect(world.status()?.conditions[0]?.message).toMatch(/^spec\.dataFrom: 1000 remote secrets are found and named/);
  });
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
  await world.reconcile();
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
  const next = await world.reconcile();
  expect(world.store.reads).toEqual(['etl/db@1', 'etl/db']);
  expect(world.secret()).toEqual({ password: `${canary}-newer` });
  expect(next).toMatchObject({ kind: 'at' });
});

test('after a repair the next reconcile comes when the refresh was due before', async () => {
  const world = await World.synced(reference());
  const due = await world.reconcile();
  world.api.remove('secrets', 'db');
  const [woken] = world.woken.splice(0);
  expect(woken).toEqual({ key: 'etl/db', priority: 'normal' });
  world.clock.steadyMs = start.steady + 1000;
  expect(await world.reconcile()).toEqual(due);
});
