import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Manifest } from '../scenarios/cluster.ts';
import { source, vaultAt } from '../scenarios/manifests.ts';
import type { Team } from '../scenarios/team.ts';
import { until } from '../servers/process.ts';
import { type Installed, installed, storeOf } from './installed.ts';

/** `driftDetection: poll`, and tokens of ServiceAccounts that are named: the least that syncs anything. */
let at: Installed;
let team: Team;
beforeAll(async () => {
  at = await installed({ driftDetection: 'poll', rbac: { tokens: { serviceAccounts: ['app'] } } });
  await at.world.cluster.create(storeOf(at.world, 'vault', { all: true }, { default: true }));
  team = await at.world.team('etl');
  await team.put('db', { password: 'one' });
}, 180_000);
afterAll(() => at.world.stop());

/** Verbs of the operator's requests for Secrets, in order. */
const verbs = async (): Promise<readonly string[]> =>
  (await at.world.audits.requests())
    .filter(({ objectRef }) => objectRef?.resource === 'secrets')
    .map(({ verb }) => verb);

test('needs no right to list or watch Secrets, and asks for none', async () => {
  const may = ['list', 'watch'].map(verb => at.may(verb, 'secrets', '--namespace=etl'));
  expect(await Promise.all(may)).toEqual([false, false]);
  await team.refer('db', { dataFrom: [team.extract('db')], refreshInterval: '10s' });
  await team.synced('db');
  expect(new Set(await verbs())).toEqual(new Set(['get', 'create']));
});

test('repairs at the next refresh what was changed or deleted', async () => {
  await team.tamper('db', { data: { password: 'eA==' } });
  await team.secretThat('db', 'repaired', secret => secret.text.password === 'one');
  await at.world.cluster.remove('Secret', 'db', 'etl');
  await team.secretThat('db', 'made again', secret => secret.text.password === 'one');
});

test('leaves a Secret of somebody else alone, and writes nothing in a steady state', async () => {
  await at.world.kubectl('create', 'secret', 'generic', 'theirs', '--namespace=etl', '--from-literal=a=b');
  await team.put('theirs', { password: 'x' });
  await team.refer('theirs');
  await team.failing('theirs', 'TargetConflict');
  await team.put('db', { password: 'two' });
  await team.rotate('db', 't1');
  const stamp = (await team.secret('db'))?.metadata.resourceVersion;
  const seen = (await verbs()).length;
  await until('two more looks', async () => (await verbs()).length > seen + 1, 60_000);
  expect((await team.secret('db'))?.metadata.resourceVersion).toBe(stamp);
});

test('a credential that is changed is used at the next refresh', async () => {
  const { bao, cluster } = at.world;
  const auth = { token: { secretRef: { name: 'root', key: 'token' } } };
  await cluster.create(credential('root', 'wrong'));
  await cluster.create(source('etl', 'by-token', bao.address, { provider: vaultAt(bao.address, { auth }) }));
  await team.refer('by-token', {
    sourceRef: { name: 'by-token' },
    dataFrom: [team.extract('db')],
    refreshInterval: '10s',
  });
  await team.failing('by-token', 'AuthFailed');
  await cluster.patch('Secret', 'root', 'etl', { data: { token: Buffer.from(bao.rootToken).toString('base64') } });
  await team.synced('by-token');
}, 120_000);

test('tokens are minted for the ServiceAccounts that are named, and for no other', async () => {
  const may = ['app', 'admin'].map(name =>
    at.may('create', `serviceaccounts/${name}`, '--subresource=token', '--namespace=etl'),
  );
  expect(await Promise.all(may)).toEqual([true, false]);
  const { bao, cluster, operator } = at.world;
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'admin', namespace: 'etl' } });
  const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'admin', audiences: ['vault'] } } };
  await cluster.create(source('etl', 'as-admin', bao.address, { provider: vaultAt(bao.address, { auth }) }));
  await team.refer('as-admin', { sourceRef: { name: 'as-admin' }, dataFrom: [team.extract('db')] });
  expect(await team.failing('as-admin', 'AuthFailed')).toContain('allow the operator to create serviceaccounts/token');
  const rule = '{apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"]}';
  expect(await readFile(operator.log, 'utf8')).toContain(JSON.stringify(rule));
});

const credential = (name: string, token: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'etl', labels: { 'shearline.dev/credential': 'true' } },
  stringData: { token },
});
