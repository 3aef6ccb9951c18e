import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { until } from '../servers/process.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const allowed = { 'shearline.dev/merge': 'allowed' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Guest extends Team {
  readonly password: string;
  /** The spec that merges this remote secret into `host`. */
  merging(path?: string, more?: object): object;
  makeHost(labels?: object, data?: object): Promise<void>;
}

/** A team with a remote secret `db`, which may become a guest in the Secret `host`. */
async function guest(name: string): Promise<Guest> {
  const team = await world().team(name);
  const password = secretValue();
  await team.put('db', { password });
  return {
    ...team,
    password,
    merging: (path = 'db', more = {}) => ({
      dataFrom: [team.extract(path)],
      target: { name: 'host', creationPolicy: 'Merge', ...more },
    }),
    makeHost: (labels = allowed, data = { theirs: base64('x') }) => {
      const metadata = { name: 'host', namespace: name, labels };
      return world().cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, data });
    },
  };
}

async function merged(name: string): Promise<Guest> {
  const team = await guest(name);
  await team.makeHost();
  await team.refer('db', team.merging());
  await team.synced('db');
  return team;
}

const textOf = async (team: Team) => (await team.secret('host'))?.text;

test('keys are merged into a Secret that consents, and its own stay', async () => {
  const team = await merged('consents');
  expect(await textOf(team)).toEqual({ theirs: 'x', password: team.password });
  const host = await team.secret('host');
  expect(host?.metadata.ownerReferences).toEqual([]);
  expect(host?.metadata.labels).toEqual(allowed);
  expect((await team.reference('db')).status?.target).toMatchObject({ name: 'host', keys: 1, revision: 1 });
});

test('without consent nothing is merged; once it is given, it is at once', async () => {
  const team = await guest('no-consent');
  await team.makeHost({});
  await team.refer('db', team.merging());
  expect(await team.failing('db', 'TargetConflict')).toBe(
    'Secret no-consent/host may not be merged into: its owner can allow it by the label shearline.dev/merge: allowed',
  );
  expect(await textOf(team)).toEqual({ theirs: 'x' });
  await team.tamper('host', { metadata: { labels: allowed } });
  await team.synced('db');
  expect(await textOf(team)).toEqual({ theirs: 'x', password: team.password });
});

test('without a host there is a conflict that says how to make one; once it is there, the keys are', async () => {
  const team = await guest('no-host');
  await team.refer('db', team.merging());
  expect(await team.failing('db', 'TargetConflict')).toContain('Create it with the label shearline.dev/merge: allowed');
  await team.makeHost();
  await team.synced('db');
  expect(await textOf(team)).toEqual({ theirs: 'x', password: team.password });
});

test('a key that the host has already is a conflict, and stays as it is', async () => {
  const team = await guest('same-key');
  await team.makeHost(allowed, { password: base64('theirs') });
  await team.refer('db', team.merging());
  expect(await team.failing('db', 'TargetConflict')).toContain('choose another secretKey');
  expect(await textOf(team)).toEqual({ password: 'theirs' });
});

test('a key that somebody else took over is a conflict and never forced', async () => {
  const team = await merged('taken-over');
  await team.tamper('host', { data: { password: base64('taken') } });
  await team.failing('db', 'TargetConflict');
  expect(await textOf(team)).toEqual({ theirs: 'x', password: 'taken' });
  // As the message of `kubectl` would have it: given back, it is ours again.
  await team.tamper('host', { data: { password: null } });
  await team.synced('db');
  expect(await textOf(team)).toEqual({ theirs: 'x', password: team.password });
});

test('a key that somebody deleted is back at once', async () => {
  const team = await merged('key-deleted');
  await team.tamper('host', { data: { password: null } });
  await team.secretThat('host', 'whole again', ({ text }) => text.password === team.password);
});

test('two references share a host, each with keys of its own; a rotation of one leaves the other alone', async () => {
  const team = await merged('shared');
  const other = secretValue('other');
  await team.put('other', { token: other });
  await team.refer('other', team.merging('other'));
  await team.synced('other');
  const second = secretValue('second');
  await team.put('db', { password: second });
  const { status } = await team.rotate('db', 't1');
  expect(status).toMatchObject({ rotation: { result: 'Rotated' }, target: { revision: 2 } });
  expect(await textOf(team)).toEqual({ theirs: 'x', password: second, token: other });
  await until('quiet', async () => conditionOf(await team.reference('other'), 'Synced')?.status === 'True');
  expect((await team.reference('other')).status?.target?.revision).toBe(1);
});

test('keys that leave the spec leave the host, and so do all when the reference goes', async () => {
  const team = await merged('removed');
  await team.put('db', { password: team.password, extra: secretValue('extra') });
  await team.rotate('db', 't1');
  expect(Object.keys((await textOf(team)) ?? {})).toEqual(['extra', 'password', 'theirs']);
  const data = [{ secretKey: 'renamed', remoteRef: { key: 'removed/db', property: 'password' } }];
  await team.refer('db', { data, target: { name: 'host', creationPolicy: 'Merge' } });
  await team.synced('db');
  expect(await textOf(team)).toEqual({ theirs: 'x', renamed: team.password });
  await world().cluster.remove('SecretReference', 'db', 'removed');
  await until(
    'the reference to go',
    async () => (await world().cluster.read('SecretReference', 'db', 'removed')) === undefined,
  );
  const host = await team.secret('host');
  expect(host?.text).toEqual({ theirs: 'x' });
  expect(host?.metadata.annotations).toEqual({});
});

const hostOf = (namespace: string, more: object) => ({
  apiVersion: 'v1',
  kind: 'Secret' as const,
  metadata: { name: 'host', namespace, labels: allowed },
  ...more,
});

describe('a reference that goes and comes back finds its place free, and the keys of the host stay', () => {
  test.each<[string, 'create' | 'apply', object, object]>([
    ['created', 'create', { data: { theirs: base64('x') } }, { theirs: 'x' }],
    ['applied', 'apply', { data: { theirs: base64('x') } }, { theirs: 'x' }],
    ['applied-as-text', 'apply', { stringData: { theirs: 'x' } }, { theirs: 'x' }],
    ['created-empty', 'create', {}, {}],
    ['applied-empty', 'apply', {}, {}],
  ])('host %s', async (how, by, content, own) => {
    const team = await guest(how);
    await world().cluster[by](hostOf(how, content));
    for (const round of ['first', 'second', 'third']) {
      await team.refer('db', team.merging());
      await team.synced('db');
      expect([round, await textOf(team)]).toEqual([round, { ...own, password: team.password }]);
      await world().cluster.remove('SecretReference', 'db', how);
      await until('the reference to go', async () => !(await world().cluster.read('SecretReference', 'db', how)));
      expect([round, await textOf(team)]).toEqual([round, own]);
    }
  });

  test('nor does one that has no keys for a while stand in the way of the host', async () => {
    const team = await guest('none-for-a-while');
    const host = (content: object) => world().cluster.apply(hostOf('none-for-a-while', content));
    await host({ stringData: { theirs: 'x' } });
    const target = { name: 'host', creationPolicy: 'Merge' };
    const optional = { dataFrom: [team.extract('gone', { optional: true })], target };
    await team.refer('db', optional);
    await team.synced('db');
    await host({ stringData: { theirs: 'y', more: 'z' } });
    await team.refer('db', team.merging());
    await team.synced('db');
    await team.refer('db', optional);
    await team.synced('db');
    expect(await textOf(team)).toEqual({ theirs: 'y', more: 'z' });
  });
});

test('a host that is deleted leaves a conflict; made again, it has the keys again', async () => {
  const team = await merged('host-deleted');
  await world().cluster.remove('Secret', 'host', 'host-deleted');
  await team.failing('db', 'TargetConflict');
  expect(conditionOf(await world().cluster.read('SecretReference', 'db', 'host-deleted'), 'Ready')?.status).toBe(
    'False',
  );
  await team.makeHost();
  await team.synced('db');
  expect(await textOf(team)).toEqual({ theirs: 'x', password: team.password });
});

test('consent that is withdrawn stops the merging', async () => {
  const team = await merged('withdrawn');
  await team.tamper('host', { metadata: { labels: { 'shearline.dev/merge': null } } });
  await team.failing('db', 'TargetConflict');
  await team.put('db', { password: secretValue('second') });
  const { status } = await team.rotate('db', 't1');
  expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'TargetConflict' });
  expect((await textOf(team))?.password).toBe(team.password);
});

test('a reference moves its keys from one host to another', async () => {
  const team = await merged('moves-host');
  const metadata = { name: 'other-host', namespace: 'moves-host', labels: allowed };
  await world().cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata });
  await team.refer('db', team.merging('db', { name: 'other-host' }));
  await team.synced('db');
  expect((await team.secret('other-host'))?.text).toEqual({ password: team.password });
  await team.secretThat('host', 'without the keys', ({ text }) => Object.keys(text).join() === 'theirs');
});

test.each([
  ['the reference goes first', true],
  ['all go at once', false],
])('a namespace that is deleted does not hang on the finalizer: %s', async (what, referenceFirst) => {
  const team = await merged(what.replaceAll(' ', '-'));
  const { finalizers } = (await team.reference('db')).metadata;
  expect(finalizers).toEqual(['shearline.dev/merged-keys']);
  if (referenceFirst) await world().cluster.remove('SecretReference', 'db', team.namespace);
  await world().cluster.remove('Namespace', team.namespace);
  await until(
    'the namespace to go',
    async () => (await world().cluster.read('Namespace', team.namespace)) === undefined,
  );
});
