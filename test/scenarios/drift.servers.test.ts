import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { deleteSecret, policy } from '../servers/openbao-secrets.ts';
import { conditionOf, type SecretView } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

interface Lagging extends Team {
  readonly first: string;
  readonly second: string;
  readonly before: SecretView;
}

/** A team with a Secret `db` in step with version 1, and version 2 upstream already: repair is not rotation. */
async function teamThatLags(name: string, target = {}): Promise<Lagging> {
  const team = await world().team(name);
  const [first, second] = [secretValue('first'), secretValue('second')];
  await team.put('db', { user: 'etl', password: first });
  await team.refer('db', { dataFrom: [team.extract('db')], target });
  await team.synced('db');
  await team.put('db', { user: 'etl', password: second });
  return { ...team, first, second, before: await team.secretThat('db', 'there', () => true) };
}

/** What a Secret says; a repair puts back all of it, the revision too. */
const contentOf = ({ type, text, metadata: { labels, annotations, ownerReferences } }: SecretView) => ({
  type,
  text,
  labels,
  annotations,
  ownerReferences,
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('what somebody changed by hand is put back at once, with the version that was served:', () => {
  test.each<[string, object]>([
    ['a value', { data: { password: base64('tampered') } }],
    ['a key too many', { data: { extra: base64('tampered') } }],
    ['a key too few', { data: { user: null } }],
    ['all of the data', { data: null }],
    ['a label of the spec', { metadata: { labels: { team: 'other' } } }],
    ['a label that was removed', { metadata: { labels: { team: null } } }],
    ['an annotation of the spec', { metadata: { annotations: { 'example.com/contact': 'other' } } }],
    ['the managed label that was removed', { metadata: { labels: { 'shearline.dev/managed': null } } }],
    ['the managed label', { metadata: { labels: { 'shearline.dev/managed': 'false' } } }],
    ['the owner mark that was removed', { metadata: { annotations: { 'shearline.dev/owner': null } } }],
    ['the owner mark', { metadata: { annotations: { 'shearline.dev/owner': 'SecretReference/other/x' } } }],
    [
      'the list of managed metadata',
      { metadata: { annotations: { 'shearline.dev/managed-metadata': '{"labels":7}' } } },
    ],
    ['the ownerReference', { metadata: { ownerReferences: null } }],
    ['all annotations', { metadata: { annotations: null } }],
  ])('%s', async (what, change) => {
    const target = { labels: { team: 'etl' }, annotations: { 'example.com/contact': 'etl' } };
    const team = await teamThatLags(what.toLowerCase().replaceAll(' ', '-'), target);
    const before = contentOf(team.before);
    await team.tamper('db', change);
    const { metadata } = await team.secretThat(
      'db',
      'as it was, by a write',
      seen =>
        seen.metadata.resourceVersion !== team.before.metadata.resourceVersion &&
        isDeepStrictEqual(contentOf(seen), before),
    );
    const { status } = await team.until(
      'db',
      'the write in its status',
      each => each.status?.target?.resourceVersion === metadata.resourceVersion,
    );
    expect(status?.remote).toEqual([{ source: 'vault', key: `${team.namespace}/db`, version: '1' }]);
  });
});

test.each(['Infinity', '1e999', '-1', 'seven', '99999999999999999999'])(
  'a revision mark that says %s becomes a plain number again',
  async mark => {
    const team = await teamThatLags(`revision-${mark.toLowerCase()}`);
    await team.tamper('db', { metadata: { annotations: { 'shearline.dev/revision': mark } } });
    const { metadata } = await team.secretThat(
      'db',
      'a mark of ours',
      seen => seen.metadata.annotations['shearline.dev/revision'] !== mark,
    );
    expect(metadata.annotations['shearline.dev/revision']).toMatch(/^[123]$/);
    await team.until('db', 'its status', each => each.status?.target?.resourceVersion === metadata.resourceVersion);
  },
);

test('what others put on the Secret is left alone, and costs no write to it', async () => {
  const team = await teamThatLags('others-metadata');
  await team.tamper('db', { metadata: { labels: { theirs: 'x' }, annotations: { 'example.com/theirs': 'y' } } });
  const touched = await team.secretThat('db', 'touched', ({ metadata }) => metadata.labels.theirs === 'x');
  const { resourceVersion } = touched.metadata;
  await team.until('db', 'its status', each => each.status?.target?.resourceVersion === resourceVersion);
  expect(await team.secret('db')).toEqual(touched);
  await team.rotate('db', 't1');
  expect(await team.secret('db')).toMatchObject({
    text: { password: team.second },
    metadata: { labels: { theirs: 'x' }, annotations: { 'example.com/theirs': 'y' } },
  });
});

test('labels, annotations and keys that leave the spec leave the Secret too', async () => {
  const team = await teamThatLags('left-the-spec', {
    labels: { a: '1', b: '2' },
    annotations: { 'example.com/a': '1' },
  });
  const key = `${team.namespace}/db`;
  const data = [{ secretKey: 'only', remoteRef: { key, property: 'user' } }];
  await team.refer('db', { data, target: { labels: { b: '3' } } });
  const { text, metadata } = await team.secretThat('db', 'the new spec', ({ text }) => text.only === 'etl');
  expect(text).toEqual({ only: 'etl' });
  expect(metadata.labels).toEqual({ b: '3', 'shearline.dev/managed': 'true' });
  expect(metadata.annotations).not.toHaveProperty('example.com/a');
});

test('a Secret that was deleted is back at once, with the version that was served', async () => {
  const team = await teamThatLags('deleted');
  await world().cluster.remove('Secret', 'db', 'deleted');
  const { text } = await team.secretThat('db', 'again', ({ metadata }) => metadata.uid !== team.before.metadata.uid);
  expect(text.password).toBe(team.first);
  expect(await team.event('db', 'Repaired')).toBe('put Secret db back (revision 1)');
});

test('of 200 remote secrets that were found all are put back as they were served, and two repairs keep the revision', async () => {
  const team = await world().team('many');
  await policy(world().bao, 'app', { 'secret/data/*': ['read'], 'secret/metadata/*': ['list'] });
  const names = Array.from({ length: 200 }, (_, index) => `k${index + 100}`);
  const putAll = (age: string) => Promise.all(names.map(name => team.put(`all/${name}`, { v: secretValue(age) })));
  await putAll('old');
  await team.refer('db', { dataFrom: [{ find: { prefix: 'many/all/' } }] });
  expect((await team.synced('db')).status?.remote).toHaveLength(200);
  const before = await team.secretThat('db', 'there', () => true);
  await putAll('new');
  await team.put('all/later', { v: secretValue('later') });
  for (const change of [{ data: { k299: base64('tampered') } }, { data: null }]) {
    await team.tamper('db', change);
    await team.secretThat('db', 'as it was', seen => isDeepStrictEqual(contentOf(seen), contentOf(before)));
  }
  const { status } = await team.rotate('db', 't1');
  expect(status).toMatchObject({ rotation: { result: 'Rotated' }, target: { revision: 2, keys: 201 } });
});

test('is the served version destroyed, the newest takes its place, and the event says so', async () => {
  const team = await teamThatLags('destroyed');
  await deleteSecret(world().bao, 'destroyed/db', { destroy: [1] });
  await world().cluster.remove('Secret', 'db', 'destroyed');
  const { text } = await team.secretThat('db', 'again', ({ metadata }) => metadata.uid !== team.before.metadata.uid);
  expect(text.password).toBe(team.second);
  expect(await team.event('db', 'Repaired')).toContain(
    'with the newest versions, because those that it was served from are gone',
  );
  expect(
    (await team.until('db', 'version 2', each => each.status?.remote[0]?.version === '2')).status?.target?.revision,
  ).toBe(2);
});

test('a Secret that was replaced by one of another type, marks and all, is made again with the right type', async () => {
  const team = await teamThatLags('other-type');
  const { labels, annotations, ownerReferences } = team.before.metadata;
  await world().operator.paused(async () => {
    await world().cluster.remove('Secret', 'db', 'other-type');
    await world().cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'other-type', labels, annotations, ownerReferences },
      type: 'kubernetes.io/basic-auth',
      data: { username: '' },
    });
  });
  const { text } = await team.secretThat('db', 'of its type', ({ type }) => type === 'Opaque');
  expect(text).toEqual({ user: 'etl', password: team.first });
});

test('a Secret that was made immutable is a conflict from the next change on; deleted, it is back with the newest value', async () => {
  const team = await teamThatLags('immutable');
  await team.tamper('db', { immutable: true });
  const { status } = await team.rotate('db', 't1');
  expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'TargetConflict' });
  const message = await team.failing('db', 'TargetConflict');
  expect(message).toMatch(
    /Secret immutable\/db .*immutable and holds an older value: delete it, it is made again at once/,
  );
  expect(conditionOf({ status }, 'Stalled')?.status).toBe('True');
  expect((await team.secret('db'))?.text.password).toBe(team.first);
  await world().cluster.remove('Secret', 'db', 'immutable');
  const { text } = await team.secretThat('db', 'again', ({ metadata }) => metadata.uid !== team.before.metadata.uid);
  expect(text.password).toBe(team.second);
  await team.synced('db');
});

test('a Secret that its reference makes immutable keeps its value and stays Ready; deleted, it is back with the newest value', async () => {
  const team = await world().teamInStep('frozen', { immutable: true });
  await expect(team.tamper('db', { data: { password: 'eA==' } })).rejects.toThrow(/immutable/);
  const second = secretValue('second');
  await team.put('db', { password: second });
  const { status } = await team.rotate('db', 't1');
  expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'TargetImmutable' });
  expect(conditionOf({ status }, 'Ready')?.status).toBe('True');
  const before = await team.secret('db');
  expect(before?.text).toEqual({ password: team.password });
  const spec = (target: object) => ({ dataFrom: [team.extract('db')], target });
  await team.refer('db', spec({ immutable: false }));
  expect(await team.failing('db', 'TargetConflict')).toContain('delete it, it is made again at once');
  await team.refer('db', spec({ immutable: true, labels: { team: 'etl' } }));
  await team.failing('db', 'TargetImmutable');
  await world().cluster.remove('Secret', 'db', 'frozen');
  const after = await team.secretThat('db', 'again', ({ metadata }) => metadata.uid !== before?.metadata.uid);
  expect(after.text).toEqual({ password: second });
  await team.synced('db');
  await team.refer('db', spec({ immutable: true, labels: { team: 'lake' } }));
  await team.synced('db');
  expect((await team.secret('db'))?.metadata).toMatchObject({ uid: after.metadata.uid, labels: { team: 'lake' } });
});
