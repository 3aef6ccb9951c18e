import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import { json } from '../../servers/answers.ts';
import { issueCertificate } from '../../servers/certificates.ts';
import { until } from '../../servers/process.ts';
import { sharedControlPlane } from '../../servers/shared.ts';
import { startStandIn } from '../../servers/stand-in.ts';
import { faultText, never } from '../wire.ts';
import { type Entrance, entrance } from './enter.ts';
import { allow, audience, type OtherCluster, startOtherCluster } from './other-cluster.ts';

let cluster: ConformanceCluster;
let other: OtherCluster;
let door: Entrance;

beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  other = await startOtherCluster(cluster.controlPlane);
  door = entrance(cluster);
  await other.admin('POST', '/api/v1/namespaces', { metadata: { name: 'store' } });
  await other.admin('POST', '/api/v1/namespaces/store/secrets', {
    metadata: { name: 'db' },
    stringData: { password: canary },
  });
}, 120_000);
afterEach(() => door.close());
afterAll(async () => {
  await other?.controlPlane.stop();
  await cluster?.close();
});

const asApp = (audiences: readonly string[]) => ({ serviceAccountRef: { name: 'app', audiences } });
const server = async () => ({
  address: other.controlPlane.server,
  caBundle: await cluster.caBundle('other-ca', other.controlPlane.ca),
});

test('a token that this cluster takes is never sent to another server', async () => {
  const { authority } = other.controlPlane;
  const tls = await issueCertificate(authority, { commonName: 'stranger', sans: ['127.0.0.1'] });
  const stranger = await startStandIn(() => json({}), { tls });
  const { caBundle } = await server();
  const spec = { server: { address: stranger.address, caBundle }, auth: asApp([audience, cluster.issuer]) };
  expect(faultText(await door.enter(spec))).toMatch(
    /^SourceInvalid: .* would hand a token of ServiceAccount .*\/app that this cluster's API server accepts to the store/,
  );
  expect(stranger.requests).toEqual([]);
  await door.session({ ...spec, auth: asApp([audience]) }).catch(() => undefined);
  expect(stranger.requests).toHaveLength(1);
  await stranger.stop();
});

test('an audience that the other cluster does not trust is a refused login', async () => {
  expect(faultText(await door.enter({ server: await server(), auth: asApp(['nobody-trusts-this']) }))).toMatch(
    /^AuthFailed: the API server at 127\.0\.0\.1:\d+ refused the token of ServiceAccount .*\/app: it must trust this cluster's issuer for the audience nobody-trusts-this/,
  );
});

test('RBAC there decides, under the name that it has there', async () => {
  const session = await door.session({ server: await server(), auth: asApp([audience]) });
  const user = other.userOf(cluster.namespace('team-a'), 'app');
  expect(faultText(await session.read({ key: 'secrets/store/db' }, never))).toContain(
    `does not let user "${user}" get secrets/store/db`,
  );
  await allow(other, 'store', [user], { verbs: ['get'], resources: ['secrets'] });
  await until('RBAC', async () => (await session.read({ key: 'secrets/store/db' }, never)).ok);
});

test('a token of the other cluster in a Secret is a login until its ServiceAccount is gone', async () => {
  const accounts = '/api/v1/namespaces/store/serviceaccounts';
  await other.admin('POST', accounts, { metadata: { name: 'robot' } });
  const { status } = await other.admin('POST', `${accounts}/robot/token`, { spec: {} });
  await cluster.credential('other-token', { token: `${status?.token}\n` });
  await allow(other, 'store', ['system:serviceaccount:store:robot'], { verbs: ['get'], resources: ['secrets'] });
  const spec = { server: await server(), auth: { token: { secretRef: { name: 'other-token', key: 'token' } } } };
  const session = await door.session(spec);
  await until('RBAC', async () => (await session.read({ key: 'secrets/store/db/password' }, never)).ok);
  await other.admin('DELETE', `${accounts}/robot`);
  await until(
    'the end of the login',
    async () => faultText(await session.read({ key: 'store/db' }, never)) === 'login-expired',
  );
  expect(faultText(await door.enter(spec))).toMatch(
    /^AuthFailed: .* refused the token in Secret "other-token": it has ended/,
  );
});
