import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { password, reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { World } from '../world.ts';

const renamed = (name: string, builder = reference()) => builder.edited().target({ name });

describe('a renamed target', () => {
  test('is made under the new name first, then the old one goes', async () => {
    const world = await World.synced(reference());
    world.api.change('secretreferences', 'db', renamed('warehouse').raw);
    await world.run();
    expect(world.api.writes).toEqual([
      'create secrets/warehouse',
      'delete secrets/db',
      'patch secretreferences/db/status',
    ]);
    expect(world.secret('warehouse')).toEqual({ password });
    expect(world.status()?.target).toMatchObject({ name: 'warehouse', generation: 2 });
    expect(world.conditions()).toMatchObject({ Ready: 'True Synced' });
  });

  test('moves with Orphan too: what stays when the reference goes is the target, not each place where it was', async () => {
    const orphan = reference().target({ creationPolicy: 'Orphan' });
    const world = await World.synced(orphan);
    world.api.change('secretreferences', 'db', renamed('warehouse', orphan).raw);
    await world.run();
    expect(world.secret('db')).toBeUndefined();
    world.api.remove('secretreferences', 'db');
    expect(world.secret('warehouse')).toEqual({ password });
  });

  test('goes from the old name in the next reconcile when the first could not delete it', async () => {
    const world = await World.synced(reference());
    world.api.change('secretreferences', 'db', renamed('warehouse').raw);
    world.api.refuse('delete secrets/db', { kind: 'unavailable' });
    await world.reconcile();
    expect(world.status()?.target?.name).toBe('db');
    expect(world.conditions()).toMatchObject({ Ready: 'False KubernetesUnavailable' });
    await world.reconcile();
    expect(world.secret('db')).toBeUndefined();
    expect(world.secret('warehouse')).toEqual({ password });
    expect(world.status()?.target).toMatchObject({ name: 'warehouse', revision: 2 });
  });

  test('goes from the old name also when that Secret changes just then, and its rotation is Rotated', async () => {
    const world = await World.synced(reference());
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.api.before('delete secrets/db', () =>
      world.api.change('secrets', 'db', { metadata: { labels: { a: 'b' } } }),
    );
    world.api.change('secretreferences', 'db', renamed('warehouse', reference().token('t1')).raw);
    await world.reconcile();
    expect(world.api.writes).toEqual([
      'create secrets/warehouse',
      'delete secrets/db',
      'delete secrets/db',
      'patch secretreferences/db/status',
    ]);
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
  });

  test('and back, before its status could name the new one, leaves nothing there', async () => {
    const world = await World.synced(reference());
    world.api.change('secretreferences', 'db', renamed('warehouse').raw);
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    await world.reconcile();
    expect(world.secret('warehouse')).toEqual({ password });
    world.api.change('secretreferences', 'db', renamed('db', reference().edited()).raw);
    await world.run();
    expect(world.secret('warehouse')).toBeUndefined();
    expect(world.secret('db')).toEqual({ password });
    expect(world.status()?.target?.name).toBe('db');
  });

  test('goes from the old name although the cache does not know it yet', async () => {
    const world = await World.synced(reference());
    world.caches.targets.remove('etl/db');
    world.api.change('secretreferences', 'db', renamed('warehouse').raw);
    await world.run();
    expect(world.secret('db')).toBeUndefined();
  });

  test('that is renamed again before the status could name the first one leaves nothing behind', async () => {
    const world = await World.synced(reference());
    world.api.change('secretreferences', 'db', renamed('second').raw);
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    await world.reconcile();
    expect(world.secret('second')).toEqual({ password });
    world.api.change('secretreferences', 'db', renamed('third', reference().edited()).raw);
    await world.run();
    expect([world.secret('db'), world.secret('second'), world.secret('third')]).toEqual([
      undefined,
      undefined,
      { password },
    ]);
  });

  test.each([
    ['for the first time', undefined],
    ['under another name', 'first'],
  ])(
    'that was written %s by a process that did not live to report it, and is renamed meanwhile, leaves nothing behind',
    async (_, before) => {
      const world = before === undefined ? new World(reference()) : await World.synced(renamed(before));
      world.api.change('secretreferences', 'db', renamed('second').raw);
      world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
      await world.reconcile();
      expect(world.secret('second')).toEqual({ password });
      world.api.change('secretreferences', 'db', renamed('third', reference().edited()).raw);
      world.restart();
      await world.run();
      expect([world.secret('first'), world.secret('second'), world.secret('third')]).toEqual([
        undefined,
        undefined,
        { password },
      ]);
    },
  );

  test('leaves nothing behind where Secrets are not watched, also when this process lost its Lease meanwhile and leads again', async () => {
    const world = await World.synced(renamed('first'));
    world.api.change('secretreferences', 'db', renamed('second').raw);
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    await world.reconcile();
    world.api.change('secretreferences', 'db', renamed('third', reference().edited()).raw);
    for (const name of ['first', 'second']) world.caches.targets.remove(`etl/${name}`);
    world.states.beginTerm();
    await world.run();
    expect([world.secret('first'), world.secret('second'), world.secret('third')]).toEqual([
      undefined,
      undefined,
      { password },
    ]);
  });

  test('leaves a copy that somebody made of it, also after a restart', async () => {
    const world = await World.synced(reference());
    world.api.put('secrets', {
      ...world.api.find('secrets', 'db'),
      metadata: { ...world.secretMetadata(), name: 'copy', uid: 'uid-copy' },
    });
    world.restart();
    await world.reconcile();
    expect(world.secret('copy')).toEqual({ password });
    world.api.change('secretreferences', 'db', renamed('warehouse').raw);
    await world.run();
    expect(world.secret('copy')).toEqual({ password });
  });

  test.each<[string, Fields]>([
    [
      'target',
      {
        labels: { 'shearline.dev/managed': 'true' },
        annotations: { 'shearline.dev/owner': 'SecretReference/db/uid-db', 'shearline.dev/revision': '9' },
      },
    ],
    [
      'host',
      {
        labels: { 'shearline.dev/merge': 'allowed' },
        annotations: { 'shearline.dev/merge-uid-db': '{"revision":9,"keys":["password"]}' },
      },
    ],
  ])('is not looked for under a name that a %s of another namespace claims', async (_, metadata) => {
    const world = await World.synced(reference());
    const forged = {
      metadata: { name: 'warehouse', namespace: 'stranger', uid: 'uid-forged', resourceVersion: '9', ...metadata },
    };
    world.caches.deliver('secrets', 'stranger/warehouse', forged);
    world.restart();
    expect(world.observe().previousNames).toEqual([]);
    world.caches.deliver('secrets', 'etl/warehouse', { metadata: { ...forged.metadata, namespace: 'etl' } });
    world.restart();
    expect(world.observe().previousNames).toEqual(['warehouse']);
  });

  test('goes from a name that it left, also when its Secret is seen there only afterwards', async () => {
    const world = await World.synced(reference());
    const { labels, annotations, ownerReferences } = world.secretMetadata();
    const late = { name: 'late', namespace: 'etl', uid: 'uid-late', labels, ownerReferences };
    const newer = { ...annotations, 'shearline.dev/revision': '2' };
    world.api.put('secrets', { metadata: { ...late, annotations: newer }, type: 'Opaque', data: {} });
    await world.run();
    expect(world.secret('late')).toBeUndefined();
    expect(world.secret('db')).toEqual({ password });
  });

  test('goes from a name that only an old view of its reference asked for', async () => {
    const world = await World.synced(reference());
    const deliver = (raw: Fields | undefined) => world.caches.deliver('secretreferences', 'etl/db', raw);
    deliver(undefined);
    deliver(renamed('warehouse').metadata({ resourceVersion: '1' }).raw);
    world.api.refuse('patch secretreferences/db/status', { kind: 'conflict' });
    await world.reconcile();
    expect(world.secret('warehouse')).toEqual({ password });
    deliver(world.api.find('secretreferences', 'db'));
    await world.reconcile();
    expect(world.secret('warehouse')).toBeUndefined();
    expect(world.secret('db')).toEqual({ password });
  });

  test('leaves a Secret under the old name that becomes somebody else’s at the last moment', async () => {
    const world = await World.synced(reference());
    world.api.before('delete secrets/db', () => {
      world.api.remove('secrets', 'db');
      world.api.put('secrets', { metadata: { name: 'db', namespace: 'etl', uid: 'uid-theirs' }, data: {} });
    });
    world.api.change('secretreferences', 'db', renamed('warehouse').raw);
    await world.run();
    expect(world.secret('db')).toEqual({});
    expect(world.status()?.target?.name).toBe('warehouse');
  });

  test('leaves a Secret under the old name that is somebody else’s by now', async () => {
    const world = await World.synced(reference());
    world.api.remove('secrets', 'db');
    world.api.put('secrets', {
      metadata: { name: 'db', namespace: 'etl', uid: 'uid-theirs', labels: { 'shearline.dev/managed': 'true' } },
      data: {},
    });
    world.api.change('secretreferences', 'db', renamed('warehouse').raw);
    await world.run();
    expect(world.secret('db')).toEqual({});
    expect(world.status()?.target?.name).toBe('warehouse');
  });

  test('stays where it is while the new name belongs to another reference, and moves when that one goes', async () => {
    const world = new World(reference('first'), reference('db'));
    await world.reconcile('first');
    await world.reconcile('db');
    world.forget();
    world.api.change('secretreferences', 'db', renamed('first').raw);
    await world.run();
    expect(world.conditions()).toMatchObject({ Ready: 'False TargetConflict', Stalled: 'True TargetConflict' });
    expect(world.status()?.conditions[0]?.message).toContain('Secret first belongs to SecretReference first');
    expect(world.secret('db')).toEqual({ password });
    expect(world.store.reads).toEqual([]);
    world.api.remove('secretreferences', 'first');
    await world.run();
    expect(world.secretMetadata('first').ownerReferences).toMatchObject([{ name: 'db' }]);
    expect(world.secret('db')).toBeUndefined();
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });
});

describe('two references that want one target', () => {
  const second = reference('second').target({ name: 'db' });

  test('the first keeps it; the second is a TargetConflict and heals when the first goes', async () => {
    const world = new World(reference(), second);
    await world.reconcile('db');
    await world.reconcile('second');
    expect(world.conditions('db')).toMatchObject({ Ready: 'True Synced' });
    expect(world.conditions('second')).toMatchObject({ Ready: 'False TargetConflict', Stalled: 'True TargetConflict' });
    world.api.remove('secretreferences', 'db');
    await world.run();
    expect(world.secretMetadata('db').ownerReferences).toMatchObject([{ name: 'second' }]);
    expect(world.conditions('second')).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });

  test('never take it from each other, whoever is reconciled', async () => {
    const world = new World(reference(), second);
    for (const name of ['second', 'db', 'db', 'second']) await world.reconcile(name);
    expect(world.api.writes.filter(write => write.endsWith('secrets/db'))).toEqual(['create secrets/db']);
    expect(world.secretMetadata('db').ownerReferences).toMatchObject([{ name: 'second' }]);
  });
});

describe('a reference that goes', () => {
  test('takes its Secret along by its owner reference, without a write of ours', async () => {
    const world = await World.synced(reference());
    world.api.remove('secretreferences', 'db');
    await world.run();
    expect(world.secret()).toBeUndefined();
    expect(world.api.writes).toEqual([]);
  });

  test('with Orphan leaves its Secret, which a new reference of that name owns again in one write', async () => {
    const orphan = reference().target({ creationPolicy: 'Orphan' });
    const world = await World.synced(orphan);
    world.api.remove('secretreferences', 'db');
    expect(world.secret()).toEqual({ password });
    world.api.put('secretreferences', orphan.metadata({ uid: 'uid-reborn' }).raw);
    await world.run();
    expect(world.api.writes).toEqual(['update secrets/db', 'patch secretreferences/db/status']);
    expect(world.secretMetadata().annotations['shearline.dev/owner']).toBe('SecretReference/db/uid-reborn');
    expect(world.status()?.target?.revision).toBe(1);
  });

  test('and is made again with another type replaces exactly the Secret that it left', async () => {
    const orphan = reference().target({ creationPolicy: 'Orphan' });
    const world = await World.synced(orphan);
    world.api.remove('secretreferences', 'db');
    const typed = orphan.metadata({ uid: 'uid-reborn' }).target({ type: 'kubernetes.io/basic-auth' });
    world.api.put('secretreferences', typed.raw);
    await world.run();
    expect(world.api.writes).toEqual(['delete secrets/db', 'create secrets/db', 'patch secretreferences/db/status']);
    expect(world.api.find('secrets', 'db')?.type).toBe('kubernetes.io/basic-auth');
  });
});

test('Owner that becomes Orphan lets go of the Secret, so that it stays when the reference goes', async () => {
  const world = await World.synced(reference());
  world.api.change('secretreferences', 'db', reference().edited().target({ creationPolicy: 'Orphan' }).raw);
  await world.run();
  expect(world.secretMetadata().ownerReferences).toEqual([]);
  expect(world.status()?.target?.revision).toBe(1);
  world.api.remove('secretreferences', 'db');
  expect(world.secret()).toEqual({ password });
});

test('a Secret that somebody made immutable is left, and is made again once it was deleted', async () => {
  const world = await World.synced(reference());
  world.api.change('secrets', 'db', { immutable: true });
  await world.run();
  expect(world.conditions()).toMatchObject({ Ready: 'True Synced' });
  world.store.put('etl/db', { password: `${canary}-newer` });
  world.restart();
  world.api.change('secretreferences', 'db', reference().edited().raw);
  await world.run();
  expect(world.conditions()).toMatchObject({ Ready: 'False TargetConflict' });
  world.api.remove('secrets', 'db');
  await world.run();
  expect(world.secret()).toEqual({ password: `${canary}-newer` });
});
