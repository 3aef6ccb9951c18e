import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { metricDocs } from '../../src/server/metric-docs.ts';
import { secretValue } from '../canary.ts';
import { seriesOf } from '../chart/promql.ts';
import { until } from '../servers/process.ts';
import { useWorld } from './world.ts';

const world = useWorld();

test('the smallest reference becomes a Secret of its name, with marks of its owner', async () => {
  const team = await world().team('smallest');
  const password = secretValue('password');
  await team.put('warehouse', { user: 'etl', password });
  await team.refer('warehouse');
  const { metadata, status } = await team.synced('warehouse');
  const secret = await team.secret('warehouse');
  expect(secret).toMatchObject({ type: 'Opaque', text: { user: 'etl', password } });
  expect(secret?.metadata.labels).toEqual({ 'shearline.dev/managed': 'true' });
  expect(secret?.metadata.annotations).toEqual({
    'shearline.dev/owner': `SecretReference/warehouse/${metadata.uid}`,
    'shearline.dev/revision': '1',
  });
  expect(secret?.metadata.ownerReferences).toEqual([
    {
      apiVersion: 'shearline.dev/v1alpha1',
      kind: 'SecretReference',
      name: 'warehouse',
      uid: metadata.uid,
      controller: true,
      blockOwnerDeletion: false,
    },
  ]);
  expect(status).toMatchObject({
    source: { kind: 'ClusterSecretSource', name: 'vault' },
    target: {
      name: 'warehouse',
      generation: 1,
      revision: 1,
      keys: 2,
      resourceVersion: secret?.metadata.resourceVersion,
    },
    remote: [{ source: 'vault', key: 'smallest/warehouse', version: '1' }],
  });
});

test('a first sync costs one write of the Secret and one of the status', async () => {
  const team = await world().team('two-writes');
  await team.put('db', { password: secretValue() });
  await team.refer('db');
  await team.synced('db');
  const both = ['create secrets/db', 'patch secretreferences/db/status'];
  await until('both writes', async () => (await world().audits.writes('two-writes')).length >= 2);
  expect(await world().audits.writes('two-writes')).toEqual(both);
});

test('kubectl shows source, target, revision, readiness and reason; wide, also owner and keys', async () => {
  const team = await world().team('columns');
  await team.put('db', { user: 'etl', password: secretValue() });
  await team.refer('db', { owner: 'team-etl', dataFrom: [team.extract('db')], target: { name: 'db-login' } });
  await team.synced('db');
  const shown = await world().kubectl('get', 'sref', '-n', 'columns');
  expect(shown).toMatch(/NAME +SOURCE +TARGET +REVISION +READY +REASON +LAST-SYNC +AGE/);
  expect(shown).toMatch(/db +vault +db-login +1 +True +Synced +\d+s +\d+s/);
  const wide = await world().kubectl('get', 'sref', '-n', 'columns', '-o', 'wide');
  expect(wide).toMatch(/OWNER +KEYS +ROTATED/);
  expect(wide).toMatch(/team-etl +2/);
  const byTarget = ['get', 'sref', '-A', '-o', 'name', '--field-selector', 'status.target.name=db-login'];
  expect((await world().kubectl(...byTarget)).trim()).toBe('secretreference.shearline.dev/db');
});

test('five keys of one remote secret cost one read', async () => {
  const team = await world().team('five-keys');
  const names = ['a', 'b', 'c', 'd', 'e'];
  const pairs = Object.fromEntries(names.map(name => [name, secretValue(name)]));
  await team.put('db', pairs);
  await team.refer('db', {
    data: names.map(name => ({ secretKey: name, remoteRef: { key: 'five-keys/db', property: name } })),
  });
  await team.synced('db');
  expect((await team.secret('db'))?.text).toEqual(pairs);
  expect(await world().audits.reads('secret/data/five-keys/db')).toBe(1);
});

test('fifty references that start at once log in once, and each is read and written once', async () => {
  const team = await world().team('fifty');
  const names = Array.from({ length: 50 }, (_, index) => `db-${index}`);
  await Promise.all(names.map(name => team.put(name, { password: secretValue(name) })));
  const logins = await world().audits.logins();
  await Promise.all(names.map(name => team.refer(name)));
  await Promise.all(names.map(name => team.synced(name)));
  expect((await world().audits.logins()) - logins).toBe(1);
  for (const name of names) expect(await world().audits.reads(`secret/data/fifty/${name}`)).toBe(1);
  const writes = await world().audits.writes('fifty');
  expect(writes.toSorted()).toEqual(
    names.flatMap(name => [`create secrets/${name}`, `patch secretreferences/${name}/status`]).toSorted(),
  );
});

test('an unchanged world is read at each interval and never written; a change upstream arrives at the next', async () => {
  const team = await world().team('refresh');
  const [first, second] = [secretValue('first'), secretValue('second')];
  await team.put('db', { password: first });
  const refreshInterval = '10s';
  await team.refer('moving', { refreshInterval, dataFrom: [team.extract('db')] });
  await team.refer('pinned', { refreshInterval, dataFrom: [{ extract: { key: 'refresh/db', version: '1' } }] });
  await Promise.all([team.synced('moving'), team.synced('pinned')]);
  const { writes, reads } = world().audits;
  const [writesBefore, readsBefore] = [await writes('refresh'), await reads('secret/data/refresh/db')];
  // Both are due at the same ticks: two reads each, because version and newest are read apart.
  await until('two refreshes', async () => (await reads('secret/data/refresh/db')) >= readsBefore + 4, 40_000);
  expect(await writes('refresh')).toEqual(writesBefore);

  await team.put('db', { password: second });
  await team.secretThat('moving', 'the new value', ({ text }) => text.password === second);
  const { status } = await team.until('moving', 'revision 2', each => each.status?.target?.revision === 2);
  expect(status?.remote).toEqual([{ source: 'vault', key: 'refresh/db', version: '2' }]);
  expect((await team.secret('pinned'))?.text.password).toBe(first);
  expect((await writes('refresh')).slice(writesBefore.length)).toEqual([
    'update secrets/moving',
    'patch secretreferences/moving/status',
  ]);
}, 90_000);

test('with --audit-log, each read and each write is one line of JSON beside the log', async () => {
  const { operator } = world();
  await operator.stop();
  await operator.start(['--audit-log', 'stdout']);
  const team = await world().team('audited');
  await team.put('db', { password: secretValue() });
  await team.refer('db', { owner: 'team-etl', dataFrom: [team.extract('db')] });
  const { metadata } = await team.synced('db');
  const lines = (await readFile(operator.log, 'utf8')).split('\n').filter(line => line.includes('"stream":"audit"'));
  const ours = lines.map(line => JSON.parse(line)).filter(({ reference }) => reference === 'audited/db');
  const subject = {
    stream: 'audit',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    reference: 'audited/db',
    uid: metadata.uid,
    generation: 1,
    owner: 'team-etl',
    because: 'NeverSynced',
  };
  const store = { source: 'ClusterSecretSource vault', provider: 'vault', durationMs: expect.any(Number) };
  expect(ours).toEqual([
    { ...subject, ...store, action: 'read', key: 'audited/db', version: '1', result: 'ok' },
    { ...subject, action: 'write', secret: 'audited/db', change: 'created' },
  ]);
});

test('the page of metrics has all that is documented, and shows the first sync', async () => {
  const team = await world().teamInStep('metered');
  const page = await world().operator.metrics();
  const families = [...page.matchAll(/^# TYPE (shearline_\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]);
  expect(Object.fromEntries(families)).toEqual(Object.fromEntries(metricDocs().map(({ name, type }) => [name, type])));
  const shown = seriesOf(page).map(({ text }) => text);
  expect(shown).toEqual(
    expect.arrayContaining([
      `shearline_reference_checked_timestamp_seconds{namespace="${team.namespace}",name="db",owner=""}`,
      'shearline_provider_login_seconds_count{provider="vault",namespace="",source="ClusterSecretSource vault",outcome="ok"}',
      'shearline_api_request_seconds_count{method="PATCH",code="200"}',
      'shearline_api_request_seconds_count{method="POST",code="201"}',
    ]),
  );
});
