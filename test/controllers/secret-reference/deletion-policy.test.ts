import { describe, expect, test } from '@jest/globals';
import { accessDenied, unavailable } from '../../../src/core/fault.ts';
import { canary } from '../../canary.ts';
import { hour, password, reference } from '../builders.ts';
import { World } from '../world.ts';

const deleting = reference().target({ deletionPolicy: 'Delete' });
const gone = { Ready: 'False KeyNotFound', Synced: 'False KeyNotFound', Reconciling: 'True KeyNotFound' };

describe('Retain', () => {
  test('keeps the last good Secret when the remote key is gone', async () => {
    const world = await World.synced(reference());
    world.store.destroy('etl/db');
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({ password });
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'False KeyNotFound' });
  });
});

describe('Delete', () => {
  test('deletes the Secret when the remote key is proved to be gone, once, and says so once', async () => {
    const world = await World.synced(deleting);
    world.store.destroy('etl/db');
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.api.writes).toEqual(['delete secrets/db', 'patch secretreferences/db/status']);
    expect(world.conditions()).toEqual(gone);
    expect(world.status()).toMatchObject({ remote: [], lastSyncTime: '2026-01-01T01:00:00Z' });
    expect(world.status()?.target).toBeUndefined();
    expect(world.events).toMatchObject([
      { type: 'Warning', reason: 'KeyNotFound', note: expect.stringContaining('Secret db was deleted') },
    ]);
  });

  test('writes and says nothing more as long as the key stays away', async () => {
    const world = await World.synced(deleting);
    world.store.destroy('etl/db');
    world.clock.pass(hour);
    await world.reconcile();
    await world.run();
    world.forget();
    for (let hours = 0; hours < 3; hours++) {
      world.clock.pass(hour);
      expect(await world.reconcile()).toMatchObject({ kind: 'retry-at', priority: 'low' });
    }
    expect([...world.api.writes, ...world.events]).toEqual([]);
  });

  test('makes the Secret again when the key is back', async () => {
    const world = await World.synced(deleting);
    world.store.destroy('etl/db');
    world.clock.pass(hour);
    await world.reconcile();
    world.store.put('etl/db', { password: `${canary}-back` });
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({ password: `${canary}-back` });
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });

  test('has nothing to delete when there never was a Secret, and says why there is none', async () => {
    const world = new World(deleting);
    world.store.destroy('etl/db');
    await world.reconcile();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.conditions()).toEqual(gone);
    expect(world.status()?.lastSyncTime).toBeUndefined();
    expect(world.eventReasons()).toEqual(['Warning KeyNotFound']);
    expect(world.events[0]?.note).not.toContain('deleted');
  });

  test.each([
    ['the store does not answer', unavailable('vault does not answer')],
    ['absence is not proved', accessDenied('vault does not say whether etl/db is there')],
  ])('keeps the Secret when %s', async (_, fault) => {
    const world = await World.synced(deleting);
    world.store.fail('etl/db', fault);
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({ password });
  });

  test('keeps the Secret when only a property is gone: that is not the remote key', async () => {
    const world = await World.synced(deleting);
    world.store.put('etl/db', { passwort: `${canary}-typo` });
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({ password });
    expect(world.conditions()).toMatchObject({ Synced: 'False PropertyNotFound' });
  });

  test('keeps the Secret when an edit names a version that does not exist', async () => {
    const world = await World.synced(deleting);
    const data = [{ secretKey: 'password', remoteRef: { key: 'etl/db', property: 'password', version: '9' } }];
    world.api.change('secretreferences', 'db', deleting.edited({ data }).raw);
    await world.run();
    expect(world.secret()).toEqual({ password });
    expect(world.conditions()).toMatchObject({ Ready: 'False VersionNotFound' });
  });

  test('keeps the Secret while one of several remote keys is there', async () => {
    const data = ['etl/db', 'etl/other'].map(key => ({ secretKey: key.slice(4), remoteRef: { key } }));
    const world = new World(deleting.spec({ data }));
    world.store.put('etl/other', `${canary}-other`);
    await world.reconcile();
    world.store.destroy('etl/other');
    world.clock.pass(hour);
    await world.reconcile();
    expect(Object.keys(world.secret() ?? {})).toEqual(['db', 'other']);
  });

  test('never deletes what is not ours', async () => {
    const world = new World(deleting);
    world.store.destroy('etl/db');
    world.api.put('secrets', { metadata: { name: 'db', namespace: 'etl', uid: 'uid-theirs' }, data: {} });
    await world.reconcile();
    expect(world.secret()).toEqual({});
  });

  test('never deletes what only an old cache shows as ours', async () => {
    const world = await World.synced(deleting);
    world.store.destroy('etl/db');
    world.api.before('get secrets/db', () => {
      world.api.remove('secrets', 'db');
      world.api.put('secrets', { metadata: { name: 'db', namespace: 'etl', uid: 'uid-theirs' }, data: {} });
    });
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({});
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
  });

  test('deletes nothing because a cache is empty', async () => {
    const world = await World.synced(deleting);
    world.caches.targets.remove('etl/db');
    await world.run();
    expect(world.secret()).toEqual({ password });
    expect(world.api.writes).toEqual([]);
  });

  test('clears what a rename left behind as well', async () => {
    const world = await World.synced(deleting);
    world.store.destroy('etl/db');
    world.api.change('secretreferences', 'db', deleting.edited().target({ name: 'warehouse' }).raw);
    await world.run();
    expect(world.secret('db')).toBeUndefined();
    expect(world.eventReasons()).toEqual(['Warning KeyNotFound']);
    expect(world.events[0]?.note).toContain('deleted');
  });
});
