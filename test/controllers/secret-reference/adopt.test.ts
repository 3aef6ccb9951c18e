import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { password, type ReferenceBuilder, reference } from '../builders.ts';
import { type Fields, fieldsOf } from '../fields.ts';
import { encoded, host } from '../hosts.ts';
import { World } from '../world.ts';

const adopting = (adopt: string, target: Fields = {}): ReferenceBuilder => reference().target({ adopt, ...target });
const same = { password };
const other = { password: `${canary}-theirs`, extra: 'x' };

/** A Secret that nobody owns under the name of the target. */
const unowned = (data: Readonly<Record<string, string>>, metadata: Fields = {}, more: Fields = {}): Fields => {
  const plain = host('db', { team: 'etl' }, data);
  return { ...plain, metadata: { ...fieldsOf(plain.metadata), annotations: { note: 'x' }, ...metadata }, ...more };
};

async function adopted(builder: ReferenceBuilder, secret: Fields): Promise<World> {
  const world = new World(builder);
  world.api.put('secrets', secret);
  world.forget();
  await world.reconcile();
  await world.run();
  return world;
}

const synced = { Ready: 'True Synced', Synced: 'True Synced' };
const messageOf = (world: World): string | undefined =>
  world.status()?.conditions.find(({ type }) => type === 'Synced')?.message;
const secretWrites = (world: World): readonly string[] => world.api.writes.filter(each => each.includes('secrets/'));

describe('a Secret that nobody owns', () => {
  test.each([
    ['Match', same],
    ['Always', same],
    ['Always', other],
  ])('is adopted in place by one update: %s, %j', async (adopt, data) => {
    const world = await adopted(adopting(adopt), unowned(data));
    expect(world.conditions()).toEqual(synced);
    expect(secretWrites(world)).toEqual(['update secrets/db']);
    expect(world.secret()).toEqual({ password });
    expect(world.secretMetadata()).toMatchObject({
      uid: 'uid-host-db',
      labels: { team: 'etl', 'shearline.dev/managed': 'true' },
      annotations: { note: 'x', 'shearline.dev/owner': 'SecretReference/db/uid-db', 'shearline.dev/revision': '1' },
      ownerReferences: [{ kind: 'SecretReference', name: 'db' }],
    });
    expect(world.status()?.target).toMatchObject({ revision: 1, keys: 1 });
    expect(world.eventReasons()).toEqual(['Normal Adopted']);
    expect(world.audits).toContainEqual(expect.objectContaining({ action: 'write', change: 'adopted' }));
  });

  test('is ours from then on: an unchanged world makes no write, and tampering is put back', async () => {
    const world = await adopted(adopting('Match'), unowned(same));
    world.forget();
    await world.reconcile();
    world.restart();
    await world.reconcile();
    expect(world.api.writes).toEqual([]);
    world.api.change('secrets', 'db', { data: encoded({ password: 'x' }) });
    await world.run();
    expect(world.secret()).toEqual({ password });
  });

  test('stays immutable when it is', async () => {
    const world = await adopted(adopting('Match'), unowned(same, {}, { immutable: true }));
    expect(world.conditions()).toEqual(synced);
    expect(world.api.find('secrets', 'db')?.immutable).toBe(true);
    expect(world.secretMetadata().labels['shearline.dev/managed']).toBe('true');
  });

  test.each<[adopt: string, data: Readonly<Record<string, string>>, reason: string, message: string]>([
    [
      'DryRun',
      same,
      'AdoptionMatches',
      'Secret etl/db matches: nothing is written, because spec.target.adopt is DryRun; set it to Match to take the Secret over',
    ],
    [
      'DryRun',
      other,
      'AdoptionDiffers',
      'Secret etl/db differs in keys extra, password: nothing is written, because spec.target.adopt is DryRun; make them equal, at the store or in the Secret, or set spec.target.adopt: Always to replace what is there',
    ],
    [
      'Match',
      other,
      'AdoptionDiffers',
      'Secret etl/db differs in keys extra, password and is left as it is; make them equal, at the store or in the Secret, or set spec.target.adopt: Always to replace what is there',
    ],
    [
      'Match',
      {},
      'AdoptionDiffers',
      'Secret etl/db differs in key password and is left as it is; make them equal, at the store or in the Secret, or set spec.target.adopt: Always to replace what is there',
    ],
  ])('is compared and not written: %s, %j', async (adopt, data, reason, message) => {
    const secret = unowned(data);
    const world = await adopted(adopting(adopt), secret);
    expect(world.conditions()).toMatchObject({ Ready: `False ${reason}`, Synced: `False ${reason}` });
    expect(messageOf(world)).toBe(message);
    expect(secretWrites(world)).toEqual([]);
    expect(world.secret()).toEqual(data);
    expect(world.eventReasons()).toEqual([`${reason === 'AdoptionMatches' ? 'Normal' : 'Warning'} ${reason}`]);
  });

  test('differs in so many keys that not all are named', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`k${index + 10}`, 'x']));
    const world = await adopted(adopting('DryRun'), unowned({ ...many, password }));
    expect(messageOf(world)).toContain('differs in keys k10, k11, k12, k13, k14, k15, k16, k17, k18, k19 and 20 more:');
  });

  test('is adopted after a dry run, with the newest values, and one that is away is made', async () => {
    const world = await adopted(adopting('DryRun'), unowned(other));
    world.api.put('secretreferences', { ...adopting('Always').edited().raw, status: world.status() });
    await world.run();
    expect(world.conditions()).toEqual(synced);
    expect(world.secret()).toEqual({ password });
    const away = new World(adopting('DryRun'));
    await away.reconcile();
    expect(away.secret()).toEqual({ password });
  });
});

describe('whatever adopt says, not adopted is', () => {
  const controller = (fields: Fields) => ({
    ownerReferences: [{ apiVersion: 'v1', kind: 'SealedSecret', name: 'db', uid: 'u', controller: true, ...fields }],
  });
  const belongs = (owner: string) => new RegExp(`^Secret db belongs to ${owner} and was left as it is: `);

  test.each<[what: string, secret: Fields, message: RegExp]>([
    ['what another controller owns', unowned(same, controller({})), belongs('SealedSecret db')],
    [
      'what another reference owns',
      unowned(same, { annotations: { 'shearline.dev/owner': 'SecretReference/other/uid-other' } }),
      belongs('SecretReference other'),
    ],
    [
      'a host with keys of another reference',
      unowned(same, { annotations: { 'shearline.dev/merge-uid-other': '{}' } }),
      /^Secret etl\/db holds keys of another SecretReference and is not adopted: /,
    ],
    [
      'a credential',
      unowned(same, { labels: { 'shearline.dev/credential': 'true' } }),
      /^Secret etl\/db is a credential of a source and is not adopted: .* take the label shearline\.dev\/credential from it$/,
    ],
    [
      'a token',
      unowned(same, {}, { type: 'kubernetes.io/service-account-token' }),
      /^Secret etl\/db has type "kubernetes\.io\/service-account-token" and not Opaque, and is not adopted/,
    ],
    [
      'a Secret of another type',
      unowned(same, {}, { type: 'kubernetes.io/tls' }),
      /^Secret etl\/db has type "kubernetes\.io\/tls" and not Opaque/,
    ],
    [
      'what is being deleted',
      unowned(same, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/x'] }),
      /^Secret etl\/db is being deleted/,
    ],
  ])('%s', async (_, secret, message) => {
    for (const adopt of ['DryRun', 'Match', 'Always']) {
      const world = await adopted(adopting(adopt), secret);
      expect(world.conditions()).toMatchObject({ Ready: 'False TargetConflict', Stalled: 'True TargetConflict' });
      expect(messageOf(world)).toMatch(message);
      expect(secretWrites(world)).toEqual([]);
    }
  });

  test('an immutable Secret with other values: it is named as what is in the way', async () => {
    const world = await adopted(adopting('Always'), unowned(other, {}, { immutable: true }));
    expect(messageOf(world)).toContain('was made immutable and holds an older value: delete it');
    expect(secretWrites(world)).toEqual([]);
  });

  test('anything, without adopt', async () => {
    const world = await adopted(reference(), unowned(same));
    expect(world.conditions()).toMatchObject({ Synced: 'False TargetConflict' });
    expect(world.secretMetadata().labels).toEqual({ team: 'etl' });
  });

  test('what an admission policy does not let us write: the message says how its owner can', async () => {
    const world = new World(adopting('Match'));
    world.api.put('secrets', unowned(same));
    world.api.refuse('update secrets/db', { kind: 'refused', cause: 'admission' });
    await world.reconcile();
    expect(messageOf(world)).toBe(
      'an admission policy lets the operator adopt Secret etl/db only when it is marked: put the label shearline.dev/managed: "true" on it',
    );
    world.api.change('secrets', 'db', { metadata: { labels: { 'shearline.dev/managed': 'true' } } });
    expect(await world.run()).toBe(1);
    expect(world.conditions()).toEqual(synced);
  });

  test('anything that changes between the look and the write: it is looked at again', async () => {
    const world = new World(adopting('Match'));
    world.api.put('secrets', unowned(same));
    world.api.before('update secrets/db', () =>
      world.api.change('secrets', 'db', { data: encoded({ password: 'changed' }) }),
    );
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Synced: 'False AdoptionDiffers' });
    expect(world.secret()).toEqual({ password: 'changed' });
  });
});

test('a Secret with our label by hand, for clusters whose policy lets us write no other, is adopted as well', async () => {
  const world = await adopted(adopting('Match'), unowned(same, { labels: { 'shearline.dev/managed': 'true' } }));
  expect(world.conditions()).toEqual(synced);
});

describe('when a reference goes that adopted a Secret', () => {
  const orphan = { creationPolicy: 'Orphan', labels: { tier: 'data' }, annotations: { 'example.com/a': 'b' } };
  async function gone(builder: ReferenceBuilder, secret = unowned(same)): Promise<World> {
    const world = await adopted(builder, secret);
    expect(world.conditions()).toEqual(synced);
    world.forget();
    world.api.remove('secretreferences', 'db');
    await world.run();
    return world;
  }

  test.each([
    ['Match', same],
    ['Always', other],
  ])('Orphan releases it: values and UID stay, all of ours is off it: %s', async (adopt, data) => {
    const world = await gone(adopting(adopt, orphan), unowned(data));
    expect(world.find()).toBeUndefined();
    expect(world.secret()).toEqual({ password });
    expect(world.secretMetadata()).toMatchObject({ uid: 'uid-host-db', ownerReferences: [] });
    expect(world.secretMetadata().labels).toEqual({ team: 'etl' });
    expect(world.secretMetadata().annotations).toEqual({ note: 'x' });
    expect(world.api.writes).toEqual(['update secrets/db', 'patch secretreferences/db']);
  });

  test('and it can be adopted again', async () => {
    const world = await gone(adopting('Match', orphan));
    world.api.put('secretreferences', adopting('Match', orphan).raw);
    await world.run();
    expect(world.conditions()).toEqual(synced);
  });

  test('an immutable one is released, too', async () => {
    const world = await gone(adopting('Match', orphan), unowned(same, {}, { immutable: true }));
    expect(world.find()).toBeUndefined();
    expect(world.secretMetadata().labels).toEqual({ team: 'etl' });
  });

  test('Owner takes it along', async () => {
    const world = await gone(adopting('Match'));
    expect([world.find(), world.secret()]).toEqual([undefined, undefined]);
  });

  test('what is somebody else’s by then, or gone, is left alone', async () => {
    for (const happens of [
      (world: World) => world.api.remove('secrets', 'db'),
      (world: World) => world.api.put('secrets', unowned(other, { uid: 'uid-new' })),
    ]) {
      const world = await adopted(adopting('Match', orphan), unowned(same));
      happens(world);
      world.woken.length = 0;
      world.forget();
      world.api.remove('secretreferences', 'db');
      await world.run();
      expect(world.find()).toBeUndefined();
      expect(secretWrites(world)).toEqual([]);
    }
  });

  test('and the API server does not answer, it waits for its Secret to be released', async () => {
    const world = await adopted(adopting('Match', orphan), unowned(same));
    world.api.refuse('update secrets/db', { kind: 'unavailable' });
    world.api.remove('secretreferences', 'db');
    await world.run();
    expect(world.find()?.metadata.finalizers).toEqual(['shearline.dev/adopted']);
    await world.reconcile();
    expect(world.find()).toBeUndefined();
  });
});
