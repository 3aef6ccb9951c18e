import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { secretValue } from '../canary.ts';
import { cli } from '../cli/cli.ts';
import { deleteSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { clusterSource } from './manifests.ts';
import { conditionOf } from './objects.ts';
import { startStandInVault } from './stand-in-vault.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const readsOf = (team: Team): Promise<number> => world().audits.reads(`secret/data/${team.namespace}/db`);
const Metadata = z.object({
  data: z.object({ versions: z.record(z.string(), z.object({ created_time: z.string() })) }),
});
const passwordOf = async (team: Team): Promise<string | undefined> => (await team.secret('db'))?.text.password;

test('kubectl annotate asks for a rotation, and kubectl wait sees it succeed', async () => {
  const team = await world().teamInStep('annotate');
  const second = secretValue('second');
  await team.put('db', { password: second });
  const reference = ['-n', 'annotate', 'sref/db'];
  await world().kubectl('annotate', ...reference, 'shearline.dev/rotate=t1');
  await world().kubectl('wait', ...reference, '--for=jsonpath={.status.rotation.lastSucceeded}=t1', '--timeout=20s');
  const secret = await team.secret('db');
  expect(secret?.text).toEqual({ password: second });
  expect(secret?.metadata.annotations).toMatchObject({
    'shearline.dev/revision': '2',
    'shearline.dev/rotated-for': 't1',
  });
  const { status } = await team.reference('db');
  expect(status).toMatchObject({
    target: { revision: 2 },
    rotation: { lastHandled: 't1', lastSucceeded: 't1', result: 'Rotated' },
    remote: [{ version: '2' }],
  });
  expect(await team.event('db', 'Rotated')).toBe('rotated Secret db to revision 2');
  expect(await world().audits.writes('annotate')).toEqual([
    'create secrets/db',
    'patch secretreferences/db/status',
    'update secrets/db',
    'patch secretreferences/db/status',
  ]);
});

test('a rotation that finds nothing newer is answered NoChange, and the Secret is not written', async () => {
  const team = await world().teamInStep('no-change');
  const before = (await team.secret('db'))?.metadata.resourceVersion;
  const { status } = await team.rotate('db', 't1');
  expect(status?.rotation).toMatchObject({ lastHandled: 't1', lastSucceeded: 't1', result: 'NoChange' });
  expect((await team.secret('db'))?.metadata.resourceVersion).toBe(before);
  expect(await readsOf(team)).toBe(2);
});

test('a label selector rotates all of a team, and nobody else', async () => {
  const team = await world().team('by-label');
  const names = ['one', 'two', 'three', 'other'];
  const values = async (turn: string) => {
    for (const name of names) await team.put(name, { password: secretValue(`${turn}-${name}`) });
  };
  await values('first');
  for (const name of names) await team.refer(name, undefined, { labels: { team: name === 'other' ? 'ops' : 'etl' } });
  for (const name of names) await team.synced(name);
  await values('second');
  await world().kubectl('annotate', 'sref', '-n', 'by-label', '-l', 'team=etl', 'shearline.dev/rotate=all');
  for (const name of names.slice(0, 3)) {
    const rotated = await team.until(name, 'the rotation', ({ status }) => status?.rotation?.lastSucceeded === 'all');
    expect(rotated.status).toMatchObject({ target: { revision: 2 }, rotation: { result: 'Rotated' } });
  }
  expect((await team.reference('other')).status).toMatchObject({ target: { revision: 1 } });
});

test('force-sync is answered apart from rotate, and the two never flap', async () => {
  const team = await world().teamInStep('force-sync');
  await team.put('db', { password: secretValue('second') });
  await team.annotate('db', { 'force-sync': '1700000000' });
  const forced = await team.until('db', 'force-sync', each => each.status?.rotation?.lastForceSync === '1700000000');
  expect(forced.status).toMatchObject({ target: { revision: 2 }, rotation: { result: 'Rotated' } });
  expect(forced.status?.rotation).not.toHaveProperty('lastHandled');
  const { status } = await team.rotate('db', 't1');
  expect(status?.rotation).toMatchObject({ lastHandled: 't1', lastForceSync: '1700000000', result: 'NoChange' });
  const [writes, reads] = [await world().audits.writes('force-sync'), await readsOf(team)];
  await team.annotate('db', { unrelated: 'x' });
  await team.rotate('db', 't2');
  expect([(await world().audits.writes('force-sync')).length - writes.length, (await readsOf(team)) - reads]).toEqual([
    1, 1,
  ]);
});

test('a token that is there at creation is answered by the first sync', async () => {
  const team = await world().teamWithValue('at-creation');
  await team.refer('db', undefined, { annotations: { 'shearline.dev/rotate': 'born-with' } });
  await team.synced('db');
  const { status } = await team.reference('db');
  expect(status?.rotation).toMatchObject({ lastHandled: 'born-with', lastSucceeded: 'born-with', result: 'Rotated' });
  expect((await team.secret('db'))?.metadata.annotations).toMatchObject({ 'shearline.dev/rotated-for': 'born-with' });
  expect([await readsOf(team), (await world().audits.writes('at-creation')).length]).toEqual([1, 2]);
});

test.each([
  ['257-bytes', 'x'.repeat(257)],
  ['129-umlauts', 'ü'.repeat(129)],
  ['newline', 'one\ntwo'],
  ['control-character', 'bell\u0007'],
  ['line-separator', 'one\u2028two'],
])('a hostile token (%s) is refused by a Warning event and never handled', async (name, token) => {
  const team = await world().teamInStep(`hostile-${name}`);
  await team.put('db', { password: secretValue('second') });
  await team.annotate('db', { 'shearline.dev/rotate': token });
  expect(await team.event('db', 'TokenRefused')).toContain('at most 256 bytes');
  expect((await team.reference('db')).status?.rotation).toBeUndefined();
  expect([await passwordOf(team), await readsOf(team)]).toEqual([team.password, 1]);
  // It is in nobody's way: the next token is answered.
  const { status } = await team.rotate('db', 'good');
  expect(status?.rotation).toMatchObject({ lastSucceeded: 'good', result: 'Rotated' });
});

test('an empty token and one that is taken away ask for nothing', async () => {
  const team = await world().teamInStep('empty-token');
  await team.rotate('db', 't1');
  const [writes, reads] = [(await world().audits.writes('empty-token')).length, await readsOf(team)];
  await team.annotate('db', { 'shearline.dev/rotate': '' });
  await team.annotate('db', { 'shearline.dev/rotate': null });
  await team.annotate('db', { 'force-sync': '' });
  await team.rotate('db', 't2');
  expect([(await world().audits.writes('empty-token')).length - writes, (await readsOf(team)) - reads]).toEqual([1, 1]);
});

test('a token may be anything that can be printed: emoji, 256 bytes', async () => {
  const team = await world().teamInStep('printable');
  for (const token of ['🔑 rotate now 🔑', 'x'.repeat(256), ' ']) {
    const { status } = await team.rotate('db', token);
    expect(status?.rotation?.lastSucceeded).toBe(token);
  }
});

test('of thirty tokens in a second the last is answered, and reads stay bounded: ten at once, then one a second', async () => {
  const team = await world().teamInStep('thirty');
  const started = performance.now();
  for (let number = 1; number <= 30; number++) {
    await team.put('db', { password: secretValue(`n${number}`) });
    await team.annotate('db', { 'shearline.dev/rotate': `t${number}` });
  }
  const { status } = await team.until('db', 't30', each => each.status?.rotation?.lastHandled === 't30');
  const seconds = (performance.now() - started) / 1000;
  expect(status?.remote).toEqual([{ source: 'vault', key: 'thirty/db', version: '31' }]);
  expect((await readsOf(team)) - 1).toBeLessThanOrEqual(10 + Math.ceil(seconds));
});

test('a rotation of a key that is gone is answered Failed, and the last good Secret stays', async () => {
  const team = await world().teamInStep('failed');
  await team.rotate('db', 't1');
  await deleteSecret(world().bao, 'failed/db', 'soft');
  const { status } = await team.rotate('db', 't2');
  expect(status?.rotation).toMatchObject({
    lastHandled: 't2',
    lastSucceeded: 't1',
    result: 'Failed',
    reason: 'KeyNotFound',
  });
  expect(await passwordOf(team)).toBe(team.password);
});

test('a suspended reference keeps its rotation pending, and answers it with the newest value when it goes on', async () => {
  const team = await world().teamInStep('suspended');
  const spec = { dataFrom: [team.extract('db')] };
  await team.refer('db', { ...spec, suspend: true });
  await team.failing('db', 'Suspended');
  const second = secretValue('second');
  await team.put('db', { password: second });
  await team.annotate('db', { 'shearline.dev/rotate': 't1' });
  await team.tamper('db', { metadata: { labels: { 'shearline.dev/managed': null } } });
  const { status } = await team.until(
    'db',
    'a turn',
    each => each.metadata.annotations['shearline.dev/rotate'] === 't1',
  );
  expect(status?.rotation).toBeUndefined();
  expect([await passwordOf(team), await readsOf(team)]).toEqual([team.password, 1]);
  await team.refer('db', { ...spec, suspend: false });
  const after = await team.until('db', 't1', each => each.status?.rotation?.lastSucceeded === 't1');
  expect(after.status?.rotation?.result).toBe('Rotated');
  expect(await passwordOf(team)).toBe(second);
});

test('a rotation is read before the sixty references that wait for the same store', async () => {
  const store = await startStandInVault(world().controlPlane);
  try {
    await world().cluster.apply(clusterSource('held', store.address));
    const team = await world().team('busy');
    const sourceRef = { kind: 'ClusterSecretSource', name: 'held' };
    store.values.set('urgent', JSON.stringify({ password: secretValue() }));
    await team.refer('urgent', { sourceRef, dataFrom: [{ extract: { key: 'urgent' } }] });
    await team.synced('urgent');
    store.hold();
    const names = Array.from({ length: 60 }, (_, index) => `waiting-${index}`);
    for (const name of names) store.values.set(name, JSON.stringify({ password: secretValue() }));
    // At once, for a read gives up after 10 seconds.
    await Promise.all(names.map(name => team.refer(name, { sourceRef, dataFrom: [{ extract: { key: name } }] })));
    const waiting = () => store.asked().filter(key => key.startsWith('waiting')).length;
    // 16 reads of a source at a time, an eighth of them kept for rotations.
    await until('the store to be full', () => waiting() === 14);
    await team.annotate('urgent', { 'shearline.dev/rotate': 't1' });
    await until('the read of the rotation', () => store.asked().at(-1) === 'urgent');
    expect(waiting()).toBe(14);
    store.letGo();
    for (const name of [...names, 'urgent']) await team.synced(name);
  } finally {
    store.letGo();
    await store.stop();
  }
});

test('a rotation that is asked for while its reference is read does not wait for that read, which is never reported', async () => {
  const store = await startStandInVault(world().controlPlane);
  try {
    await world().cluster.apply(clusterSource('slow', store.address));
    const team = await world().team('overtaken');
    const spec = {
      sourceRef: { kind: 'ClusterSecretSource', name: 'slow' },
      dataFrom: [{ extract: { key: 'overtaken' } }],
    };
    store.values.set('overtaken', JSON.stringify({ password: secretValue('first') }));
    await team.refer('db', spec);
    await team.synced('db');
    store.hold();
    const second = secretValue('second');
    store.values.set('overtaken', JSON.stringify({ password: second }));
    const readTimes = (times: number) => store.asked().filter(key => key === 'overtaken').length === times;
    await team.refer('db', { ...spec, target: { labels: { edited: 'yes' } } });
    await until('the read for the edit', () => readTimes(2));
    await team.annotate('db', { 'shearline.dev/rotate': 't1' });
    await until('the read of the rotation', () => readTimes(3));
    store.letGo();
    await team.until('db', 'the rotation', ({ status }) => status?.rotation?.lastSucceeded === 't1');
    expect(await passwordOf(team)).toBe(second);
    expect(await world().audits.writes('overtaken')).toEqual([
      'create secrets/db',
      'patch secretreferences/db/status',
      'update secrets/db',
      'patch secretreferences/db/status',
    ]);
  } finally {
    store.letGo();
    await store.stop();
  }
});

test('refreshPolicy: time moves Periodic alone, an edit OnChange too, and a rotation all; Once keeps what it serves', async () => {
  const team = await world().team('policies');
  const policies = { periodic: 'Periodic', onchange: 'OnChange', once: 'Once' };
  const [first, second, third] = ['first', 'second', 'third'].map(secretValue);
  const reads = (name: string) => world().audits.reads(`secret/data/policies/${name}`);
  const serves = async (name: string) => (await team.secret(name))?.text.password;
  for (const [name, refreshPolicy] of Object.entries(policies)) {
    await team.put(name, { password: first });
    await team.refer(name, { refreshPolicy, refreshInterval: '10s', dataFrom: [team.extract(name)] });
  }
  for (const name of Object.keys(policies)) await team.synced(name);
  for (const name of Object.keys(policies)) await team.put(name, { password: second });
  await until('two refreshes', async () => (await reads('periodic')) >= 3, 40_000);
  expect([await serves('periodic'), await reads('onchange'), await reads('once')]).toEqual([second, 1, 1]);
  for (const name of ['onchange', 'once'] as const) {
    const edited = { refreshPolicy: policies[name], dataFrom: [team.extract(name)] };
    await team.refer(name, { ...edited, target: { labels: { edited: 'yes' } } });
    await team.synced(name);
    expect((await team.secret(name))?.metadata.labels.edited).toBe('yes');
  }
  expect([await serves('onchange'), await serves('once')]).toEqual([second, first]);
  await world().cluster.remove('Secret', 'once', 'policies');
  await team.secretThat('once', 'back as it was', ({ text }) => text.password === first);
  await team.put('once', { password: third });
  const { status } = await team.rotate('once', 't1');
  expect([status?.rotation?.result, await serves('once')]).toEqual(['Rotated', third]);
});

test('rotation.window: while it is closed consumers keep what they have, whoever asks; when it opens the newest is published', async () => {
  const team = await world().teamWithValue('window');
  // Open for a minute on New Year's day, and always.
  const [closed, open] = ['0 0 1 1 *', '* * * * *'].map(schedule => ({ window: { schedule, duration: '1m' } }));
  const spec = { refreshInterval: '10s', dataFrom: [team.extract('db')] };
  await team.refer('db', { ...spec, rotation: closed });
  await team.synced('db');
  const [second, third] = ['second', 'third'].map(secretValue);
  await team.put('db', { password: second });
  await team.annotate('db', { 'shearline.dev/rotate': 't1' });
  const { status } = await team.until('db', 'the candidate', each => each.status?.candidate?.rotate === 't1');
  expect(status).toMatchObject({ candidate: { remote: [{ version: '2' }] }, target: { revision: 1 } });
  expect(await team.event('db', 'WindowClosed')).toContain('when the window opens, at ');
  await world().cluster.remove('Secret', 'db', 'window');
  await team.secretThat('db', 'back as it was', ({ text }) => text.password === team.password);
  await team.refer('db', { ...spec, rotation: closed, target: { labels: { edited: 'yes' } } });
  const edited = await team.secretThat('db', 'edited', ({ metadata }) => metadata.labels.edited === 'yes');
  expect([edited.text.password, edited.metadata.annotations['shearline.dev/revision']]).toEqual([team.password, '1']);
  const readsBefore = await readsOf(team);
  await until('another refresh', async () => (await readsOf(team)) > readsBefore, 40_000);
  expect([await passwordOf(team), (await team.reference('db')).status?.rotation]).toEqual([team.password, undefined]);
  await team.put('db', { password: third });
  await team.refer('db', { ...spec, rotation: open });
  const after = await team.until('db', 't1', each => each.status?.rotation?.lastSucceeded === 't1');
  expect(after.status).toMatchObject({
    target: { revision: 2 },
    remote: [{ version: '3' }],
    rotation: { result: 'Rotated' },
  });
  expect(after.status).not.toHaveProperty('candidate');
  expect(await passwordOf(team)).toBe(third);
});

test('a window that nobody can keep is refused with the field that is wrong, and the Secret stays', async () => {
  const team = await world().teamInStep('no-window');
  const window = { schedule: '0 2 30 2 *', duration: '1h' };
  await team.refer('db', { dataFrom: [team.extract('db')], rotation: { window } });
  expect(await team.failing('db', 'InvalidSpec')).toContain('spec.rotation.window.schedule: never comes');
  expect(await passwordOf(team)).toBe(team.password);
});

test('a stage that needs SecretRotations is refused with what to enable, where the operator makes none', async () => {
  const team = await world().teamInStep('no-runs');
  await team.refer('db', { dataFrom: [team.extract('db')], rotation: { approval: { required: true } } });
  expect(await team.failing('db', 'RotationNotEnabled')).toContain('rotation.enabled true');
  expect(await passwordOf(team)).toBe(team.password);
});

test('what is older than rotation.every is told once, by the time that the store gives, without a read', async () => {
  const team = await world().teamWithValue('too-old');
  const refer = (every: string) =>
    team.refer('db', { dataFrom: [team.extract('db')], refreshInterval: '0s', rotation: { every } });
  const untilDue = (status: string) =>
    team.until('db', `RotationDue=${status}`, each => conditionOf(each, 'RotationDue')?.status === status);
  const metadata = async () => Metadata.parse(await world().bao.api('GET', 'secret/metadata/too-old/db')).data;
  const createdAt = async (version: string) => (await metadata()).versions[version]?.created_time.slice(0, 19);
  await refer('10s');
  const { status } = await untilDue('True');
  expect(status?.remote).toEqual([
    { source: 'vault', key: 'too-old/db', version: '1', since: `${await createdAt('1')}Z` },
  ]);
  expect(await team.event('db', 'RotationDue')).toContain('too-old/db of vault is unchanged since');
  expect(await world().kubectl('get', 'sref', 'db', '-n', 'too-old', '-o', 'wide')).toMatch(
    /ROTATION-DUE +SAFE-TO-REVOKE\n.* True/,
  );
  expect(await readsOf(team)).toBe(1);
  expect((await world().audits.writes('too-old')).filter(each => each.endsWith(' secrets/db'))).toHaveLength(1);

  await team.put('db', { password: secretValue('second') });
  await refer('30d');
  expect((await untilDue('False')).status?.remote).toMatchObject([{ version: '2', since: `${await createdAt('2')}Z` }]);

  const custom_metadata = { 'shearline.dev/rotated-at': '2020-01-01' };
  await world().bao.api('POST', 'secret/metadata/too-old/db', { custom_metadata });
  expect((await team.rotate('db', 't1')).status?.rotation).toMatchObject({ result: 'NoChange' });
  expect((await untilDue('True')).status?.remote).toMatchObject([{ version: '2', since: '2020-01-01T00:00:00Z' }]);
});

test('shearline who says which pods refer to a Secret, by whom people know, with the rights of who asks', async () => {
  const team = await world().teamInStep('who');
  const image = 'registry.example.com/none';
  const run = (name: string, spec: object, more: object = {}) =>
    world().cluster.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: team.namespace, ...more },
      spec: { serviceAccountName: 'app', containers: [{ name: 'main', image }], ...spec },
    });
  const envFrom = (name: string) => [{ name: 'main', image, envFrom: [{ secretRef: { name } }] }];
  const spark = { labels: { 'sparkoperator.k8s.io/app-name': 'nightly' } };
  await run('by-volume', { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'db' } }] } }] });
  for (const name of ['driver', 'exec-1', 'exec-2']) await run(name, { containers: envFrom('db-r7') }, spark);
  await run('by-init', { initContainers: envFrom('db').map(each => ({ ...each, name: 'init' })) });
  await run('other', { containers: envFrom('other') });
  const ask = (kubeconfig: string) => cli(['who', 'db', '-n', 'who', '--kubeconfig', kubeconfig]);
  expect(await ask(world().controlPlane.adminKubeconfig)).toEqual({
    code: 0,
    err: '',
    out: `Secret db of who/db, revision 1: 5 pods of 3 owners

OWNER                     PODS  REVISION  BY
Pod/by-init               1     1         env
Pod/by-volume             1     1         volume
SparkApplication/nightly  3     7         env
`,
  });

  const viewer = await world().controlPlane.kubeconfigFor({ user: 'viewer' });
  expect(await ask(viewer)).toMatchObject({ code: 2, err: expect.stringContaining('no right to get it') });
  const inNamespace = ['-n', 'who'];
  await world().kubectl(
    'create',
    'role',
    'refs',
    ...inNamespace,
    '--verb=get',
    '--resource=secretreferences.shearline.dev',
  );
  await world().kubectl('create', 'rolebinding', 'refs', ...inNamespace, '--role=refs', '--user=viewer');
  await until('the right to get it', async () =>
    (await ask(viewer)).err.includes('resources: ["pods"], verbs: ["list"] in namespace who'),
  );
});
