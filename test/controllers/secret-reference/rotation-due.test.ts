import { describe, expect, test } from '@jest/globals';
import { timestamp } from '../../../src/core/clock.ts';
import { accessDenied } from '../../../src/core/fault.ts';
import { canary } from '../../canary.ts';
import { type Fields, hour, password, type ReferenceBuilder, reference, start } from '../builders.ts';
import { World } from '../world.ts';

const day = 24 * hour;
const every30d = { rotation: { every: '30d' } };
const aged = reference().spec(every30d);
const fresh = { Ready: 'True Synced', Synced: 'True Synced', RotationDue: 'False RecentEnough' };
const tooOld = { ...fresh, RotationDue: 'True TooOld' };
const twoKeys: Fields = {
  data: ['etl/db', 'etl/other'].map(key => ({
    secretKey: key.slice(4),
    remoteRef: { key, property: 'password' },
  })),
};

/** In step, its version made so many days before the start. */
async function madeBefore(days: number, builder: ReferenceBuilder = aged): Promise<World> {
  const world = new World(builder);
  world.store.made.set('etl/db@1', start.wall - days * day);
  await world.reconcile();
  return world;
}

const condition = (world: World) => world.status()?.conditions.find(({ type }) => type === 'RotationDue');
const since = (world: World) => world.status()?.remote.map(each => each.since);

describe('how old the served values may become', () => {
  test.each([
    ['younger', 29, fresh],
    ['exactly as old', 30, tooOld],
    ['older', 31, tooOld],
  ])('%s: says so at the first sync', async (_how, days, conditions) => {
    expect((await madeBefore(days)).conditions()).toEqual(conditions);
  });

  test('is told with since when, from when on, and what to do', async () => {
    expect(condition(await madeBefore(10))?.message).toBe(
      'etl/db of vault is unchanged since 2025-12-22T00:00:00Z, and too old at 2026-01-21T00:00:00Z',
    );
    expect(condition(await madeBefore(40))?.message).toBe(
      'etl/db of vault is unchanged since 2025-11-22T00:00:00Z, longer than spec.rotation.every allows: put a new value into the store; it is served at the next refresh, or at once when a rotation is asked for',
    );
  });

  test('is nobody’s business without rotation.every: no time in status, and no condition', async () => {
    const world = await madeBefore(100, reference());
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
    expect(since(world)).toEqual([undefined]);
  });

  test('is that of the oldest remote key', async () => {
    const world = new World(aged.spec({ ...twoKeys, ...every30d }));
    world.store.put('etl/other', { password });
    world.store.made.set('etl/db@1', start.wall - day);
    world.store.made.set('etl/other@1', start.wall - 40 * day);
    await world.reconcile();
    expect(world.conditions()).toEqual(tooOld);
    expect(condition(world)?.message).toContain('etl/other of vault');
  });
});

describe('what the store does not say', () => {
  test('counts from when it was first served, and stays so over refreshes and a restart', async () => {
    const world = await World.synced(aged);
    for (let hours = 0; hours < 5; hours++) {
      world.clock.pass(hour);
      if (hours === 3) world.restart();
      await world.reconcile();
    }
    expect(since(world)).toEqual([timestamp(start.wall)]);
    expect(world.store.reads.length).toBeGreaterThan(3);
    expect(world.api.writes).toEqual([]);
  });

  test('counts anew with each version', async () => {
    const world = await World.synced(aged);
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.clock.pass(2 * hour);
    await world.reconcile();
    expect(since(world)).toEqual([timestamp(start.wall + 2 * hour)]);
  });

  test('counts, without versions, from the last change of the Secret', async () => {
    const world = new World(aged);
    world.store.versioned = false;
    await world.reconcile();
    world.clock.pass(2 * hour);
    await world.reconcile();
    expect(since(world)).toEqual([timestamp(start.wall)]);
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.clock.pass(2 * hour);
    await world.reconcile();
    expect(since(world)).toEqual([timestamp(start.wall + 4 * hour)]);
  });

  test('counts from the last write, when it was served before anybody asked', async () => {
    const world = await World.synced(reference());
    world.clock.pass(2 * hour);
    world.api.change('secretreferences', 'db', { spec: every30d, metadata: { generation: 2 } });
    await world.run();
    expect(since(world)).toEqual([timestamp(start.wall)]);
  });
});

describe('the time at which it becomes too old', () => {
  test('wakes a reference that is never refreshed: one write, one Warning, and no read', async () => {
    const world = await madeBefore(10, aged.spec({ ...every30d, refreshInterval: '0s' }));
    world.forget();
    expect(await world.reconcile()).toEqual({ kind: 'at', time: start.steady + 20 * day, priority: 'low' });
    world.clock.pass(20 * day);
    expect(await world.reconcile()).toEqual({ kind: 'on-change' });
    expect(world.conditions()).toEqual(tooOld);
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.eventReasons()).toEqual(['Warning RotationDue']);
    expect([...world.store.reads, ...world.api.gets]).toEqual([]);
    world.forget();
    world.clock.pass(day);
    expect(await world.reconcile()).toEqual({ kind: 'on-change' });
    expect([...world.api.writes, ...world.events]).toEqual([]);
  });

  test('is chosen at the sync itself, when it is before the next refresh', async () => {
    const world = new World(aged.spec({ ...every30d, refreshInterval: '10000h' }));
    world.store.made.set('etl/db@1', start.wall - 29 * day);
    expect(await world.reconcile()).toEqual({ kind: 'at', time: start.steady + day, priority: 'low' });
  });

  test('leaves the refresh where it was', async () => {
    const world = await madeBefore(10);
    world.clock.pass(20 * day);
    await world.reconcile();
    const next = await world.reconcile();
    expect(next).toMatchObject({ kind: 'at', priority: 'low' });
    expect(next.kind === 'at' && next.time - world.clock.steady()).toBeLessThanOrEqual(hour);
  });

  test('is seen while the reference is suspended', async () => {
    const world = await madeBefore(10, aged.spec({ ...every30d, suspend: true }));
    expect(world.conditions()).not.toHaveProperty('RotationDue');
    const served = await madeBefore(10);
    served.api.change('secretreferences', 'db', { spec: { suspend: true }, metadata: { generation: 2 } });
    await served.run();
    expect(await served.reconcile()).toEqual({ kind: 'at', time: start.steady + 20 * day, priority: 'low' });
    served.clock.pass(20 * day);
    await served.reconcile();
    expect(served.conditions().RotationDue).toBe('True TooOld');
  });

  test('is seen while the store refuses', async () => {
    const world = await madeBefore(10);
    world.store.fail('etl/db', accessDenied('no'));
    world.clock.pass(21 * day);
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Synced: 'False AccessDenied', RotationDue: 'True TooOld' });
  });
});

describe('it is over', () => {
  test('with a newer version, without an event of its own', async () => {
    const world = await madeBefore(40);
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.store.made.set('etl/db@2', start.wall);
    world.forget();
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': 't1' } } });
    await world.run();
    expect(world.conditions()).toEqual(fresh);
    expect(world.eventReasons()).toEqual(['Normal Rotated']);
  });

  test('when nobody asks any more: condition and times go', async () => {
    const world = await madeBefore(40);
    world.api.change('secretreferences', 'db', { spec: { rotation: null }, metadata: { generation: 2 } });
    await world.run();
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
    expect(since(world)).toEqual([undefined]);
  });

  test('when the wall clock jumps back, and not before it comes again: the time is chosen anew', async () => {
    const world = await madeBefore(40, aged.spec({ ...every30d, refreshInterval: '0s' }));
    world.clock.wallMs -= 20 * day;
    expect(await world.reconcile()).toEqual({ kind: 'at', time: start.steady + 10 * day, priority: 'low' });
    expect(world.conditions()).toEqual(fresh);
  });
});

test('a spec that cannot be used leaves the condition as it was', async () => {
  const world = await madeBefore(40);
  world.api.change('secretreferences', 'db', { spec: { data: [] }, metadata: { generation: 2 } });
  await world.run();
  expect(world.conditions()).toMatchObject({ Synced: 'False InvalidSpec', RotationDue: 'True TooOld' });
});

test('a Secret that somebody changed is put back, and is as old as before', async () => {
  const world = await madeBefore(40);
  world.api.change('secrets', 'db', { data: { password: 'dGFtcGVyZWQ=' } });
  await world.run();
  expect(world.secret()).toEqual({ password });
  expect(since(world)).toEqual([timestamp(start.wall - 40 * day)]);
});
