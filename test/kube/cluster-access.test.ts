import { describe, expect, test } from '@jest/globals';
import { SecretValue } from '../../src/core/secret-value.ts';
import type { Lister, MetadataObject } from '../../src/kube/api.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { createClusterAccess } from '../../src/kube/cluster-access.ts';
import { metadataObject } from './builders.ts';
import { answer, reset, type Script, standIn } from './stand-in.ts';

const canary = 'CANARY-7f3a';
const never = new AbortController().signal;
const etlReader = { namespace: 'etl', name: 'etl-reader', uid: 'u1' };
const notFound = answer(404, { reason: 'NotFound', details: { name: 'x' } });

const lister = (...objects: readonly MetadataObject[]): Lister<MetadataObject> => ({
  get: key => objects.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key),
  values: () => objects,
  size: objects.length,
  synced: true,
});

async function accessTo(...scripts: readonly Script[]) {
  const server = await standIn(...scripts);
  const access = createClusterAccess({
    client: createKubeClient(server.transport.call),
    address: '',
    asBearer: server.transport.asBearer,
    serviceAccounts: lister(metadataObject('etl-reader', 1, 'u1')),
    credentials: lister(metadataObject('vault-token', 7)),
  });
  return { server, access, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const labelled = (data: Readonly<Record<string, string>>, label = 'true') =>
  answer(200, { metadata: { labels: { 'shearline.dev/credential': label } }, data });

describe('identities', () => {
  test('are known from the caches', async () => {
    await using asked = await accessTo(notFound);
    const { access, server } = asked;
    expect(access.serviceAccount('etl', 'etl-reader')?.uid).toBe('u1');
    expect(access.serviceAccount('other', 'etl-reader')).toBeUndefined();
    expect(access.credentialVersion('etl', 'vault-token')).toBe('7');
    expect(server.received).toEqual([]);
  });

  test('get a token for ten minutes and their audiences, under their UID', async () => {
    await using asked = await accessTo(answer(201, { status: { token: canary } }));
    const token = await asked.access.mintToken(etlReader, ['vault'], never);
    expect(token.ok && token.value.revealText()).toBe(canary);
    const [request] = asked.server.received;
    expect(request?.url).toBe('/api/v1/namespaces/etl/serviceaccounts/etl-reader/token');
    const spec = { audiences: ['vault'], expirationSeconds: 600 };
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ metadata: { uid: 'u1' }, spec });
  });

  test.each([
    ['is missing', notFound, 'ServiceAccountNotFound', 'ServiceAccount etl/etl-reader does not exist; create it'],
    ['was made again', answer(409, { reason: 'Conflict' }), 'KubernetesUnavailable', 'was just made again'],
    ['is out of our reach', answer(403, { message: canary }), 'AuthFailed', 'serviceaccounts/token'],
    ['meets a busy API server', answer(429, '', { 'retry-after': '60' }), 'KubernetesUnavailable', 'too busy'],
    ['meets a broken API server', answer(500, canary), 'KubernetesUnavailable', 'will be asked again'],
    ['gets an answer without a token', answer(201, { status: {} }), 'KubernetesUnavailable', 'gave no token'],
  ])('whose ServiceAccount %s are told so', async (_what, script, reason, words) => {
    await using asked = await accessTo(script);
    const token = await asked.access.mintToken(etlReader, ['vault'], never);
    expect(token).toMatchObject({ ok: false, fault: { reason, message: expect.stringContaining(words) } });
    expect(JSON.stringify(token)).not.toContain(canary);
  });
});

describe('whether the API server accepts a token', () => {
  const token = SecretValue.fromText(canary);

  test.each([
    ['yes', answer(201, { kind: 'SelfSubjectReview' }), { ok: true, value: true }],
    ['no', answer(401, {}), { ok: true, value: false }],
  ])('%s, as it says itself when it is shown the token and nothing else', async (_what, script, result) => {
    await using asked = await accessTo(script);
    expect(await asked.access.acceptsToken(token, never)).toEqual(result);
    expect(asked.server.received.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${canary}`]);
    expect(asked.server.renewals).toBe(0);
  });

  test.each([answer(403, {}), answer(500, {}), answer(200, {}), reset])(
    'is not known after anything else, and the token goes nowhere',
    async script => {
      await using asked = await accessTo(script);
      const result = await asked.access.acceptsToken(token, never);
      expect(result).toMatchObject({ ok: false, fault: { kind: 'unavailable' } });
      expect(JSON.stringify(result)).not.toContain(canary);
    },
  );
});

describe('a CA bundle', () => {
  const field = { name: 'vault-ca', key: 'ca.crt' };

  test('is the text under its key', async () => {
    await using asked = await accessTo(answer(200, { data: { 'ca.crt': 'PEM' } }));
    expect(await asked.access.configMapField('etl', field, never)).toEqual({ ok: true, value: 'PEM' });
  });

  test.each([
    ['its ConfigMap is missing', notFound, 'CABundleInvalid', 'ConfigMap etl/vault-ca does not exist; create it'],
    ['its key is missing', answer(200, { data: {} }), 'CABundleInvalid', 'has no text under ca.crt'],
    ['there is no data', answer(200, {}), 'CABundleInvalid', 'has no text under ca.crt'],
    ['we may not read it', answer(403, {}), 'AccessDenied', 'ConfigMap etl/vault-ca'],
    ['nobody answers', reset, 'KubernetesUnavailable', 'ConfigMap etl/vault-ca'],
  ])('is a fault when %s', async (_what, script, reason, words) => {
    await using asked = await accessTo(script);
    const result = await asked.access.configMapField('etl', field, never);
    expect(result).toMatchObject({ ok: false, fault: { reason, message: expect.stringContaining(words) } });
  });
});

describe('a ClusterTrustBundle', () => {
  const unknown = answer(404, {
    kind: 'Status',
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  });
  const bundle = answer(200, { spec: { trustBundle: 'PEM' } });

  test.each([
    ['as of 1.37', [bundle]],
    ['in beta', [unknown, bundle]],
  ])('is the text of its spec, %s', async (_when, scripts) => {
    await using asked = await accessTo(...scripts);
    expect(await asked.access.trustBundle('internal', never)).toEqual({ ok: true, value: 'PEM' });
  });

  test.each([
    ['it is missing', [notFound], 'CABundleInvalid', 'ClusterTrustBundle internal does not exist; create it'],
    ['the cluster has none', [unknown, unknown], 'KubernetesUnavailable', 'Kubernetes before 1.37 has them only if'],
    ['we may not read it', [answer(403, {})], 'AccessDenied', 'ClusterTrustBundle internal'],
  ])('is a fault when %s', async (_what, scripts, reason, words) => {
    await using asked = await accessTo(...scripts);
    const result = await asked.access.trustBundle('internal', never);
    expect(result).toMatchObject({ ok: false, fault: { reason, message: expect.stringContaining(words) } });
  });
});

describe('a credential', () => {
  const field = { name: 'vault-token', key: 'token' };
  const encoded = Buffer.from(canary).toString('base64');

  test('is the bytes under its key, of a Secret that carries the label', async () => {
    await using asked = await accessTo(labelled({ token: encoded }));
    const result = await asked.access.credentialField('etl', field, never);
    expect(result.ok && result.value.revealText()).toBe(canary);
  });

  const advice =
    'Secret etl/vault-token may not serve as a credential: add the label shearline.dev/credential: "true" to it';
  test.each([
    ['has no label', answer(200, { metadata: {}, data: { token: encoded } }), 'SourceInvalid', advice],
    ['has another label', labelled({ token: encoded }, 'false'), 'SourceInvalid', advice],
    ['lacks the key', labelled({ other: encoded }), 'SourceInvalid', 'has nothing under token'],
    ['has an inherited name for a key', labelled({}), 'SourceInvalid', 'has nothing under'],
    ['does not exist', notFound, 'SourceInvalid', 'Secret etl/vault-token does not exist'],
    ['is out of our reach', answer(403, { message: encoded }), 'AccessDenied', 'Secret etl/vault-token'],
  ])('is a fault when its Secret %s, which quotes nothing', async (_what, script, reason, words) => {
    await using asked = await accessTo(script);
    const key = words === 'has nothing under' ? 'constructor' : field.key;
    const result = await asked.access.credentialField('etl', { ...field, key }, never);
    expect(result).toMatchObject({ ok: false, fault: { reason, message: expect.stringContaining(words) } });
    expect(JSON.stringify(result)).not.toMatch(new RegExp(`${canary}|${encoded}`));
  });
});
