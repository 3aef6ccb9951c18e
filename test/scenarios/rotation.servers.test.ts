import { expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { deleteSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { clusterSource } from './manifests.ts';
import { startStandInVault } from './stand-in-vault.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const readsOf = (team: Team): Promise<number> => world().audits.reads(`secret/data/${team.namespace}/db`);
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
