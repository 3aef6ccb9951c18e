import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { searchForCanary, secretValue } from '../canary.ts';
import { cli } from '../cli/cli.ts';
import { openBaoAudit } from '../servers/audit.ts';
import {
  appRole,
  enableAppRole,
  enableJwtAuth,
  enableKubernetesAuth,
  jwtRole,
  kubernetesRole,
} from '../servers/openbao-auth.ts';
import { createNamespace, enableKv, policy, putSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { source, vaultAt } from './manifests.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const address = () => world().bao.address;

/** A SecretSource `own` of the team, and a reference `db` to it. */
async function referThrough(team: Team, vault: object, at = address()): Promise<void> {
  await world().cluster.apply(source(team.namespace, 'own', at, { provider: vaultAt(at, vault) }));
  await team.refer('db', { sourceRef: { name: 'own' }, dataFrom: [team.extract('db')] });
}

const asApp = { name: 'app', audiences: ['vault'] };
const passwordOf = async (team: Team) => (await team.secret('db'))?.text.password;

/** A Secret that serves as credential. */
const credential = (namespace: string, stringData: Readonly<Record<string, string>>) =>
  world().cluster.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace, labels: { 'shearline.dev/credential': 'true' } },
    stringData,
  });

/** The logins in a namespace of OpenBao, by their paths, as it wrote them down. */
const loginsIn = async (namespace: string) =>
  (await openBaoAudit(world().bao))
    .filter(({ type, request }) => type === 'request' && request.namespace?.path === `${namespace}/`)
    .flatMap(({ request: { path } }) => (/^auth\/.*\/login$/.test(path) ? [path] : []));

describe('every login works end to end:', () => {
  test('jwt', async () => {
    const team = await world().teamWithValue('by-jwt');
    await enableJwtAuth(world().bao, world().controlPlane);
    await jwtRole(world().bao, {
      name: 'app',
      serviceAccount: 'app',
      serviceAccountNamespace: 'by-jwt',
      policies: ['app'],
    });
    await referThrough(team, { auth: { jwt: { role: 'app', serviceAccountRef: asApp } } });
    await team.synced('db');
    expect(await passwordOf(team)).toBe(team.password);
  });

  test('appRole, even with a secret id that is good for one login', async () => {
    const team = await world().teamWithValue('by-approle');
    await enableAppRole(world().bao);
    const { roleId, newSecretId } = await appRole(world().bao, {
      name: 'app',
      policies: ['app'],
      secretIdUses: 1,
      ttl: '10m',
    });
    await credential('by-approle', { 'secret-id': `${await newSecretId()}\n` });
    await referThrough(team, { auth: { appRole: { roleId, secretIdRef: { name: 'login', key: 'secret-id' } } } });
    await team.synced('db');
    const second = secretValue('second');
    await team.put('db', { password: second });
    const { status } = await team.rotate('db', 't1');
    expect(status?.rotation?.result).toBe('Rotated');
    expect(await world().audits.logins('approle')).toBe(1);
  });

  test('token', async () => {
    const team = await world().teamWithValue('by-token');
    await credential('by-token', { token: world().bao.rootToken });
    await referThrough(team, { auth: { token: { secretRef: { name: 'login', key: 'token' } } } });
    await team.synced('db');
    expect(await passwordOf(team)).toBe(team.password);
  });

  describe('in a namespace of OpenBao, with an engine of version 1 there:', () => {
    const place = { namespace: 'tenant' };
    beforeAll(async () => {
      const { bao, controlPlane } = world();
      await createNamespace(bao, place.namespace);
      await policy(bao, 'app', { 'plain/*': ['read'] }, place.namespace);
      await enableKv(bao, { mount: 'plain', version: 1, ...place });
      await enableKubernetesAuth(bao, controlPlane, place);
      await enableJwtAuth(bao, controlPlane, place);
    });

    test.each([
      ['kubernetes', kubernetesRole],
      ['jwt', jwtRole],
    ] as const)('%s', async (method, makeRole) => {
      const name = `in-tenant-by-${method}`;
      const team = await world().team(name);
      const password = secretValue('tenant');
      await putSecret(world().bao, `${name}/db`, { password }, { mount: 'plain', version: 1, ...place });
      await makeRole(world().bao, {
        name,
        serviceAccount: 'app',
        serviceAccountNamespace: name,
        policies: ['app'],
        ...place,
      });
      const auth = { [method]: { role: name, serviceAccountRef: asApp } };
      const before = await loginsIn(place.namespace);
      await referThrough(team, { namespace: place.namespace, kv: { mount: 'plain', version: 1 }, auth });
      const { status } = await team.synced('db');
      expect(await passwordOf(team)).toBe(password);
      expect(status?.remote).toEqual([{ source: 'own', key: `${name}/db` }]);
      expect(await loginsIn(place.namespace)).toEqual([...before, `auth/${method}/login`]);
    });

    test('kubernetes, and the engine is in the namespace below', async () => {
      const [name, below] = ['below-by-kubernetes', `${place.namespace}/below`];
      const { bao } = world();
      await createNamespace(bao, 'below', place.namespace);
      await enableKv(bao, { mount: 'values', namespace: below });
      const password = secretValue('below');
      const team = await world().team(name);
      await putSecret(bao, `${name}/db`, { password }, { mount: 'values', namespace: below });
      await policy(bao, 'further', { 'below/values/data/*': ['read'] }, place.namespace);
      await kubernetesRole(bao, {
        name,
        serviceAccount: 'app',
        serviceAccountNamespace: name,
        policies: ['further'],
        ...place,
      });
      const auth = { ...place, kubernetes: { role: name, serviceAccountRef: asApp } };
      const before = await loginsIn(place.namespace);
      await referThrough(team, { namespace: below, kv: { mount: 'values' }, auth });
      await team.synced('db');
      expect(await passwordOf(team)).toBe(password);
      expect([await loginsIn(place.namespace), await loginsIn(below)]).toEqual([
        [...before, 'auth/kubernetes/login'],
        [],
      ]);
    });
  });
});

describe('a login that is refused says which part of it, and works once that is fixed:', () => {
  test('the role', async () => {
    const team = await world().teamWithValue('wrong-role');
    await referThrough(team, { auth: { kubernetes: { role: 'missing', serviceAccountRef: asApp } } });
    expect(await team.failing('db', 'AuthFailed')).toMatch(
      /refused the login of ServiceAccount wrong-role\/app with role "missing" on auth\/kubernetes in the root namespace: there is no such role/,
    );
    await referThrough(team, {});
    await team.synced('db');
  });

  test('namespace, ServiceAccount and audience that the role is bound to', async () => {
    const rows = [
      ['bound-namespace', { serviceAccountNamespace: 'another' }, 'bound_service_account_namespaces do not have it'],
      ['bound-account', { serviceAccount: 'another' }, 'bound_service_account_names do not have it'],
      ['bound-audience', { audience: 'another' }, "the token's audience is not the one that the role is bound to"],
    ] as const;
    await Promise.all(
      rows.map(async ([name, bound, why]) => {
        const team = await world().teamWithValue(name);
        const role = { name, serviceAccount: 'app', serviceAccountNamespace: name, policies: ['app'] };
        await kubernetesRole(world().bao, { ...role, ...bound });
        await referThrough(team, { auth: { kubernetes: { role: name, serviceAccountRef: asApp } } });
        expect(await team.failing('db', 'AuthFailed')).toContain(why);
        expect(conditionOf(await team.reference('db'), 'Reconciling')?.status).toBe('True');
        await kubernetesRole(world().bao, role);
        // By itself after 15 to 30 s; a rotation asks the store again after five.
        await until('a rotation to succeed', async () => {
          const { status } = await team.rotate('db', `t-${performance.now()}`);
          return status?.rotation?.result !== 'Failed';
        });
      }),
    );
  });

  test('a login that the store has forgotten is made again, once', async () => {
    const team = await world().teamWithValue('forgotten');
    await team.refer('db');
    await team.synced('db');
    await world().bao.api('POST', 'sys/leases/revoke-prefix/auth/kubernetes/login', {});
    const logins = await world().audits.logins('kubernetes');
    const { status } = await team.rotate('db', 't1');
    expect(status?.rotation?.result).toBe('NoChange');
    expect((await world().audits.logins('kubernetes')) - logins).toBe(1);
  });
});

describe('shearline doctor says what is wrong with a login, and the commands that it prints put it right:', () => {
  interface Report {
    readonly code: number;
    readonly said: string;
    readonly fixes: readonly string[];
  }
  const Findings = z.object({
    findings: z.array(z.object({ ok: z.boolean(), what: z.string(), fix: z.string().optional() })),
  });

  const Role = z.object({ data: z.looseObject({ token_policies: z.array(z.string()) }) });

  /** With the rights of an administrator, whose kubeconfig it is. */
  async function examined(namespace: string, kubeconfig = world().controlPlane.adminKubeconfig): Promise<Report> {
    const { code, out, err } = await cli(['doctor', 'db', '-n', namespace, '--kubeconfig', kubeconfig, '-o', 'json']);
    expect(err).toBe('');
    const { findings } = Findings.parse(JSON.parse(out));
    expect(searchForCanary({ out })).toEqual([]);
    const said = findings.map(({ ok, what }) => `${ok ? 'ok' : 'FAIL'} ${what}`).join('\n');
    return { code, said, fixes: findings.flatMap(({ fix }) => fix ?? []) };
  }

  /** As somebody who may do everything in OpenBao types it. */
  async function type(command: string): Promise<void> {
    const { bao } = world();
    const env = {
      PATH: `${dirname(bao.command)}:${process.env.PATH}`,
      BAO_ADDR: bao.loopback,
      BAO_TOKEN: bao.rootToken,
    };
    await promisify(execFile)('bash', ['-c', command], { env });
  }

  test.each([
    ['kubernetes', {}],
    ['jwt', { mount: 'doctors-jwt' }],
  ] as const)('%s', async (method, place) => {
    const namespace = `doctor-${method}`;
    const mount = 'mount' in place ? place.mount : method;
    const team = await world().teamWithValue(namespace);
    if (method === 'jwt') await enableJwtAuth(world().bao, world().controlPlane, place);
    await referThrough(team, { auth: { [method]: { role: namespace, serviceAccountRef: asApp, ...place } } });
    await team.failing('db', 'AuthFailed');

    const refused = await examined(namespace);
    expect(refused.code).toBe(1);
    expect(refused.said).toMatch(
      new RegExp(
        `^ok ServiceAccount ${namespace}/app has a token with aud vault, sub system:serviceaccount:${namespace}:app, for 10 minutes\nFAIL .* refused the login .*\nFAIL ${namespace}/db: AuthFailed`,
      ),
    );
    expect(refused.fixes).toHaveLength(1);
    await type(refused.fixes[0] ?? '');

    const denied = await examined(namespace);
    expect(denied.code).toBe(1);
    expect(denied.said).toMatch(/lets it in, with the policies default, shearline-/);
    expect(denied.said).toContain(`FAIL they do not allow read on secret/data/${namespace}/db`);
    expect(denied.said).toMatch(/AccessDenied/);
    const role = () => world().bao.api('GET', `auth/${mount}/role/${namespace}`);
    const before = Role.parse(await role()).data;
    await type(denied.fixes[0] ?? '');
    // Nobody else is let in, and nothing is taken away.
    const { token_policies: policies, ...bound } = Role.parse(await role()).data;
    expect(policies).toEqual(expect.arrayContaining(before.token_policies));
    expect({ ...bound, token_policies: before.token_policies }).toEqual(before);

    const well = await examined(namespace);
    expect(well).toMatchObject({ code: 0, fixes: [] });
    expect(well.said).toContain(
      `ok they allow read on secret/data/${namespace}/db\nok ${namespace}/db: 1 key from SecretSource own`,
    );
  });

  test('to somebody who may not have a token it says so, and shows nothing else', async () => {
    const team = await world().teamWithValue('doctor-viewer');
    await referThrough(team, {});
    await team.synced('db');
    await world().kubectl(
      'create',
      'rolebinding',
      'viewer',
      '-n',
      'doctor-viewer',
      '--clusterrole=view',
      '--user=viewer',
    );
    const viewer = await world().controlPlane.kubeconfigFor({ user: 'viewer' });
    const { code, said } = await examined('doctor-viewer', viewer);
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringContaining('your kubeconfig may not create a token for'),
    });
    expect(await cli(['doctor', 'none', '-n', 'doctor-viewer', '--kubeconfig', viewer])).toMatchObject({
      code: 2,
      err: expect.stringContaining('SecretReference doctor-viewer/none does not exist'),
    });
  });
});
