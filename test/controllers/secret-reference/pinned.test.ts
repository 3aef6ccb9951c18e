import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { hour, password, type ReferenceBuilder, reference } from '../builders.ts';
import { fieldsOf } from '../fields.ts';
import { World } from '../world.ts';

const pinned = reference().spec({ delivery: { mode: 'Pinned' } });
const newer = `${canary}-newer`;
const newest = `${canary}-newest`;

const ask = (world: World, token: string): void =>
  world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': token } } });

async function moveOn(world: World, value: string, token = 't1'): Promise<void> {
  world.store.put('etl/db', { password: value });
  ask(world, token);
  await world.run();
}

async function edit(world: World, builder: ReferenceBuilder): Promise<void> {
  const status = world.api.find('secretreferences', 'db')?.status;
  world.api.put('secretreferences', { ...builder.edited().raw, status });
  await world.run();
}

/** Of Secret `db` and its revisions: the password that each holds. */
const held = (world: World) =>
  Object.fromEntries(
    ['db', 'db-r1', 'db-r2', 'db-r3', 'db-r4', 'db-r5', 'db-r6'].flatMap(name => {
      const secret = world.secret(name);
      return secret === undefined ? [] : [[name, secret.password]];
    }),
  );

describe('delivery Pinned', () => {
  test('makes an immutable revision first, then the Secret beside it, then the status that points there', async () => {
    const world = new World(pinned);
    await world.reconcile();
    expect(world.api.writes).toEqual([
      'create secrets/db-r1',
      'create secrets/db',
      'patch secretreferences/db/status',
      'patch secretreferences/db',
    ]);
    expect(held(world)).toEqual({ db: password, 'db-r1': password });
    expect(world.api.find('secrets', 'db-r1')?.immutable).toBe(true);
    expect(world.secretMetadata('db-r1')).toMatchObject({
      labels: { 'shearline.dev/managed': 'true', 'shearline.dev/revision-of': 'db' },
      ownerReferences: [{ name: 'db', controller: true }],
    });
    const { uid } = world.secretMetadata('db-r1');
    expect(world.status()?.target).toMatchObject({ name: 'db', revision: 1, pinned: { name: 'db-r1', uid } });
    expect(world.status()?.newestRevision).toBe(1);
    expect(world.audits.flatMap(each => (each.action === 'write' ? [each.secret] : []))).toEqual([
      'etl/db-r1',
      'etl/db',
    ]);
  });

  test('a rotation adds a revision, and the one before stays as it was', async () => {
    const world = await World.synced(pinned);
    await moveOn(world, newer, 't1');
    expect(world.api.writes).toEqual(['create secrets/db-r2', 'update secrets/db', 'patch secretreferences/db/status']);
    expect(held(world)).toEqual({ db: newer, 'db-r1': password, 'db-r2': newer });
    expect(world.status()).toMatchObject({
      target: { revision: 2, pinned: { name: 'db-r2' } },
      newestRevision: 2,
      rotation: { lastSucceeded: 't1', result: 'Rotated' },
    });
  });

  test('a steady world costs no request, also after a restart', async () => {
    const world = await World.synced(pinned);
    for (const happens of [() => undefined, () => world.restart()]) {
      happens();
      world.clock.steadyMs += hour;
      world.clock.wallMs += hour;
      await world.reconcile();
    }
    expect([world.api.writes, world.api.gets]).toEqual([[], []]);
  });

  test('Live makes neither a revision nor a request more', async () => {
    const world = new World(reference());
    await world.reconcile();
    await moveOn(world, newer);
    expect([world.api.writes, world.api.gets]).toEqual([
      [
        'create secrets/db',
        'patch secretreferences/db/status',
        'update secrets/db',
        'patch secretreferences/db/status',
      ],
      [],
    ]);
    expect(world.status()?.newestRevision).toBeUndefined();
  });

  test('labels of the spec are those of the revision in use too', async () => {
    const world = await World.synced(pinned);
    await edit(world, pinned.target({ labels: { team: 'etl' } }));
    expect(world.secretMetadata('db-r1').labels).toMatchObject({ team: 'etl' });
    expect(world.status()?.target?.pinned?.name).toBe('db-r1');
  });

  test('a refusal of the target makes no revision', async () => {
    const world = new World(pinned);
    world.api.put('secrets', { metadata: { name: 'db', namespace: 'etl', uid: 'uid-theirs' }, data: {} });
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Ready: 'False TargetConflict' });
    expect(world.secret('db-r1')).toBeUndefined();
  });

  test('a name that leaves no room for revisions is refused, with the field that shortens it', async () => {
    const name = 'n'.repeat(51);
    const world = new World(reference(name).spec({ delivery: { mode: 'Pinned' } }));
    await world.reconcile(name);
    expect(world.conditions(name)).toMatchObject({ Ready: 'False InvalidSpec' });
    expect(world.status(name)?.conditions[0]?.message).toContain('set a shorter spec.target.name');
    expect(world.api.writes).toEqual([`patch secretreferences/${name}/status`]);
  });

  test('where Secrets are not watched it is refused, with the value that allows it', async () => {
    const world = new World(pinned);
    const { ports } = world;
    Object.defineProperty(world, 'ports', {
      get: () => ({ ...ports, api: { ...ports.api, sawSecret: () => undefined } }),
    });
    await world.reconcile();
    expect(world.status()?.conditions[0]?.message).toContain('set driftDetection: watch');
    expect(held(world)).toEqual({});
  });
});

describe('a crash', () => {
  test.each([
    ['before', 'create secrets/db-r2'],
    ['after', 'create secrets/db-r2'],
    ['before', 'update secrets/db'],
    ['after', 'update secrets/db'],
    ['before', 'patch secretreferences/db/status'],
    ['after', 'patch secretreferences/db/status'],
  ] as const)('%s %s ends the same: one revision, published once', async (when, request) => {
    const world = await World.synced(pinned);
    world.store.put('etl/db', { password: newer });
    const killed = new AbortController();
    world.api.kill(when, request, killed);
    ask(world, 't1');
    await world.reconcile('db', { signal: killed.signal });
    world.restart();
    await world.run();
    await world.reconcile();
    expect(held(world)).toEqual({ db: newer, 'db-r1': password, 'db-r2': newer });
    expect(world.status()).toMatchObject({
      target: { revision: 2, pinned: { name: 'db-r2', uid: world.secretMetadata('db-r2').uid } },
      newestRevision: 2,
      rotation: { lastSucceeded: 't1', result: 'Rotated' },
    });
    world.forget();
    await world.reconcile();
    expect([world.api.writes, world.api.gets]).toEqual([[], []]);
  });

  test('after the revision, while the store moves on: what was never published keeps its name, and the next is another', async () => {
    const world = await World.synced(pinned);
    world.store.put('etl/db', { password: newer });
    world.api.refuse('update secrets/db', { kind: 'unavailable' });
    ask(world, 't1');
    await world.reconcile();
    world.store.put('etl/db', { password: newest });
    world.restart();
    await world.reconcile();
    expect(held(world)).toEqual({ db: newest, 'db-r1': password, 'db-r2': newer, 'db-r3': newest });
    expect(world.status()?.target).toMatchObject({ revision: 3, pinned: { name: 'db-r3' } });
  });

  test('and the store goes back: the content gets a number of its own, and it comes to rest', async () => {
    const world = await World.synced(pinned);
    world.store.put('etl/db', { password: newer });
    world.api.refuse('update secrets/db', { kind: 'unavailable' });
    ask(world, 't1');
    await world.reconcile();
    world.store.put('etl/db', { password });
    world.restart();
    await world.reconcile();
    expect(held(world)).toEqual({ db: password, 'db-r1': password, 'db-r2': newer, 'db-r3': password });
    world.forget();
    await world.reconcile();
    expect([world.api.writes, world.api.gets]).toEqual([[], []]);
  });
});

describe('a name never means two contents', () => {
  test('the revision in use that is deleted comes back with its own bytes, those that are served', async () => {
    const world = await World.synced(pinned);
    world.store.put('etl/db', { password: newer });
    world.api.remove('secrets', 'db-r1');
    await world.run();
    expect(held(world)).toEqual({ db: password, 'db-r1': password });
    expect(world.status()?.target?.pinned?.uid).toBe(world.secretMetadata('db-r1').uid);
    expect(world.eventReasons()).toEqual(['Normal Repaired']);
  });

  test('and after a restart, when its version is gone at the store, the newest is the next revision', async () => {
    const world = await World.synced(pinned);
    world.store.put('etl/db', { password: newer });
    world.store.destroy('etl/db', 1);
    world.restart();
    world.api.remove('secrets', 'db-r1');
    await world.run();
    expect(held(world)).toEqual({ db: newer, 'db-r2': newer });
  });

  test('one that was made again with other bytes is left, and the content gets the next number', async () => {
    const world = await World.synced(pinned);
    const forged = world.api.find('secrets', 'db-r1');
    world.api.remove('secrets', 'db-r1');
    const data = { password: Buffer.from('forged').toString('base64') };
    world.api.put('secrets', { ...forged, metadata: { ...fieldsOf(forged?.metadata), uid: 'uid-forged' }, data });
    await world.run();
    expect(held(world)).toEqual({ db: password, 'db-r1': 'forged', 'db-r2': password });
    expect(world.status()?.target).toMatchObject({ revision: 2, pinned: { name: 'db-r2' } });
  });

  test.each<[string, (world: World) => void]>([
    ['all revisions were deleted', world => void ['db-r1', 'db-r2'].map(name => world.api.remove('secrets', name))],
    ['the live Secret was deleted', world => world.api.remove('secrets', 'db')],
    ['the status was lost', world => world.api.change('secretreferences', 'db', { status: null })],
    ['nothing was', () => undefined],
  ])('after a restart when %s, the next content is revision 3', async (_, happens) => {
    const world = await World.synced(pinned);
    await moveOn(world, newer);
    happens(world);
    world.restart();
    world.store.put('etl/db', { password: newest });
    ask(world, 't9');
    await world.reconcile();
    await world.run();
    expect(held(world)).toMatchObject({ db: newest, 'db-r3': newest });
    expect(world.status()).toMatchObject({ target: { revision: 3 }, newestRevision: 3 });
  });

  test('ten names in a row that are somebody else’s are told, with the way out', async () => {
    const world = await World.synced(pinned);
    const foreign = (number: number) => ({
      metadata: { name: `db-r${number}`, namespace: 'etl', uid: `uid-${number}` },
    });
    for (let number = 2; number < 12; number++) world.api.put('secrets', foreign(number));
    await moveOn(world, newer);
    expect(world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'False TargetWriteRefused' });
    expect(world.status()?.rotation?.message).toBe(
      'Secrets etl/db-r2 to etl/db-r11, whose names the next revisions would have, are not of this reference: delete them',
    );
    world.api.remove('secrets', 'db-r11');
    await moveOn(world, newer, 't2');
    expect(world.status()?.target?.pinned?.name).toBe('db-r11');
  });

  test('a number that has none after it is told as well, and no Secret is made again and again', async () => {
    const world = await World.synced(pinned);
    const forged = world.api.find('secrets', 'db-r1');
    const named = { ...fieldsOf(forged?.metadata), name: 'db-r99999999999', uid: 'uid-forged' };
    world.api.put('secrets', { ...forged, metadata: named, data: {} });
    world.forget();
    await moveOn(world, newer);
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.conditions().Synced).toBe('False TargetWriteRefused');
    expect(world.status()?.rotation?.message).toContain(
      'Secret etl/db-r99999999999 has the largest number that there is',
    );
    world.api.remove('secrets', 'db-r99999999999');
    await moveOn(world, newer, 't2');
    expect(world.status()?.target?.pinned?.name).toBe('db-r2');
  });

  test('after everything was gone upstream and came back, numbers go on', async () => {
    const world = await World.synced(pinned.target({ deletionPolicy: 'Delete' }));
    world.store.destroy('etl/db');
    ask(world, 't1');
    await world.run();
    expect(world.secret('db')).toBeUndefined();
    for (const name of ['db-r1']) world.api.remove('secrets', name);
    world.store.put('etl/db', { password: newer });
    ask(world, 't2');
    await world.run();
    expect(held(world)).toEqual({ db: newer, 'db-r2': newer });
  });

  test.each([
    ['somebody else’s', {}],
    [
      'one that the cache did not show',
      { labels: {}, annotations: { 'shearline.dev/owner': 'SecretReference/db/uid-db' } },
    ],
  ])('a Secret of the next name that is %s is left, and its number is skipped', async (_, metadata) => {
    const world = await World.synced(pinned);
    world.api.put('secrets', {
      metadata: { name: 'db-r2', namespace: 'etl', uid: 'uid-other', ...metadata },
      type: 'Opaque',
      data: {},
    });
    await moveOn(world, newer);
    expect(held(world)).toEqual({ db: newer, 'db-r1': password, 'db-r2': undefined, 'db-r3': newer });
  });
});

describe('a change of mode', () => {
  test('to Pinned gives the content that is there its revision, and to Live and back again as well', async () => {
    const world = await World.synced(reference());
    await edit(world, pinned);
    const label = 'patch secretreferences/db';
    expect(world.api.writes).toEqual(['create secrets/db-r1', 'patch secretreferences/db/status', label]);
    await edit(world, reference().edited());
    expect(world.status()?.target?.pinned).toBeUndefined();
    expect(world.status()?.target?.revision).toBe(1);
    await moveOn(world, newer);
    expect(world.secret('db-r2')).toBeUndefined();
    await edit(world, pinned.edited().edited());
    expect(world.status()?.target).toMatchObject({ revision: 2, pinned: { name: 'db-r2' } });
    expect(held(world)).toMatchObject({ db: newer, 'db-r2': newer });
  });
});
