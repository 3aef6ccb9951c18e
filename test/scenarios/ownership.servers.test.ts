import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
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
