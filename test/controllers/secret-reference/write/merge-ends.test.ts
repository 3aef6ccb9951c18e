import { describe, expect, test } from '@jest/globals';
import { canary } from '../../../canary.ts';
import { hour, reference } from '../../builders.ts';
import { host, merged, mergeState, theirs } from '../../hosts.ts';
import type { World } from '../../world.ts';

const newer = `${canary}-newer`;

describe('a rotation into a host', () => {
  test('ends in Rotated also when the operator died between host and status', async () => {
    const world = await merged();
    world.store.put('etl/db', { password: newer });
    world.api.change('secretreferences', 'db', reference().merging().token('t1').raw);
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    await world.reconcile();
    world.restart();
    world.forget();
    await world.reconcile();
    expect(world.secret()).toEqual({ theirs, password: newer });
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
  });
});

describe('what somebody wrote into our annotation', () => {
  const tampered = async (text: string): Promise<World> => {
    const world = await merged();
    world.api.change('secrets', 'db', { metadata: { annotations: { 'shearline.dev/merge-uid-db': text } } });
    await world.run();
    return world;
  };

  test.each(['not JSON', 'null', '[]', '{"revision":1e999,"keys":7}'])(
    'counts as nothing; it is theirs now, and status says so: %s',
    async text => {
      const world = await tampered(text);
      expect(world.status()?.target?.revision).toBe(1);
      expect(world.conditions()).toMatchObject({ Synced: 'False TargetConflict' });
      world.api.change('secrets', 'db', { metadata: { annotations: null } });
      await world.run();
      expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
      expect(world.status()?.target?.revision).toBe(1);
    },
  );

  test.each(['-1', '1e999', '"9"'])('is never taken for a revision when it is none: %s', async revision => {
    const world = await tampered(`{"revision":${revision},"keys":["password"]}`);
    expect(world.status()?.target?.revision).toBe(1);
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });
});

describe('a reference that goes', () => {
  test('takes its keys out, of a former host too, and then its finalizer off', async () => {
    const world = await merged();
    world.api.remove('secretreferences', 'db');
    await world.run();
    expect(world.api.writes).toEqual(['patch secrets/db', 'patch secretreferences/db']);
    expect(world.secret()).toEqual({ theirs });
    expect(mergeState(world)).toBeNull();
    expect(world.find()).toBeUndefined();
  });

  test('takes its keys out of a host that status never named, also after a restart', async () => {
    const world = await merged();
    world.api.put('secrets', host('second'));
    world.api.put('secrets', host('third'));
    const moved = (name: string) => reference().merging().edited().target({ name });
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    world.api.change('secretreferences', 'db', moved('second').raw);
    await world.reconcile();
    expect(mergeState(world, 'second')).not.toBeNull();
    world.restart();
    world.api.change('secretreferences', 'db', moved('third').metadata({ generation: 3 }).raw);
    await world.run();
    expect([world.secret(), world.secret('second')]).toEqual([{ theirs }, { theirs }]);
    world.api.remove('secretreferences', 'db');
    await world.run();
    expect(world.secret('third')).toEqual({ theirs });
  });

  test.each([
    ['the host is gone', (world: World) => world.api.remove('secrets', 'db')],
    [
      'the namespace is going',
      (world: World) => world.api.change('namespaces', 'etl', { metadata: { deletionTimestamp: 'now' } }, ''),
    ],
  ])('does not wait when %s', async (_, happens) => {
    const world = await merged();
    happens(world);
    world.api.remove('secretreferences', 'db');
    await world.run();
    expect(world.find()).toBeUndefined();
    expect(world.api.writes).not.toContain('patch secrets/db');
  });

  test('goes while it is suspended, too', async () => {
    const world = await merged();
    world.api.change('secretreferences', 'db', { spec: { suspend: true }, metadata: { generation: 2 } });
    world.api.remove('secretreferences', 'db');
    await world.run();
    expect(world.secret()).toEqual({ theirs });
    expect(world.find()).toBeUndefined();
  });

  test('says what keeps it from going', async () => {
    const world = await merged();
    world.api.remove('secretreferences', 'db');
    world.api.refuse('patch secrets/db', { kind: 'refused', cause: 'admission' });
    expect(await world.reconcile()).toMatchObject({ kind: 'retry-at', priority: 'low' });
    expect(world.conditions()).toMatchObject({ Synced: 'False TargetWriteRefused' });
    await world.reconcile();
    expect(world.find()).toBeUndefined();
  });
});

describe('deletionPolicy Delete', () => {
  test('takes the own keys out and never deletes the host', async () => {
    const world = await merged(reference().merging().target({ deletionPolicy: 'Delete' }));
    world.store.destroy('etl/db');
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({ theirs });
    expect(world.status()?.target).toBeUndefined();
    expect(world.events).toMatchObject([{ note: expect.stringContaining('the keys were taken out of Secret db') }]);
    world.forget();
    world.clock.pass(hour);
    await world.reconcile();
    expect([...world.api.writes, ...world.events]).toEqual([]);
  });
});
