import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseMetadataObject } from '../../src/core/object-meta.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import { fieldOf, listOf } from '../../src/core/untyped.ts';
import type { KubeClient, KubeResult, RefusalCause } from '../../src/kube/api.ts';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import {
  base64,
  type Connected,
  configMaps,
  connect,
  core,
  create,
  merge,
  must,
  never,
  newNamespace,
  secrets,
} from './connected.ts';
import { until } from './until.ts';

const canary = 'CANARY-7f3a';
const options = { signal: never };
const data = { a: base64(canary) };
const refused = (cause: RefusalCause) => ({ ok: false, fault: { kind: 'refused', cause } });
const secret = (name: string, rest: object = {}) => ({ metadata: { name }, data, ...rest });

let controlPlane: ControlPlaneAccess;
let admin: Connected;
let client: KubeClient;
let namespace: string;
beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  admin = await connect(controlPlane.adminKubeconfig);
  client = admin.client;
  namespace = await newNamespace(client);
});
afterAll(async () => {
  await client?.delete(
    core('namespaces'),
    `/${namespace}`,
    { uid: await uidOf('namespaces', `/${namespace}`) },
    options,
  );
  await admin?.[Symbol.asyncDispose]();
});

async function uidOf(plural: string, key: `${string}/${string}`): Promise<string> {
  return parseMetadataObject(await must(client.get(core(plural), key, options)))?.metadata.uid ?? '';
}

/** Asks until the answer is this one: what was set up a moment ago takes its time. */
async function eventually(ask: () => Promise<KubeResult<unknown>>, expected: object): Promise<void> {
  let answer: unknown;
  const right = async () => {
    answer = await ask();
    return isDeepStrictEqual(answer, expected);
  };
  await until(right, 15_000).catch(() => undefined);
  expect(answer).toEqual(expected);
}

describe('the API server says', () => {
  test('not found, of an object and of the namespace it should go to', async () => {
    expect(await client.get(secrets, `${namespace}/nope`, options)).toEqual({
      ok: false,
      fault: { kind: 'not-found' },
    });
    const nowhere = await create(client, secrets, 'no-such-namespace', secret('a'));
    expect(nowhere).toEqual({ ok: false, fault: { kind: 'not-found' } });
  });

  test.each([
    { group: 'nobody.example', version: 'v1', plural: 'things' },
    { group: '', version: 'v1', plural: 'things' },
  ])('nothing of an object whose kind it does not serve', async kind => {
    expect(await client.get(kind, `${namespace}/a`, options)).toEqual({
      ok: false,
      fault: { kind: 'unavailable', notServed: true },
    });
  });

  test('already exists', async () => {
    await must(create(client, secrets, namespace, secret('twice')));
    const again = await create(client, secrets, namespace, secret('twice'));
    expect(again).toEqual({ ok: false, fault: { kind: 'already-exists' } });
  });

  test('conflict, for any precondition that fails', async () => {
    await must(create(client, secrets, namespace, secret('moved')));
    const key = `${namespace}/moved` as const;
    const uid = await uidOf('secrets', key);
    const apply = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'moved', uid: 'another' }, data };
    const answers = [
      await client.replace(secrets, key, { metadata: { name: 'moved', resourceVersion: '1' }, data }, options),
      await client.replace(secrets, key, { metadata: { name: 'moved', uid: 'another' }, data }, options),
      await merge(client, secrets, key, { metadata: { resourceVersion: '1' }, data }),
      await merge(client, secrets, key, { metadata: { uid: 'another' }, data }),
      await client.patch(
        secrets,
        key,
        { type: 'application/apply-patch+yaml', body: apply, fieldManager: 'x' },
        options,
      ),
      await client.delete(secrets, key, { uid: 'another' }, options),
      await client.delete(secrets, key, { uid, resourceVersion: '1' }, options),
    ];
    for (const answer of answers) expect(answer).toEqual({ ok: false, fault: { kind: 'conflict' } });
    expect(await client.delete(secrets, key, { uid }, options)).toEqual({ ok: true, value: undefined });
  });

  test('field-owned, when another manager has set what we apply', async () => {
    const applyBy = (fieldManager: string, value: string) => {
      const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'host' }, data: { a: base64(value) } };
      return client.patch(
        secrets,
        `${namespace}/host`,
        { type: 'application/apply-patch+yaml', body, fieldManager },
        options,
      );
    };
    await must(applyBy('theirs', 'one'));
    expect(await applyBy('ours', 'two')).toEqual(refused('field-owned'));
  });

  test('immutable, of a type and of a frozen Secret', async () => {
    await must(create(client, secrets, namespace, secret('frozen', { immutable: true })));
    const thawed = { metadata: { name: 'frozen' }, immutable: true, data: { a: base64('other') } };
    expect(await client.replace(secrets, `${namespace}/frozen`, thawed, options)).toEqual(refused('immutable'));
    const typed = { metadata: { name: 'frozen' }, type: 'example.com/other', immutable: true, data };
    expect(await client.replace(secrets, `${namespace}/frozen`, typed, options)).toEqual(refused('immutable'));
  });

  test.each([
    ['data', { data: { a: base64(Buffer.alloc(1_100_000)) } }],
    ['annotations', { metadata: { name: 'large', annotations: { a: 'x'.repeat(300_000) } } }],
    ['everything', { data: { a: base64(Buffer.alloc(4_000_000)) } }],
  ])('too large, of %s', async (_what, part) => {
    expect(await create(client, secrets, namespace, { ...secret('large'), ...part })).toEqual(refused('too-large'));
  });

  test.each([
    ['a key', { data: { 'a b': data.a } }],
    ['a value that is no base64', { data: { a: '%%%' } }],
    ['a type without its keys', { type: 'kubernetes.io/tls' }],
    ['a name', { metadata: { name: 'No_Name' } }],
  ])('invalid, of %s', async (_what, part) => {
    expect(await create(client, secrets, namespace, { ...secret('wrong'), ...part })).toEqual(refused('invalid'));
  });

  test('quota', async () => {
    const small = await newNamespace(client);
    const quota = { metadata: { name: 'none' }, spec: { hard: { configmaps: '0', secrets: '0' } } };
    await must(create(client, core('resourcequotas'), small, quota));
    await eventually(() => create(client, secrets, small, secret('a')), refused('quota'));
  });

  test('namespace-terminating', async () => {
    const ending = await newNamespace(client);
    await must(create(client, configMaps, ending, { metadata: { name: 'stays', finalizers: ['shearline.dev/test'] } }));
    await must(
      client.delete(core('namespaces'), `/${ending}`, { uid: await uidOf('namespaces', `/${ending}`) }, options),
    );
    await eventually(() => create(client, secrets, ending, secret('late')), refused('namespace-terminating'));
    await must(merge(client, configMaps, `${ending}/stays`, { metadata: { finalizers: null } }));
  });

  test.each(['Invalid', 'Forbidden', 'RequestEntityTooLarge'])('admission, of a policy that says %s', async reason => {
    const name = `${namespace}-${reason.toLowerCase()}`;
    const admission = (plural: string) => ({ group: 'admissionregistration.k8s.io', version: 'v1', plural });
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
    const spec = {
      matchConstraints: { namespaceSelector, resourceRules: [rule] },
      validations: [{ expression: `object.metadata.name != '${name}'`, reason, message: canary }],
    };
    const binding = { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } };
    await must(create(client, admission('validatingadmissionpolicies'), '', { metadata: { name }, spec }));
    await must(create(client, admission('validatingadmissionpolicybindings'), '', binding));
    // The policy takes a moment to arrive: what slipped through before is taken away again.
    const attempt = async () => {
      const key = `${namespace}/${name}` as const;
      const answer = await create(client, configMaps, namespace, { metadata: { name } });
      if (answer.ok) await must(client.delete(configMaps, key, { uid: await uidOf('configmaps', key) }, options));
      return answer;
    };
    await eventually(attempt, refused('admission'));
  });

  test('forbidden to whom RBAC gives nothing, unauthenticated to a stranger', async () => {
    await using nobody = await connect(await controlPlane.kubeconfigFor({ user: 'nobody' }));
    expect(await nobody.client.get(secrets, `${namespace}/a`, options)).toEqual(refused('forbidden'));
    const stranger = admin.transport.asBearer(SecretValue.fromText('x'));
    const answer = await stranger({ method: 'GET', path: '/api/v1/namespaces' }, options);
    expect(answer).toMatchObject({ kind: 'answered', status: 401 });
  });

  test('nothing of what was written when only metadata is asked for', async () => {
    const answer = await must(client.create(secrets, namespace, secret('quiet'), { ...options, answer: 'metadata' }));
    expect(parseMetadataObject(answer)?.metadata.name).toBe('quiet');
    expect(JSON.stringify(answer)).not.toContain(data.a);
  });

  test('of a list only what its labels and its fields choose', async () => {
    for (const [name, kind] of Object.entries({ chosen: 'a', 'named-otherwise': 'a', 'labelled-otherwise': 'b' }))
      await must(create(client, configMaps, namespace, { metadata: { name, labels: { kind } } }));
    const chosen = async (selectors: { labelSelector?: string; fieldSelector?: string }) => {
      const list = await must(client.list(configMaps, namespace, { limit: 50, ...selectors }, options));
      return listOf(fieldOf(list, 'items')).map(item => parseMetadataObject(item)?.metadata.name);
    };
    expect(await chosen({ labelSelector: 'kind=a' })).toEqual(['chosen', 'named-otherwise']);
    expect(await chosen({ labelSelector: 'kind in (a,b)', fieldSelector: 'metadata.name!=chosen' })).toEqual([
      'labelled-otherwise',
      'named-otherwise',
    ]);
  });
});
