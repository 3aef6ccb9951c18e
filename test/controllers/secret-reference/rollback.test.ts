import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { hour, reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { World } from '../world.ts';

const held = (revision: number): string => `${canary}-${revision}`;
const annotate = (world: World, annotations: Fields): void =>
  world.api.change('secretreferences', 'db', { metadata: { annotations } });
const rollBackTo = (world: World, revision: string | null): void =>
  annotate(world, { 'shearline.dev/rollback': revision });

/** Who runs on an older revision has been looked at. */
async function later(world: World): Promise<void> {
  world.clock.steadyMs += hour;
  world.clock.wallMs += hour;
  await world.reconcile();
}

/** In step with revision 3, of which the store holds the value; all three exist. */
async function grown(): Promise<World> {
  const world = await World.synced(reference().spec({ delivery: { mode: 'Pinned' } }));
  for (const revision of [2, 3]) {
    world.store.put('etl/db', { password: held(revision) });
    annotate(world, { 'shearline.dev/rotate': `t${revision}` });
    await world.run();
  }
  world.forget();
  return world;
}

describe('a rollback by hand', () => {
  test('publishes the bytes of the revision in one write, asks no store, and says so by conditions and a Warning', async () => {
    const world = await grown();
    rollBackTo(world, '2');
    await world.run();
    expect(world.secret()).toEqual({ password: held(2) });
    expect(world.api.writes).toEqual(['update secrets/db', 'patch secretreferences/db/status']);
    expect(world.store.reads).toEqual([]);
    expect(world.status()).toMatchObject({
      target: { revision: 2, pinned: { name: 'db-r2' } },
      newestRevision: 3,
      remote: [],
    });
    expect(world.conditions()).toEqual({
      Ready: 'True RolledBack',
      Synced: 'False RolledBack',
      SafeToRevoke: 'False RolledBack',
    });
    expect(world.eventReasons()).toEqual(['Warning RolledBack']);
  });

  test('is stable: no refresh, restart or request moves it, and rotation tokens wait', async () => {
    const world = await grown();
    rollBackTo(world, '2');
    await world.run();
    await later(world);
    world.forget();
    world.store.put('etl/db', { password: held(4) });
    world.clock.steadyMs += 2 * hour;
    await world.reconcile();
    world.restart();
    await world.reconcile();
    annotate(world, { 'shearline.dev/rotate': 'waits' });
    await world.run();
    expect([world.api.writes, world.api.gets, world.store.reads]).toEqual([[], [], []]);
    expect(world.status()?.rotation?.lastHandled).toBe('t3');
    rollBackTo(world, null);
    await world.run();
    expect(world.secret()).toEqual({ password: held(4) });
    expect(world.status()).toMatchObject({ target: { revision: 4 }, rotation: { lastSucceeded: 'waits' } });
  });

  test('that ends follows the store again, under the number that its content has', async () => {
    const world = await grown();
    rollBackTo(world, '1');
    await world.run();
    rollBackTo(world, null);
    await world.run();
    expect(world.secret()).toEqual({ password: held(3) });
    expect(world.secret('db-r4')).toBeUndefined();
    expect(world.status()).toMatchObject({ target: { revision: 3, pinned: { name: 'db-r3' } }, newestRevision: 3 });
    expect(world.conditions()).toEqual({
      Ready: 'True Synced',
      Synced: 'True Synced',
      SafeToRevoke: 'False OverlapNotOver',
    });
  });

  test('moves to another revision when the annotation does', async () => {
    const world = await grown();
    for (const revision of [2, 1, 3]) {
      rollBackTo(world, `${revision}`);
      await world.run();
      expect(world.status()?.target?.revision).toBe(revision);
    }
    expect(world.secret()).toEqual({ password: held(3) });
  });

  test('needs no store and no source', async () => {
    const world = await grown();
    world.api.remove('secretsources', 'vault');
    await world.run();
    rollBackTo(world, '2');
    await world.run();
    expect(world.secret()).toEqual({ password: held(2) });
  });

  test('puts its bytes back when somebody changes the Secret', async () => {
    const world = await grown();
    rollBackTo(world, '2');
    await world.run();
    world.api.change('secrets', 'db', { data: { password: Buffer.from('theirs').toString('base64') } });
    await world.run();
    expect(world.secret()).toEqual({ password: held(2) });
    expect(world.status()?.target?.revision).toBe(2);
  });

  test.each(['before', 'after'] as const)('that is killed %s its write ends the same', async when => {
    const world = await grown();
    const killed = new AbortController();
    world.api.kill(when, 'update secrets/db', killed);
    rollBackTo(world, '2');
    await world.reconcile('db', { signal: killed.signal });
    world.restart();
    await world.run();
    await world.reconcile();
    expect(world.secret()).toEqual({ password: held(2) });
    expect(world.status()).toMatchObject({ target: { revision: 2, pinned: { name: 'db-r2' } }, newestRevision: 3 });
  });

  test.each(['9', 'db-r2', '', '02', '-1'])(
    'to %j, which is none, is refused: the reason names those that exist, and the Secret stays',
    async revision => {
      const world = await grown();
      rollBackTo(world, revision);
      await world.run();
      expect(world.secret()).toEqual({ password: held(3) });
      expect(world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'False RevisionNotFound' });
      expect(world.status()?.conditions.find(({ type }) => type === 'Synced')?.message).toContain('exists: 3, 2, 1;');
      expect(world.eventReasons()).toEqual(['Warning RevisionNotFound']);
    },
  );

  test('with delivery Live is refused, as there are no revisions', async () => {
    const world = await World.synced(reference());
    rollBackTo(world, '1');
    await world.run();
    expect(world.status()?.conditions.find(({ type }) => type === 'Synced')?.message).toContain('there are none');
  });

  test('holds its revision, however many newer ones there are', async () => {
    const world = await World.synced(reference().spec({ delivery: { mode: 'Pinned', keep: 2 } }));
    world.store.put('etl/db', { password: held(2) });
    annotate(world, { 'shearline.dev/rotate': 't2' });
    await world.run();
    rollBackTo(world, '1');
    await world.run();
    world.api.change('secretreferences', 'db', { spec: { delivery: { keep: 1 } }, metadata: { generation: 2 } });
    world.clock.steadyMs += hour;
    await world.run();
    await world.reconcile();
    expect(world.secret('db-r1')).toBeDefined();
  });
});
