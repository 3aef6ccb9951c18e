import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { deleteSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const isGone = (team: Team, name: string) => async () => (await team.secret(name)) === undefined;
const removeReference = (team: Team, name = 'db') => world().cluster.remove('SecretReference', name, team.namespace);

describe('a target that is renamed', () => {
  test('moves: the new Secret is there before the old one goes', async () => {
    const team = await world().teamInStep('moves');
    await team.refer('db', { dataFrom: [team.extract('db')], target: { name: 'database' } });
    await team.synced('db');
    expect((await team.secret('database'))?.text).toEqual({ password: team.password });
    await until('the old Secret to go', isGone(team, 'db'));
    expect((await team.reference('db')).status?.target).toMatchObject({ name: 'database', keys: 1 });
    const writes = (await world().audits.writes('moves')).filter(write => write.includes(' secrets/'));
    expect(writes).toEqual(['create secrets/db', 'create secrets/database', 'delete secrets/db']);
  });

  test('to the name of a foreign Secret stays where it is', async () => {
    const team = await world().teamInStep('stays');
    const metadata = { name: 'taken', namespace: 'stays' };
    await world().cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { theirs: 'eA==' } });
    await team.refer('db', { dataFrom: [team.extract('db')], target: { name: 'taken' } });
    expect(await team.failing('db', 'TargetConflict')).toContain(
      'Secret taken belongs to somebody else and was left as it is',
    );
    expect((await team.secret('taken'))?.text).toEqual({ theirs: 'x' });
    expect((await team.secret('db'))?.text).toEqual({ password: team.password });
    await team.refer('db', { dataFrom: [team.extract('db')], target: { name: 'free' } });
    await team.synced('db');
    await until('the old Secret to go', isGone(team, 'db'));
  });
});

describe('a Secret of somebody else is never touched', () => {
  test.each([
    ['that was there first', {}],
    ['that has our label by hand', { 'shearline.dev/managed': 'true' }],
  ])('%s', async (what, labels) => {
    const team = await world().team(what.replaceAll(' ', '-'));
    const metadata = { name: 'db', namespace: team.namespace, labels };
    await world().cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { password: 'eA==' } });
    const before = await team.secret('db');
    await team.put('db', { password: secretValue() });
    await team.refer('db');
    expect(await team.failing('db', 'TargetConflict')).toBe(
      'Secret db belongs to somebody else and was left as it is: choose another spec.target.name, delete that Secret, or use creationPolicy Merge with the consent of its owner; it is looked at again within 5 minutes, or when a rotation is asked for',
    );
    const { status } = await team.rotate('db', 't1');
    expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'TargetConflict' });
    expect([conditionOf({ status }, 'Ready')?.status, conditionOf({ status }, 'Stalled')?.status]).toEqual([
      'False',
      'True',
    ]);
    expect(await team.secret('db')).toEqual(before);
    // As the message says.
    await world().cluster.remove('Secret', 'db', team.namespace);
    await team.rotate('db', 't2');
    await team.synced('db');
  });

  test('not even in a race: it appears between the look and the write', async () => {
    const team = await world().teamInStep('race');
    await world().operator.paused(async () => {
      await world().cluster.remove('Secret', 'db', 'race');
      const metadata = { name: 'db', namespace: 'race' };
      await world().cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { theirs: 'eA==' } });
    });
    await team.failing('db', 'TargetConflict');
    expect((await team.secret('db'))?.text).toEqual({ theirs: 'x' });
  });
});

describe('when the reference goes', () => {
  test('its Secret goes by garbage collection', async () => {
    const team = await world().teamInStep('goes-with-it');
    await removeReference(team);
    // The garbage collector hears of new kinds every 30 s only.
    await until('the Secret to go', isGone(team, 'db'), 50_000);
    const writes = await world().audits.writes('goes-with-it');
    expect(writes.filter(write => write.startsWith('delete'))).toEqual([]);
  });

  test('a Secret of creationPolicy Orphan stays, and the next reference of that name owns it again', async () => {
    const team = await world().teamInStep('orphan', { creationPolicy: 'Orphan' });
    const before = await team.secret('db');
    expect(before?.metadata.ownerReferences).toEqual([]);
    const { uid } = (await team.reference('db')).metadata;
    await removeReference(team);
    // Garbage collection of another reference of the namespace shows that there was time for it.
    await team.refer('witness', { dataFrom: [team.extract('db')] });
    await team.synced('witness');
    await removeReference(team, 'witness');
    await until('the witness to go', isGone(team, 'witness'));
    expect(await team.secret('db')).toEqual(before);

    await team.refer('db', { dataFrom: [team.extract('db')], target: { creationPolicy: 'Orphan' } });
    const again = await team.synced('db');
    expect(again.metadata.uid).not.toBe(uid);
    const after = await team.secret('db');
    expect(after?.metadata).toMatchObject({
      uid: before?.metadata.uid,
      annotations: { 'shearline.dev/owner': `SecretReference/db/${again.metadata.uid}` },
    });
    expect(after?.text).toEqual({ password: team.password });
  });

  test('and comes back from Git, its Secret is owned again in one write and was never away', async () => {
    const team = await world().teamInStep('from-git');
    const before = await team.secret('db');
    await world().kubectl('delete', 'sref', 'db', '-n', 'from-git', '--cascade=orphan');
    await team.refer('db');
    const { metadata } = await team.synced('db');
    const after = await team.secret('db');
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.metadata.ownerReferences).toMatchObject([{ kind: 'SecretReference', name: 'db', uid: metadata.uid }]);
    const updates = (await world().audits.writes('from-git')).filter(write => write.includes(' secrets/'));
    expect(updates).toEqual(['create secrets/db', 'update secrets/db']);
  });

  test('another one that wants the same target, and failed so far, takes over', async () => {
    const team = await world().teamInStep('two-for-one');
    await team.put('other', { password: secretValue('other') });
    await team.refer('second', { dataFrom: [team.extract('other')], target: { name: 'db' } });
    expect(await team.failing('second', 'TargetConflict')).toContain('Secret db belongs to SecretReference db');
    expect((await team.secret('db'))?.text).toEqual({ password: team.password });
    await removeReference(team);
    const { status } = await team.synced('second');
    expect(status?.target?.name).toBe('db');
    expect((await team.secret('db'))?.metadata.annotations['shearline.dev/owner']).toContain('SecretReference/second/');
  });
});

/** The table of docs/target.md: what becomes of our values in the Secret `there`. */
describe('by creationPolicy and deletionPolicy', () => {
  const creations = ['Owner', 'Orphan', 'Merge'] as const;
  const deletions = ['Retain', 'Delete'] as const;
  type Policies = readonly [creationPolicy: (typeof creations)[number], deletionPolicy: (typeof deletions)[number]];
  const all = creations.flatMap(creation => deletions.map((deletion): Policies => [creation, deletion]));

  async function inPlace([creationPolicy, deletionPolicy]: Policies, story: string) {
    const team = await world().teamWithValue(`${story}-${creationPolicy}-${deletionPolicy}`.toLowerCase());
    const { namespace } = team;
    const labels = { 'shearline.dev/merge': 'allowed' };
    const makeHost = (name: string) =>
      world().cluster.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace, labels },
        data: { theirs: 'eA==' },
      });
    if (creationPolicy === 'Merge') for (const name of ['there', 'next']) await makeHost(name);
    const writeTo = (name: string) =>
      team.refer('db', { dataFrom: [team.extract('db')], target: { name, creationPolicy, deletionPolicy } });
    await writeTo('there');
    await team.synced('db');
    const holds = async (name = 'there') => (await team.secret(name))?.text.password === team.password;
    expect(await holds()).toBe(true);
    /** A host is never ours to delete. */
    const hostStays = async () => {
      if (creationPolicy === 'Merge') expect((await team.secret('there'))?.text).toMatchObject({ theirs: 'x' });
    };
    return { ...team, writeTo, holds, hostStays };
  }

  test.each(all)('%s, %s: the reference is deleted', async (...policies) => {
    const team = await inPlace(policies, 'deleted');
    await team.refer('witness', { dataFrom: [team.extract('db')] });
    await team.synced('witness');
    await removeReference(team);
    if (policies[0] !== 'Orphan') await until('our values to go', async () => !(await team.holds()), 50_000);
    // Garbage collection of another reference of the namespace shows that there was time for it.
    await removeReference(team, 'witness');
    await until('the witness to go', isGone(team, 'witness'), 50_000);
    expect(await team.holds()).toBe(policies[0] === 'Orphan');
    await team.hostStays();
  });

  test.each(all)('%s, %s: every remote key is proved gone', async (...policies) => {
    const team = await inPlace(policies, 'keys-gone');
    await deleteSecret(world().bao, `${team.namespace}/db`, 'metadata');
    const { status } = await team.rotate('db', 't1');
    expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'KeyNotFound' });
    const stays = policies[1] === 'Retain';
    expect(await team.holds()).toBe(stays);
    expect(conditionOf({ status }, 'Ready')?.status).toBe(stays ? 'True' : 'False');
    await team.hostStays();
    await team.put('db', { password: team.password });
    await team.rotate('db', 't2');
    await team.synced('db');
    expect(await team.holds()).toBe(true);
  });

  test.each(all)('%s, %s: the target is renamed', async (...policies) => {
    const team = await inPlace(policies, 'renamed');
    await team.writeTo('next');
    await team.synced('db');
    await until('our values to leave the old name', async () => !(await team.holds()));
    expect(await team.holds('next')).toBe(true);
    await team.hostStays();
  });

  test('whatever they are, a namespace that is deleted goes with all of them', async () => {
    const teams = await Promise.all(all.map(policies => inPlace(policies, 'with-all')));
    for (const { namespace } of teams) await world().cluster.remove('Namespace', namespace);
    const left = async () =>
      (await Promise.all(teams.map(({ namespace }) => world().cluster.read('Namespace', namespace)))).filter(Boolean);
    await until('all of them to go', async () => (await left()).length === 0, 60_000);
    expect(await left()).toEqual([]);
  });
});

describe('a Secret that nobody owns', () => {
  test('is compared, adopted in place when it matches, and released as it was', async () => {
    const team = await world().teamWithValue('adopts');
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const metadata = { name: 'db', namespace: 'adopts', labels: { team: 'etl' } };
    const data = { password: base64(secretValue('older')), extra: 'eA==' };
    await world().cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, data });
    const before = await team.secret('db');
    const adopt = (how: string) =>
      team.refer('db', { dataFrom: [team.extract('db')], target: { adopt: how, creationPolicy: 'Orphan' } });
    for (const how of ['DryRun', 'Match']) {
      await adopt(how);
      expect(await team.failing('db', 'AdoptionDiffers')).toContain('Secret adopts/db differs in keys extra, password');
    }
    await team.tamper('db', { data: { password: base64(team.password), extra: null } });
    await adopt('DryRun');
    expect(await team.failing('db', 'AdoptionMatches')).toContain('set it to Match to take the Secret over');
    expect((await team.secret('db'))?.metadata).toMatchObject({ labels: { team: 'etl' }, annotations: {} });
    await adopt('Match');
    // The policy of deploy/install.yaml wants the consent of whoever may write the Secret.
    expect(await team.failing('db', 'TargetWriteRefused')).toContain(
      'put the label shearline.dev/managed: "true" on it',
    );
    await team.tamper('db', { metadata: { labels: { 'shearline.dev/managed': 'true' } } });
    await team.synced('db');
    const adopted = await team.secret('db');
    expect(adopted?.metadata).toMatchObject({ uid: before?.metadata.uid, labels: { team: 'etl' } });
    expect(await team.event('db', 'Adopted')).toBe('adopted Secret db in place (revision 1)');
    await team.tamper('db', { data: { password: 'eA==' } });
    await team.secretThat('db', 'put back', ({ text }) => text.password === team.password);
    await removeReference(team);
    const released = await team.secretThat(
      'db',
      'released',
      each => each.metadata.labels['shearline.dev/managed'] === undefined,
    );
    expect(released.metadata).toMatchObject({ uid: before?.metadata.uid, labels: { team: 'etl' }, annotations: {} });
    expect(released.text).toEqual({ password: team.password });
    await until(
      'the reference to go',
      async () => (await world().cluster.read('SecretReference', 'db', 'adopts')) === undefined,
    );
    const writes = (await world().audits.writes('adopts')).filter(write => write.includes(' secrets/'));
    expect(new Set(writes)).toEqual(new Set(['update secrets/db 403', 'update secrets/db']));
  });

  test('is replaced by Always; an owned one never is', async () => {
    const team = await world().teamWithValue('adopts-always');
    const labels = { 'shearline.dev/managed': 'true' };
    const metadata = { name: 'db', namespace: 'adopts-always', labels };
    await world().cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { theirs: 'eA==' } });
    const before = await team.secret('db');
    const spec = (name: string) => ({ dataFrom: [team.extract('db')], target: { name, adopt: 'Always' } });
    await team.refer('db', spec('db'));
    await team.synced('db');
    const after = await team.secret('db');
    expect([after?.text, after?.metadata.uid]).toEqual([{ password: team.password }, before?.metadata.uid]);
    await team.refer('second', spec('db'));
    expect(await team.failing('second', 'TargetConflict')).toContain('Secret db belongs to SecretReference db');
    await removeReference(team);
    await team.synced('second');
  });
});
