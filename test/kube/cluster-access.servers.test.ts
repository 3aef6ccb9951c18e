import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { type MetadataObject, parseMetadataObject } from '../../src/core/object-meta.ts';
import type { Informer } from '../../src/kube/api.ts';
import { createClusterAccess } from '../../src/kube/cluster-access.ts';
import { informerOf } from '../../src/kube/http-source.ts';
import type { ClusterAccess } from '../../src/remote/ports.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import {
  base64,
  type Connected,
  connect,
  create,
  merge,
  must,
  never,
  newNamespace,
  secrets,
  serviceAccounts,
} from './connected.ts';
import { until } from './until.ts';

const canary = 'CANARY-7f3a';
const stop = new AbortController();
let admin: Connected;
let access: ClusterAccess;
let namespace: string;
let accounts: Informer<MetadataObject>;
let uid: string;

beforeAll(async () => {
  admin = await connect((await sharedControlPlane()).adminKubeconfig);
  const { client, transport } = admin;
  namespace = await newNamespace(client);
  const watching = (plural: string, labelSelector?: string) => {
    const selection = { resource: { ...secrets, plural }, namespace, metadataOnly: true };
    const selected = labelSelector === undefined ? selection : { ...selection, labelSelector };
    const informer = informerOf(transport.dedicated(), selected, parseMetadataObject, {
      clock: systemClock,
      random: Math.random,
      report: () => {},
    });
    void informer.run(stop.signal);
    return informer;
  };
  accounts = watching('serviceaccounts');
  const credentials = watching('secrets', 'shearline.dev/credential=true');
  access = createClusterAccess({
    client,
    address: '',
    asBearer: transport.asBearer,
    serviceAccounts: accounts,
    credentials,
  });
  await must(create(client, serviceAccounts, namespace, { metadata: { name: 'etl-reader' } }));
  await until(() => access.serviceAccount(namespace, 'etl-reader')?.uid !== undefined);
  uid = access.serviceAccount(namespace, 'etl-reader')?.uid ?? '';
});
afterAll(async () => {
  stop.abort();
  await admin?.[Symbol.asyncDispose]();
});

const mint = (audiences: readonly string[], as = { namespace, name: 'etl-reader', uid }) =>
  access.mintToken(as, audiences, never);

async function acceptedWith(audiences: readonly string[]) {
  const token = await mint(audiences);
  if (!token.ok) throw new Error(token.fault.message);
  return access.acceptsToken(token.value, never);
}

test('a token for an audience of its own is not accepted by the API server, one for the API server is', async () => {
  const { server } = await sharedControlPlane();
  expect(await acceptedWith(['vault'])).toEqual({ ok: true, value: false });
  expect(await acceptedWith([server])).toEqual({ ok: true, value: true });
  expect(await acceptedWith(['vault', server])).toEqual({ ok: true, value: true });
});

test('a token is bound to its audiences and to the ServiceAccount that was meant', async () => {
  const token = await mint(['vault', 'openbao']);
  const [, payload = ''] = (token.ok && token.value.revealText()?.split('.')) || [];
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  expect(claims).toMatchObject({ aud: ['vault', 'openbao'], 'kubernetes.io': { serviceaccount: { uid } } });
  expect(claims.exp - claims.iat).toBe(600);
  const another = await mint(['vault'], { namespace, name: 'etl-reader', uid: 'of the one before' });
  expect(another).toMatchObject({ ok: false, fault: { reason: 'KubernetesUnavailable' } });
  const missing = await mint(['vault'], { namespace, name: 'nobody', uid });
  expect(missing).toMatchObject({ ok: false, fault: { reason: 'ServiceAccountNotFound' } });
});

test('a credential is read once it carries the label, and known to the cache then', async () => {
  const body = { metadata: { name: 'vault-token' }, data: { token: base64(canary) } };
  await must(create(admin.client, secrets, namespace, body));
  const field = { name: 'vault-token', key: 'token' };
  const refused = await access.credentialField(namespace, field, never);
  expect(refused).toMatchObject({ ok: false, fault: { reason: 'SourceInvalid' } });
  expect(access.credentialVersion(namespace, 'vault-token')).toBeUndefined();
  await must(
    merge(admin.client, secrets, `${namespace}/vault-token`, {
      metadata: { labels: { 'shearline.dev/credential': 'true' } },
    }),
  );
  const read = await access.credentialField(namespace, field, never);
  expect(read.ok && read.value.revealText()).toBe(canary);
  await until(() => access.credentialVersion(namespace, 'vault-token') !== undefined);
  expect(JSON.stringify([refused, read])).not.toContain(canary);
});
