import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { openBaoAudit } from '../servers/audit.ts';
import { policy } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { clusterSource, source, vaultAt } from './manifests.ts';
import { conditionOf } from './objects.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const address = () => world().bao.address;
const clusterRef = (name: string) => ({ kind: 'ClusterSecretSource', name });
const withKey = (key: string, sourceRef: object) => ({ sourceRef, dataFrom: [{ extract: { key } }] });

/** Everything that OpenBao was asked, but for what the test itself asked as root. */
const baoRequests = async (): Promise<number> =>
  (await openBaoAudit(world().bao)).filter(({ type, auth }) => type === 'request' && auth?.display_name !== 'token')
    .length;

test.each([
  'tenant/../other/db',
  '../secret/db',
  './db',
  'a/..',
  '/db',
  'db/',
  'a//db',
  'a%2f..%2fdb',
  'db?version=1',
  'db#x',
  'a\\db',
  'bell\u0007',
  'line\nbreak',
  'zero\u200bwidth',
  'right\u202eto-left',
])('the key %j is refused before any request is made', async key => {
  const team = await world().team(`hostile-key-${Buffer.from(key).toString('hex')}`);
  const before = await baoRequests();
  await team.refer('db', { dataFrom: [{ extract: { key } }] });
  expect(await team.failing('db', 'InvalidSpec')).toMatch(/^remote key ".*" (has|must|is) /);
  expect(await baoRequests()).toBe(before);
});

test('a token that the API server itself accepts is sent to nobody', async () => {
  const team = await world().teamWithValue('audience');
  const logins = await world().audits.logins();
  const serviceAccountRef = { name: 'app', audiences: ['vault', world().controlPlane.server] };
  const provider = vaultAt(address(), { auth: { kubernetes: { role: 'app', serviceAccountRef } } });
  await world().cluster.apply(source('audience', 'greedy', address(), { provider }));
  await team.refer('db', withKey('audience/db', { name: 'greedy' }));
  expect(await team.failing('db', 'SourceInvalid')).toContain(
    "would hand a token of ServiceAccount audience/app that this cluster's API server accepts to the store; set serviceAccountRef.audiences to one that is not the API server's, such as vault",
  );
  expect(await world().audits.logins()).toBe(logins);
  await world().cluster.apply(source('audience', 'greedy', address()));
  await team.synced('db');
});

test('a Secret without the credential label is not even read; with it, it is used at once', async () => {
  const team = await world().teamWithValue('credential');
  const auth = { token: { secretRef: { name: 'login', key: 'token' } } };
  await world().cluster.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace: 'credential' },
    stringData: { token: world().bao.rootToken },
  });
  await world().cluster.apply(source('credential', 'by-token', address(), { provider: vaultAt(address(), { auth }) }));
  await team.refer('db', withKey('credential/db', { name: 'by-token' }));
  expect(await team.failing('db', 'SourceInvalid')).toBe(
    'SecretSource by-token is entered with Secret credential/login, which does not exist or lacks the label shearline.dev/credential: "true"',
  );
  const looked = (await world().audits.requests()).filter(({ objectRef }) => objectRef?.name === 'login');
  expect(looked).toEqual([]);
  await team.tamper('login', { metadata: { labels: { 'shearline.dev/credential': 'true' } } });
  await team.synced('db');
});

test('a shared credential of a ClusterSecretSource needs allowedKeys', async () => {
  const team = await world().teamWithValue('needs-keys');
  const auth = { token: { secretRef: { name: 'shared-login', key: 'token' } } };
  const provider = vaultAt(address(), { auth });
  await world().cluster.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'shared-login', namespace: 'shearline-system', labels: { 'shearline.dev/credential': 'true' } },
    stringData: { token: world().bao.rootToken },
  });
  await world().cluster.apply(clusterSource('shared', address(), { provider }));
  await team.refer('db', withKey('needs-keys/db', clusterRef('shared')));
  expect(await team.failing('db', 'SourceInvalid')).toContain('spec.allowedKeys must be set');
  await world().cluster.apply(clusterSource('shared', address(), { provider, allowedKeys: ['{namespace}/*'] }));
  await team.synced('db');
});

test('two namespaces never share a login, and each reads by its own', async () => {
  const teams = await Promise.all(['apart-one', 'apart-two'].map(name => world().teamWithValue(name)));
  await world().bao.api('POST', 'secret/data/common', { data: { password: secretValue('common') } });
  await Promise.all(
    teams.map(team => team.refer('db', { dataFrom: [{ extract: { key: 'common' } }, team.extract('db')] })),
  );
  await Promise.all(teams.map(team => team.synced('db')));
  const readers = async (path: string) =>
    (await openBaoAudit(world().bao))
      .filter(({ type, request }) => type === 'request' && request.operation === 'read' && request.path === path)
      .map(({ auth }) => auth?.display_name);
  expect(await readers('secret/data/apart-one/db')).toEqual(['kubernetes-apart-one-app']);
  expect(await readers('secret/data/apart-two/db')).toEqual(['kubernetes-apart-two-app']);
  expect((await readers('secret/data/common')).toSorted()).toEqual([
    'kubernetes-apart-one-app',
    'kubernetes-apart-two-app',
  ]);
});

test('a key that the policy refuses is AccessDenied with the rule that is missing, and costs no login', async () => {
  const team = await world().teamWithValue('denied');
  await policy(world().bao, 'strict', { 'secret/data/nothing': ['read'] });
  await world().bao.api('POST', 'auth/kubernetes/role/strict', {
    bound_service_account_names: ['app'],
    bound_service_account_namespaces: ['denied'],
    audience: 'vault',
    policies: ['strict'],
  });
  const auth = { kubernetes: { role: 'strict', serviceAccountRef: { name: 'app', audiences: ['vault'] } } };
  await world().cluster.apply(source('denied', 'strict', address(), { provider: vaultAt(address(), { auth }) }));
  await team.refer('db', withKey('denied/db', { name: 'strict' }));
  expect(await team.failing('db', 'AccessDenied')).toContain(
    'path "secret/data/denied/db" { capabilities = ["read"] }',
  );
  const logins = await world().audits.logins();
  await team.rotate('db', 't1');
  expect(conditionOf(await team.reference('db'), 'Stalled')).toBeUndefined();
  await policy(world().bao, 'strict', { 'secret/data/denied/*': ['read'] });
  const { status } = await team.rotate('db', 't2');
  expect(status?.rotation?.result).toBe('Rotated');
  expect(await world().audits.logins()).toBe(logins);
});

describe('without --allow-provider-cidrs', () => {
  test('a SecretSource reaches neither loopback nor metadata addresses, a ClusterSecretSource reaches loopback', async () => {
    const team = await world().teamWithValue('egress');
    const port = address().split(':').at(-1);
    const places = {
      loopback: `http://127.0.0.1:${port}`,
      'loopback-by-name': `http://localhost:${port}`,
      'loopback-v6': `http://[::1]:${port}`,
      'loopback-mapped': `http://[::ffff:127.0.0.1]:${port}`,
      'loopback-decimal': `http://2130706433:${port}`,
      metadata: 'http://169.254.169.254',
      'link-local': 'http://169.254.1.1',
    };
    await world().operator.stop();
    await world().operator.start(['--allow-provider-cidrs', '203.0.113.0/24']);
    const before = await baoRequests();
    for (const [name, place] of Object.entries(places)) {
      await world().cluster.apply(source('egress', name, place));
      await team.refer(name, withKey('egress/db', { name }));
    }
    for (const name of Object.keys(places)) {
      expect(await team.failing(name, 'SourceInvalid')).toMatch(/addresses are closed to namespaced sources/);
      expect(await team.secret(name)).toBeUndefined();
    }
    expect(await baoRequests()).toBe(before);
    await team.refer('db');
    await team.synced('db');
  });

  test('a ClusterSecretSource does not reach metadata addresses either, and plain http only with its flag', async () => {
    const team = await world().teamWithValue('egress-cluster');
    await world().cluster.apply(clusterSource('metadata', 'http://169.254.169.254'));
    await team.refer('metadata', withKey('x', clusterRef('metadata')));
    expect(await team.failing('metadata', 'SourceInvalid')).toContain('metadata addresses are closed to sources');
    await world().operator.stop();
    await world().operator.start(['--allow-insecure-providers=false']);
    await team.refer('db');
    expect(await team.failing('db', 'SourceInvalid')).toContain(
      'it must begin with https:// (or the operator must run with --allow-insecure-providers)',
    );
    await world().operator.stop();
    await world().operator.start();
    await team.synced('db');
    await until('the source to be Ready again', async () => {
      const seen = await world().cluster.read('ClusterSecretSource', 'vault', undefined);
      return conditionOf(seen, 'Ready')?.status === 'True';
    });
  });
});
