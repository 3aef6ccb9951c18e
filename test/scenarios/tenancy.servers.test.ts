import { beforeAll, describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { openBaoAudit } from '../servers/audit.ts';
import { policy } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { clusterSource, source, vaultAt } from './manifests.ts';
import { conditionOf } from './objects.ts';
import { useWorld, type World } from './world.ts';

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
    teams.map(team =>
      team.refer('db', { dataFrom: [{ extract: { key: 'common' } }, { ...team.extract('db'), onConflict: 'Last' }] }),
    ),
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

test('a key that the policy refuses is AccessDenied with the rule that is missing, and only a rotation of it costs a login', async () => {
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
  // The first looked for rights that the role was given since; the policy's new rule needed none.
  expect(await world().audits.logins()).toBe(logins + 1);
});

test('a SecretSource reaches neither loopback nor metadata addresses, however they are spelt', async () => {
  const team = await world().teamWithValue('egress');
  const port = world().bao.loopback.split(':').at(-1);
  const places = {
    loopback: `https://127.0.0.1:${port}`,
    'loopback-by-name': `https://localhost:${port}`,
    'loopback-v6': `https://[::1]:${port}`,
    'loopback-mapped': `https://[::ffff:127.0.0.1]:${port}`,
    'loopback-decimal': `https://2130706433:${port}`,
    metadata: 'https://169.254.169.254',
    'link-local': 'https://169.254.1.1',
  };
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
});

test('a ClusterSecretSource does not reach metadata addresses either', async () => {
  const team = await world().team('egress-cluster');
  await world().cluster.apply(clusterSource('metadata', 'https://169.254.169.254'));
  await team.refer('metadata', withKey('x', clusterRef('metadata')));
  expect(await team.failing('metadata', 'SourceInvalid')).toContain('metadata addresses are closed to sources');
});

describe('plain http on loopback', () => {
  const closed = (flag: string) => `it must begin with https:// (or the operator must run with ${flag})`;
  const flags = { cluster: '--allow-insecure-providers', own: '--allow-insecure-namespaced-providers' };
  let team: Awaited<ReturnType<World['teamWithValue']>>;

  beforeAll(async () => {
    const { bao, cluster, teamWithValue } = world();
    team = await teamWithValue('plain-http');
    await cluster.apply(clusterSource('plain', bao.loopback));
    await cluster.apply(source('plain-http', 'plain', bao.loopback));
    await team.refer('cluster', withKey('plain-http/db', clusterRef('plain')));
    await team.refer('own', withKey('plain-http/db', { name: 'plain' }));
  });
  const restart = async (...more: readonly string[]) => {
    await world().operator.stop();
    await world().operator.start(more);
  };

  test('is reached by no source', async () => {
    expect(await team.failing('cluster', 'SourceInvalid')).toContain(closed(flags.cluster));
    expect(await team.failing('own', 'SourceInvalid')).toContain(closed(flags.own));
  });

  test(`is reached by a ClusterSecretSource with ${flags.cluster}, and by no SecretSource`, async () => {
    await restart(flags.cluster);
    await team.synced('cluster');
    expect(await team.failing('own', 'SourceInvalid')).toContain(closed(flags.own));
  });

  test(`is reached by a SecretSource with ${flags.own} and --allow-provider-cidrs, and not with the one alone`, async () => {
    await restart(flags.own);
    await team.until('own', 'loopback to be what is closed', ({ status }) =>
      /loopback addresses are closed/.test(conditionOf({ status }, 'Synced')?.message ?? ''),
    );
    await restart(flags.own, '--allow-provider-cidrs', '127.0.0.0/8');
    await team.synced('own');
    expect(await team.failing('cluster', 'SourceInvalid')).toContain(closed(flags.cluster));
  });

  test('is left alone again without these flags, and both sources say so', async () => {
    await restart();
    const { cluster } = world();
    const saying = (object: unknown) => conditionOf(object, 'Ready')?.message;
    const messages = async () => [
      saying(await cluster.read('ClusterSecretSource', 'plain')),
      saying(await cluster.read('SecretSource', 'plain', 'plain-http')),
    ];
    const both = [flags.cluster, flags.own].map(flag => expect.stringContaining(closed(flag)));
    await until('both sources to say so', async () => (await messages()).every(text => text?.includes('https://')));
    expect(await messages()).toEqual(both);
  });
});
