import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { issueCertificate } from '../servers/certificates.ts';
import { type Databricks, startWorkspace } from '../servers/databricks/server.ts';
import { createTokenVerifier } from '../servers/oidc.ts';
import { enableKv, putSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { clusterSource, source, vaultAt } from './manifests.ts';
import { conditionOf, EventView } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld({ defaultSource: false });

const apply = (object: ReturnType<typeof source>) => world().cluster.apply(object);
const address = () => world().bao.address;
const shared = (name: string, namespaces: object, more = {}) => clusterSource(name, address(), { namespaces, ...more });

/** A reference `db` to this source. */
const referTo = (team: Team, sourceRef?: object, more = {}) =>
  team.refer('db', { ...(sourceRef && { sourceRef }), dataFrom: [team.extract('db')], ...more });
const clusterRef = (name: string) => ({ kind: 'ClusterSecretSource', name });

describe('a reference heals without waiting for its interval', () => {
  test('when its SecretSource appears', async () => {
    const team = await world().teamWithValue('late-source');
    await referTo(team, { name: 'vault' });
    expect(await team.failing('db', 'SourceNotFound')).toBe(
      'there is no SecretSource vault in namespace late-source: create it, or change spec.sourceRef',
    );
    await apply(source('late-source', 'vault', address()));
    await team.synced('db');
  });

  test('when its ClusterSecretSource appears', async () => {
    const team = await world().teamWithValue('late-cluster-source');
    await referTo(team, clusterRef('late'));
    expect(await team.failing('db', 'SourceNotFound')).toContain('there is no ClusterSecretSource late:');
    await apply(shared('late', { names: ['late-cluster-source'] }));
    await team.synced('db');
  });

  test('when a default source appears', async () => {
    const team = await world().teamWithValue('late-default');
    await referTo(team);
    expect(await team.failing('db', 'SourceNotFound')).toContain('namespace late-default has no default source');
    await apply(source('late-default', 'vault', address()));
    await apply(source('late-default', 'vault', address(), { default: true }));
    await team.synced('db');
  });

  test('when its ServiceAccount appears', async () => {
    const team = await world().teamWithValue('late-account');
    await world().cluster.remove('ServiceAccount', 'app', 'late-account');
    await apply(source('late-account', 'vault', address()));
    await referTo(team, { name: 'vault' });
    expect(await team.failing('db', 'ServiceAccountNotFound')).toBe(
      "SecretSource vault is entered as ServiceAccount late-account/app, which does not exist: create it, or change the source's serviceAccountRef",
    );
    await apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace: 'late-account' } });
    await team.synced('db');
  });

  test('when its source is fixed', async () => {
    const team = await world().teamWithValue('fixed');
    await apply(source('fixed', 'vault', address(), { provider: vaultAt(address(), { kv: { mount: 'a/../b' } }) }));
    await referTo(team, { name: 'vault' });
    expect(await team.failing('db', 'SourceInvalid')).toContain('kv.mount "a/../b" has a segment "." or ".."');
    const ready = async () => conditionOf(await world().cluster.read('SecretSource', 'vault', 'fixed'), 'Ready');
    expect(await ready()).toMatchObject({ status: 'False', reason: 'InvalidSpec' });
    await apply(source('fixed', 'vault', address()));
    await team.synced('db');
    await until('the source to be Ready', async () => (await ready())?.status === 'True');
  });
});

test('a source that changes is used at once', async () => {
  const team = await world().teamWithValue('changes');
  await apply(source('changes', 'vault', address()));
  await referTo(team, { name: 'vault' });
  await team.synced('db');
  await enableKv(world().bao, { mount: 'other' });
  await world().bao.api('PUT', 'sys/policies/acl/other', { policy: 'path "other/*" { capabilities = ["read"] }' });
  await world().bao.api('POST', 'auth/kubernetes/role/other', {
    bound_service_account_names: ['app'],
    bound_service_account_namespaces: ['changes'],
    audience: 'vault',
    policies: ['other'],
  });
  const password = secretValue('other');
  await putSecret(world().bao, 'changes/db', { password }, { mount: 'other' });
  const auth = { kubernetes: { role: 'other', serviceAccountRef: { name: 'app', audiences: ['vault'] } } };
  const provider = vaultAt(address(), { kv: { mount: 'other' }, auth });
  await apply(source('changes', 'vault', address(), { provider }));
  await team.secretThat('db', 'the value of the other engine', ({ text }) => text.password === password);
});

test('a source that is deleted leaves the Secret; made again, all is well', async () => {
  const team = await world().teamWithValue('source-deleted');
  await apply(source('source-deleted', 'vault', address(), { default: true }));
  await referTo(team);
  await team.synced('db');
  await world().cluster.remove('SecretSource', 'vault', 'source-deleted');
  await team.failing('db', 'SourceNotFound');
  expect(conditionOf(await team.reference('db'), 'Ready')?.status).toBe('True');
  expect((await team.secret('db'))?.text.password).toBe(team.password);
  await apply(source('source-deleted', 'vault', address(), { default: true }));
  await team.synced('db');
});

describe('a reference to two stores, OpenBao and Databricks,', () => {
  let databricks: Databricks;
  beforeAll(async () => {
    const { authority, server: issuer, ca } = world().controlPlane;
    const tls = await issueCertificate(authority, { commonName: 'databricks', sans: ['127.0.0.1'] });
    databricks = await startWorkspace({ tls, verifier: createTokenVerifier({ issuer, ca }) });
    const metadata = { name: 'databricks-ca', namespace: 'shearline-system' };
    await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': authority.certificate } });
  });
  afterAll(() => databricks?.stop());

  /** In step with `db` of OpenBao, by its default source, and a token of a scope, by the source of its entry. */
  async function inStep(name: string) {
    const team = await world().teamWithValue(name);
    const put = (token: string) => databricks.workspace.put(name, 'token', Buffer.from(token));
    const clientId = `${name}-principal`;
    const subject = `system:serviceaccount:${name}:app`;
    const policies = [{ audiences: ['databricks'], subject }];
    databricks.workspace.principals.set(clientId, { clientId, policies, secrets: [] });
    databricks.workspace.addScope(name, { [clientId]: 'READ' });
    const token = secretValue('token');
    put(token);
    await apply(source(name, 'bao', address(), { default: true }));
    const serviceAccountRef = { name: 'app', audiences: ['databricks'] };
    const provider = {
      databricks: {
        host: databricks.address,
        caBundle: { configMapKeyRef: { name: 'databricks-ca', key: 'ca.crt' } },
        auth: { federation: { clientId, serviceAccountRef } },
      },
    };
    await apply(shared(name, { names: [name] }, { provider }));
    const remoteRef = { key: `${name}/token` };
    const entry = { secretKey: 'token', remoteRef, sourceRef: clusterRef(name) };
    await referTo(team, undefined, { data: [entry] });
    const { status } = await team.synced('db');
    return { team, token, status, put };
  }

  const textOf = async (team: Team) => (await team.secret('db'))?.text;

  test('has the values of both, each from the store that has it', async () => {
    const { team, token, status } = await inStep('two-stores');
    expect(await textOf(team)).toEqual({ password: team.password, token });
    expect(status?.remote.map(({ source, key }) => [source, key]).toSorted()).toEqual([
      ['bao', 'two-stores/db'],
      ['two-stores', 'two-stores/token'],
    ]);
    expect(databricks.seen.map(({ kind, namespace }) => [kind, namespace])).toEqual([
      ['login', 'two-stores'],
      ['read', 'two-stores'],
    ]);
  });

  test('rotates both at once', async () => {
    const { team, put } = await inStep('two-rotated');
    const next = { password: secretValue('next'), token: secretValue('next') };
    await team.put('db', { password: next.password });
    put(next.token);
    expect((await team.rotate('db', 't1')).status?.rotation?.result).toBe('Rotated');
    expect(await textOf(team)).toEqual(next);
  });

  test('takes nothing of the one while the other fails, and both once it is well', async () => {
    const { team, token, put } = await inStep('two-or-none');
    const password = secretValue('next');
    await team.put('db', { password });
    databricks.workspace.scope('two-or-none')?.secrets.delete('token');
    expect((await team.rotate('db', 't1')).status?.rotation).toMatchObject({ result: 'Failed', reason: 'KeyNotFound' });
    expect(await textOf(team)).toEqual({ password: team.password, token });
    put(token);
    expect((await team.rotate('db', 't2')).status?.rotation?.result).toBe('Rotated');
    expect(await textOf(team)).toEqual({ password, token });
  });
});

test.each([
  ['without a provider', { provider: {} }, 'provider'],
  [
    'with two logins',
    {
      provider: vaultAt('https://vault', {
        auth: {
          token: { secretRef: { name: 'a', key: 'b' } },
          appRole: { roleId: 'x', secretIdRef: { name: 'a', key: 'b' } },
        },
      }),
    },
    'set exactly one of kubernetes, jwt, appRole, token',
  ],
  [
    'without a login',
    { provider: vaultAt('https://vault', { auth: {} }) },
    'set exactly one of kubernetes, jwt, appRole, token',
  ],
  [
    'without an audience',
    {
      provider: vaultAt('https://vault', {
        auth: { jwt: { role: 'x', serviceAccountRef: { name: 'a', audiences: [] } } },
      }),
    },
    'audiences',
  ],
])('a source %s is refused by the API server', async (_, spec, why) => {
  await expect(apply(source('default', 'refused', 'https://vault', spec))).rejects.toThrow(why);
});

test('kubectl shows what a source is, and whether it can be used', async () => {
  await world().team('seen');
  await apply(source('seen', 'vault', address(), { default: true }));
  const ready = async () => conditionOf(await world().cluster.read('SecretSource', 'vault', 'seen'), 'Ready')?.status;
  await until('the source to be Ready', async () => (await ready()) === 'True');
  const shown = await world().kubectl('get', 'ssrc', '-n', 'seen');
  expect(shown).toMatch(/NAME +PROVIDER +DEFAULT +READY +REASON +AGE\nvault +vault +true +True +Synced +\d+s/);
});

test.each([
  ['SecretSource', 'told-source', 'told-source'],
  ['ClusterSecretSource', 'told-cluster-source', 'default'],
] as const)('what becomes of a %s is told by events, once each', async (kind, name, where) => {
  await world().team(name);
  const put = (more: object) =>
    apply(kind === 'SecretSource' ? source(name, name, address(), more) : clusterSource(name, address(), more));
  const told = async () =>
    (await world().cluster.list('Event', where))
      .map(raw => EventView.parse(raw))
      .filter(({ regarding }) => regarding.kind === kind && regarding.name === name);
  const first = async (reason: string) =>
    until(`an event ${reason}`, async () => (await told()).some(event => event.reason === reason));
  await put({ provider: vaultAt(address(), { kv: { mount: 'a/../b' } }) });
  await first('InvalidSpec');
  await put({});
  await first('Ready');
  expect((await told()).map(({ type, reason, note }) => `${type} ${reason}: ${note}`).toSorted()).toEqual([
    'Normal Ready: spec, address and CA bundle of vault can be used',
    expect.stringMatching(/^Warning InvalidSpec: kv\.mount "a\/\.\.\/b" has a segment/),
  ]);
});
