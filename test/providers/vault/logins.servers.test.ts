import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseCaBundle } from '../../../src/net/tls.ts';
import { vault } from '../../../src/providers/vault/index.ts';
import type { ControlPlaneAccess } from '../../servers/access.ts';
import type { OpenBao } from '../../servers/openbao.ts';
import { startOpenBao } from '../../servers/openbao.ts';
import {
  appRole,
  enableAppRole,
  enableJwtAuth,
  enableKubernetesAuth,
  jwtRole,
  kubernetesRole,
} from '../../servers/openbao-auth.ts';
import { createNamespace, enableKv, policy, putSecret } from '../../servers/openbao-secrets.ts';
import { sharedControlPlane } from '../../servers/shared.ts';
import { faultText } from './rig.ts';
import type { PortValues } from './setting.ts';
import { appRoleAuth, closeTransports, loggedIn, never, ports, spec, tokenAuth, tokenOf } from './setting.ts';

const canary = 'CANARY-7f3a';
const namespace = 'vault-provider';
const account = { serviceAccount: 'etl-reader', namespace };
let controlPlane: ControlPlaneAccess;
let bao: OpenBao;
let authorities: readonly string[];

beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  await controlPlane.kubectl(['create', 'namespace', namespace]);
  await controlPlane.kubectl(['-n', namespace, 'create', 'serviceaccount', account.serviceAccount]);
  await controlPlane.kubectl(['-n', namespace, 'create', 'serviceaccount', 'stranger']);
  bao = await startOpenBao({ tls: { host: '127.0.0.1' } });
  const parsed = parseCaBundle(bao.caBundle ?? '');
  authorities = parsed.ok ? parsed.value : [];
  await policy(bao, 'etl', { 'secret/data/etl/*': ['read'] });
  await enableKubernetesAuth(bao, controlPlane);
  await enableJwtAuth(bao, controlPlane);
  await enableAppRole(bao);
  const role = { name: 'etl', serviceAccount: 'etl-reader', serviceAccountNamespace: namespace, policies: ['etl'] };
  await kubernetesRole(bao, role);
  await jwtRole(bao, role);
  await putSecret(bao, 'etl/warehouse', { password: canary });
}, 120_000);

afterAll(async () => {
  await closeTransports();
  await bao?.stop();
});

const serviceAccountRef = { name: 'etl-reader', audiences: ['vault'] };
const kubernetes = { role: 'etl', serviceAccountRef };
const at = (auth: object, more: object = {}) => spec({ address: bao.address, auth, ...more });

async function loginFault(auth: object, values: PortValues, more: object = {}): Promise<string> {
  const result = await vault.login(at(auth, more), ports({ authorities, ...values }), never);
  expect(JSON.stringify(result)).not.toMatch(/CANARY|eyJ/);
  return result.ok ? 'logged in' : `${result.fault.reason}: ${result.fault.message}`;
}

describe('each login reads', () => {
  test.each([['kubernetes'], ['jwt']])('%s', async method => {
    const token = await controlPlane.token(account, { audiences: ['vault'] });
    const session = await loggedIn(at({ [method]: kubernetes }), { token, authorities });
    expect((session.expiresAt ?? 0) - performance.timeOrigin - performance.now()).toBeLessThanOrEqual(60_000);
    expect(await session.read({ key: 'etl/warehouse' }, never)).toMatchObject({ ok: true, value: { version: '1' } });
    await session.close(never);
    expect(await session.read({ key: 'etl/warehouse' }, never)).toEqual({
      ok: false,
      fault: { kind: 'login-expired' },
    });
  });

  test('appRole, and a single-use secret id is known to be used up', async () => {
    const lookup = { 'auth/approle/role/+/secret-id/lookup': ['update'] };
    await policy(bao, 'lookup', lookup);
    const role = await appRole(bao, { name: 'once', policies: ['etl', 'lookup'], secretIdUses: 1 });
    const credentials = { 'role-id': role.roleId, 'secret-id': await role.newSecretId() };
    const session = await loggedIn(at(appRoleAuth), { credentials, authorities });
    expect(session.irreplaceable).toBe(true);
    expect(session.usesLeft).toBeUndefined();
    expect((await session.read({ key: 'etl/warehouse' }, never)).ok).toBe(true);
    expect(await loginFault(appRoleAuth, { credentials })).toMatch(
      /^AuthFailed: Vault at 127.0.0.1:\d+ refused the login of an AppRole on auth\/approle in the root namespace: check the mount and the role id, and that the secret id/,
    );
    const again = await appRole(bao, { name: 'often', policies: ['etl', 'lookup'] });
    const often = { 'role-id': again.roleId, 'secret-id': await again.newSecretId() };
    const free = await loggedIn(at(appRoleAuth), { credentials: often, authorities });
    expect([free.irreplaceable, free.rightsFromLogin]).toEqual([false, true]);
    const five = await appRole(bao, { name: 'five', policies: ['etl', 'lookup'], secretIdUses: 5 });
    const counted = { 'role-id': five.roleId, 'secret-id': await five.newSecretId() };
    const careful = await loggedIn(at(appRoleAuth), { credentials: counted, authorities });
    expect([careful.irreplaceable, careful.rightsFromLogin]).toEqual([false, false]);
  });

  test('and counts what a token is good for as the store does', async () => {
    const { roleId, newSecretId } = await appRole(bao, { name: 'six', policies: ['etl'] });
    await bao.api('POST', 'auth/approle/role/six', { token_num_uses: 6 });
    const credentials = { 'role-id': roleId, 'secret-id': await newSecretId() };
    const enter = () => loggedIn(at(appRoleAuth), { credentials, authorities });
    const session = await enter();
    expect(session.usesLeft?.()).toBe(5); // its secret id was looked for
    expect(session.renew).toBeUndefined();
    for (const key of ['etl/warehouse', 'etl/none', 'etl/warehouse', 'etl/none']) await session.read({ key }, never);
    expect(session.usesLeft?.()).toBe(1);
    expect((await session.read({ key: 'etl/warehouse' }, never)).ok).toBe(true);
    expect(session.usesLeft?.()).toBe(0);
    const ended = { ok: false, fault: { kind: 'login-expired' } };
    expect(await session.read({ key: 'etl/warehouse' }, never)).toEqual(ended);
    const refused = await enter();
    await refused.read({ key: 'refused' }, never);
    expect(refused.usesLeft?.()).toBe(3); // it was asked whether it lives
  });

  test('token, which is not revoked', async () => {
    const made = await bao.api('POST', 'auth/token/create', { policies: ['etl'], ttl: '60s' });
    const token = tokenOf(made);
    const session = await loggedIn(at(tokenAuth), { credentials: { token }, authorities });
    expect((await session.read({ key: 'etl/warehouse' }, never)).ok).toBe(true);
    await session.close(never);
    expect((await session.read({ key: 'etl/warehouse' }, never)).ok).toBe(true);
    const renewed = await session.renew?.(never);
    expect(renewed?.ok && (renewed.value ?? 0) >= (session.expiresAt ?? 0)).toBe(true);
  });

  test('a batch token is neither renewed nor revoked, a root token never ends', async () => {
    const batch = tokenOf(await bao.api('POST', 'auth/token/create', { policies: ['etl'], ttl: '60s', type: 'batch' }));
    const session = await loggedIn(at(tokenAuth), { credentials: { token: batch }, authorities });
    expect(session.renew).toBeUndefined();
    expect((await session.read({ key: 'etl/warehouse' }, never)).ok).toBe(true);
    const root = await loggedIn(at(tokenAuth), { credentials: { token: bao.rootToken }, authorities });
    expect(root.expiresAt).toBeUndefined();
  });

  test('in a namespace', async () => {
    await createNamespace(bao, 'tenant');
    await enableKv(bao, { mount: 'secret', namespace: 'tenant' });
    await putSecret(bao, 'etl/inner', { password: canary }, { namespace: 'tenant' });
    await policy(bao, 'etl', { 'secret/data/etl/*': ['read'] }, 'tenant');
    await enableAppRole(bao, { namespace: 'tenant' });
    const role = await appRole(bao, { name: 'inner', policies: ['etl'], namespace: 'tenant' });
    const credentials = { 'role-id': role.roleId, 'secret-id': await role.newSecretId() };
    const session = await loggedIn(at(appRoleAuth, { namespace: 'tenant' }), { credentials, authorities });
    expect((await session.read({ key: 'etl/inner' }, never)).ok).toBe(true);
    expect(faultText(await session.read({ key: 'other' }, never))).toMatch(
      /its policy in namespace "tenant" needs path/,
    );
    expect(await loginFault(appRoleAuth, { credentials }, { namespace: 'nobody' })).toMatch(
      /^AuthFailed: .* of an AppRole on auth\/approle in namespace "nobody": there is no such namespace/,
    );
  });
});

describe('a login in one namespace reads from an engine in one below it', () => {
  beforeAll(async () => {
    await createNamespace(bao, 'above');
    await createNamespace(bao, 'below', 'above');
    for (const namespace of ['above', 'above/below']) {
      await enableKv(bao, { mount: 'values', namespace });
      await putSecret(bao, 'etl/inner', { password: canary }, { mount: 'values', namespace });
    }
    await enableAppRole(bao, { namespace: 'above' });
  });

  /** Of a role of its own in that namespace, with a policy there. */
  async function credentials(rules: Readonly<Record<string, readonly string[]>>, namespace?: string) {
    await policy(bao, 'inner', rules, namespace);
    const place = namespace === undefined ? {} : { namespace };
    const role = await appRole(bao, { name: 'inner', policies: ['inner'], ttl: '10m', ...place });
    return { 'role-id': role.roleId, 'secret-id': await role.newSecretId() };
  }

  interface Row {
    readonly how: string;
    readonly source: { readonly namespace?: string; readonly kv: { readonly mount: string } };
    /** `auth.namespace`. */
    readonly login?: string;
    /** As policies name the engine, and where they are. */
    readonly engine: string;
    readonly place?: string;
  }

  test.each<Row>([
    { how: 'by the path of its mount', source: { kv: { mount: 'above/values/' } }, engine: 'above/values' },
    {
      how: 'by the namespaces of both',
      source: { namespace: 'above/', kv: { mount: 'values' } },
      login: 'root',
      engine: 'above/values',
    },
    {
      how: 'further down',
      source: { namespace: 'above/below', kv: { mount: 'values' } },
      login: 'above/',
      engine: 'below/values',
      place: 'above',
    },
  ])('$how', async ({ source, login, engine, place }) => {
    const auth = { ...appRoleAuth, ...(login !== undefined && { namespace: login }) };
    const enter = async () =>
      loggedIn(at(auth, source), {
        credentials: await credentials({ [`${engine}/data/etl/*`]: ['read'] }, place),
        authorities,
      });
    const session = await enter();
    expect((await session.read({ key: 'etl/inner' }, never)).ok).toBe(true);
    expect(faultText(await session.read({ key: 'etl/none' }, never))).toMatch(/^KeyNotFound/);
    expect((await session.renew?.(never))?.ok).toBe(true);
    await session.close(never);
    expect(await session.read({ key: 'etl/inner' }, never)).toEqual({ ok: false, fault: { kind: 'login-expired' } });
    expect(faultText(await (await enter()).read({ key: 'other' }, never))).toContain(
      `its policy${place ? ` in namespace "${place}"` : ''} needs path "${engine}/data/other" { capabilities = ["read"] }`,
    );
  });
});

describe('a login that is refused says which part', () => {
  const audience = async (name: string, of = account) => ({
    token: await controlPlane.token(of, { audiences: [name] }),
  });
  const stranger = { ...account, serviceAccount: 'stranger' };

  test('role', async () => {
    const wrong = { ...kubernetes, role: 'nobody' };
    const token = await audience('vault');
    expect(await loginFault({ kubernetes: wrong }, token)).toMatch(
      /ServiceAccount vault-provider\/etl-reader with role "nobody" on auth\/kubernetes in the root namespace: there is no such role$/,
    );
    expect(await loginFault({ jwt: wrong }, token)).toMatch(
      /with role "nobody" on auth\/jwt in the root namespace: there is no such role$/,
    );
  });

  test('audience', async () => {
    const token = await audience('another');
    expect(await loginFault({ kubernetes }, token)).toMatch(/^AuthFailed: .*audience/);
    expect(await loginFault({ jwt: kubernetes }, token)).toMatch(/^AuthFailed: .*audience/);
  });

  test('subject', async () => {
    const token = await audience('vault', stranger);
    expect(await loginFault({ kubernetes }, token)).toMatch(
      /^AuthFailed: .*vault-provider\/stranger .*bound_service_account_names/,
    );
    expect(await loginFault({ jwt: kubernetes }, token)).toMatch(
      /^AuthFailed: .*vault-provider\/stranger .*bound_subject/,
    );
  });

  test('mount', async () => {
    const token = await audience('vault');
    expect(await loginFault({ kubernetes: { ...kubernetes, mount: 'nope' } }, token)).toMatch(
      /on auth\/nope in the root namespace: check the mount, the role's bound_service_account_names/,
    );
  });

  test('a certificate of an authority that is not in the bundle', async () => {
    expect(await loginFault({ kubernetes }, { ...(await audience('vault')), authorities: [controlPlane.ca] })).toMatch(
      /^ProviderUnavailable: Vault at 127.0.0.1:\d+ shows a certificate that is not signed by an authority of caBundle/,
    );
  });
});
