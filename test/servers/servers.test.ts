import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ControlPlaneAccess } from './access.ts';
import { apiServerAudit, countLogins, countReads, openBaoAudit } from './audit.ts';
import { type OpenBao, startOpenBao } from './openbao.ts';
import { appRole, enableAppRole, enableJwtAuth, jwtRole, kubernetesRole, login } from './openbao-auth.ts';
import { createNamespace, enableKv, policy, putSecret } from './openbao-secrets.ts';
import { until } from './process.ts';
import { sharedControlPlane } from './shared.ts';

jest.setTimeout(60_000);

let controlPlane: ControlPlaneAccess;
let bao: OpenBao;
const namespace = `smoke-${process.pid}`;
const app = { serviceAccount: 'app', namespace };
const role = { name: 'app', serviceAccount: 'app', serviceAccountNamespace: namespace, policies: ['app'] };

beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  await controlPlane.kubectl(['create', 'namespace', namespace]);
  await controlPlane.kubectl(['create', 'serviceaccount', 'app', '--namespace', namespace]);
  bao = await startOpenBao({ controlPlane });
  await policy(bao, 'app', { [`secret/data/${namespace}/*`]: ['read'], 'plain/*': ['read'] });
});

afterAll(async () => {
  await bao?.stop();
  await controlPlane?.kubectl(['delete', 'namespace', namespace]);
});

test('a new namespace gets its default ServiceAccount, because the controller-manager is real', async () => {
  const get = ['get', 'serviceaccount', 'default', '--namespace', namespace, '--ignore-not-found', '--output', 'name'];
  const found = async () => (await controlPlane.kubectl(get)).trim();
  await until('the default ServiceAccount', async () => (await found()) !== '');
  expect(await found()).toBe('serviceaccount/default');
});

test('a token for the audience vault is refused by the API server and accepted by a TokenReview for that audience', async () => {
  const token = await controlPlane.token(app, { audiences: ['vault'] });
  const kubeconfig = await controlPlane.kubeconfigFor('anonymous');
  const whoami = (presented: string) =>
    controlPlane.kubectl(['auth', 'whoami', '--output', 'json', '--token', presented], { kubeconfig });
  await expect(whoami(token)).rejects.toThrow(/Unauthorized|logged in/);
  expect(await whoami(await controlPlane.token(app))).toContain(`system:serviceaccount:${namespace}:app`);

  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: ['vault'] } };
  const create = ['create', '--filename', '-', '--output', 'json'];
  const answer = JSON.parse(await controlPlane.kubectl(create, { input: JSON.stringify(review) }));
  expect(answer.status).toMatchObject({
    authenticated: true,
    user: { username: `system:serviceaccount:${namespace}:app` },
  });
});

test('a Kubernetes login at OpenBao reads a secret, and both audit logs saw it', async () => {
  expect(await putSecret(bao, `${namespace}/warehouse`, { password: 'one' })).toBe(1);
  await kubernetesRole(bao, role);
  const token = await login(bao, 'kubernetes', {
    role: 'app',
    jwt: await controlPlane.token(app, { audiences: ['vault'] }),
  });
  const path = `secret/data/${namespace}/warehouse`;
  const secret = await bao.api('GET', path, undefined, { token });
  expect(secret).toMatchObject({ data: { data: { password: 'one' }, metadata: { version: 1 } } });
  await expect(bao.api('GET', 'secret/data/other', undefined, { token })).rejects.toMatchObject({ status: 403 });

  const entries = await openBaoAudit(bao);
  expect([countLogins(entries, 'kubernetes'), countReads(entries, path)]).toEqual([1, 1]);
  const reviews = async () =>
    (await apiServerAudit(controlPlane)).filter(
      ({ user, objectRef }) =>
        user.username === 'system:serviceaccount:openbao:reviewer' && objectRef?.resource === 'tokenreviews',
    );
  await until('the TokenReview in the audit log', async () => (await reviews()).length > 0);
});

test('JWT and AppRole logins work too, in a namespace of OpenBao and with a version 1 engine', async () => {
  const place = { namespace: 'tenant' };
  await createNamespace(bao, 'tenant');
  await policy(bao, 'app', { 'plain/*': ['read'] }, 'tenant');
  await enableKv(bao, { mount: 'plain', version: 1, ...place });
  await putSecret(bao, 'warehouse', { password: 'two' }, { mount: 'plain', version: 1, ...place });
  await enableJwtAuth(bao, controlPlane, place);
  await jwtRole(bao, { ...role, ...place });
  await enableAppRole(bao, place);
  const { roleId, newSecretId } = await appRole(bao, { name: 'app', policies: ['app'], secretIdUses: 1, ...place });

  const jwt = await controlPlane.token(app, { audiences: ['vault'] });
  const credentials = { role_id: roleId, secret_id: await newSecretId() };
  const byJwt = await login(bao, 'jwt', { role: 'app', jwt }, 'tenant');
  const byAppRole = await login(bao, 'approle', credentials, 'tenant');
  for (const token of [byJwt, byAppRole]) {
    expect(await bao.api('GET', 'plain/warehouse', undefined, { token, ...place })).toMatchObject({
      data: { password: 'two' },
    });
  }
  await expect(login(bao, 'approle', credentials, 'tenant')).rejects.toMatchObject({ status: 400 });
});

test('OpenBao over TLS is trusted by its bundle and by nothing else', async () => {
  const secure = await startOpenBao({ tls: { host: '127.0.0.1' } });
  try {
    await expect(secure.api('GET', 'sys/seal-status')).resolves.toMatchObject({ sealed: false });
    await expect(fetch(`${secure.address}/v1/sys/health`)).rejects.toThrow();
  } finally {
    await secure.stop();
  }
});
