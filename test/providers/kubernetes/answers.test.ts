import { describe, expect, test } from '@jest/globals';
import { kubernetes } from '../../../src/providers/kubernetes/index.ts';
import { KubernetesSpec } from '../../../src/providers/kubernetes/spec.ts';
import { canary } from '../../canary.ts';
import { faultText, never, type Reply, reply, wire } from '../wire.ts';

const own = KubernetesSpec.parse({ auth: { serviceAccountRef: { name: 'app' } } });
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');

const secret = (data: object, more: object = {}) =>
  reply({ kind: 'Secret', metadata: { namespace: 'etl', name: 'db', resourceVersion: '7', ...more }, data });
const status = (code: number, reason: string, details: object = {}) =>
  reply({ kind: 'Status', reason, message: canary, details, code }, code);

async function read(answer: Reply, key = 'secrets/etl/db', version?: string) {
  const session = await wire(kubernetes, () => answer).session(own);
  return session.read({ key, ...(version !== undefined && { version }) }, never);
}

async function textOf(answer: Reply, key?: string): Promise<string | undefined> {
  const value = await read(answer, key);
  return value.ok ? value.value.value.revealText() : faultText(value);
}

describe('an object is JSON of its values', () => {
  test('with every name as it stands', async () => {
    const data = `{"__proto__":"${base64('a')}","10":"${base64('b')}","2":"${base64('')}"}`;
    const metadata = '{"namespace":"etl","name":"db","resourceVersion":"7"}';
    const text = await textOf(reply(`{"kind":"Secret","metadata":${metadata},"data":${data}}`));
    expect(text).toBe('{"__proto__":"a","10":"b","2":""}');
  });

  test('of a ConfigMap too, text and bytes', async () => {
    const map = reply({
      kind: 'ConfigMap',
      metadata: { namespace: 'etl', name: 'db', resourceVersion: '7' },
      data: { text: 'grüße' },
      binaryData: { more: base64('x') },
    });
    expect(await textOf(map, 'configmaps/etl/db')).toBe('{"text":"grüße","more":"x"}');
  });

  test('and an object without values is an empty one', async () => {
    const empty = reply({ kind: 'Secret', metadata: { namespace: 'etl', name: 'db', resourceVersion: '7' } });
    expect(await textOf(empty)).toBe('{}');
  });

  test('and more of them than may be read are told, not taken for another answer', async () => {
    const many = Object.fromEntries(Array.from({ length: 21_000 }, (_, i) => [`k${i}`, '']));
    expect(await textOf(secret(many))).toMatch(/^ValueNotUsable: secrets\/etl\/db is JSON of more than 20000 values$/);
  });

  test('and beside it the bytes that are no text', async () => {
    const jks = secret({ 'keystore.jks': base64(Uint8Array.from([0, 255])), password: base64(canary) });
    expect(await textOf(jks)).toBe(`{"password":"${canary}"}`);
    const whole = await read(jks);
    const bytes = whole.ok ? [...(whole.value.bytes ?? [])] : [];
    expect(bytes.map(([name, value]) => [name, Buffer.from(value.reveal())])).toEqual([
      ['keystore.jks', Buffer.from([0, 255])],
    ]);
    const text = await read(secret({ a: '' }));
    expect(text.ok && text.value.bytes).toBeUndefined();
    const alone = await read(jks, 'secrets/etl/db/keystore.jks');
    expect(alone.ok && Buffer.from(alone.value.value.reveal())).toEqual(Buffer.from([0, 255]));
    expect(await textOf(jks, 'secrets/etl/db/password')).toBe(canary);
  });

  test('and a value that is not in it is proved absent', async () => {
    expect(faultText(await read(secret({ a: '' }), 'secrets/etl/db/b'))).toBe(
      'KeyNotFound: the API server of this cluster has secrets/etl/db, and no key b in it',
    );
  });
});

test('its version is the resourceVersion, and an older one is gone', async () => {
  const newest = await read(secret({ a: '' }), 'secrets/etl/db', '7');
  expect(newest.ok && newest.value.version).toBe('7');
  expect(faultText(await read(secret({ a: '' }), 'secrets/etl/db', '6'))).toMatch(
    /^VersionNotFound: .* keeps only the newest version of secrets\/etl\/db, and "6" is not it: remove remoteRef\.version$/,
  );
});

test('the one before the newest is nothing that can be asked for', async () => {
  expect(await read(secret({}), 'secrets/etl/db', 'previous')).toMatchObject({
    ok: false,
    fault: { reason: 'InvalidSpec', message: expect.stringContaining('keeps no earlier version') },
  });
});

describe('an answer has its meaning', () => {
  test.each<[string, Reply, RegExp]>([
    [
      '404 of this object',
      status(404, 'NotFound', { kind: 'secrets', name: 'db' }),
      /^KeyNotFound: .* has no secrets\/etl\/db$/,
    ],
    ['404 of another object', status(404, 'NotFound', { kind: 'secrets', name: 'x' }), /^ProviderUnavailable/],
    ['404 of a path', status(404, 'NotFound'), /^ProviderUnavailable/],
    ['404 of a proxy', reply('404 page not found', 404), /^ProviderUnavailable: .* is a proxy in between\?$/],
    ['401', status(401, 'Unauthorized'), /^login-expired$/],
    ['429', reply({}, 429, { retryAfterMs: 1000 }), /^Throttled/],
    ['500', status(500, 'InternalError'), /^ProviderUnavailable: .*status 500/],
    ['another object', secret({ a: '' }, { name: 'x' }), /^ProviderUnavailable/],
    ['an object of another namespace', secret({ a: '' }, { namespace: 'x' }), /^ProviderUnavailable/],
    ['an object without version', secret({ a: '' }, { resourceVersion: undefined }), /^ProviderUnavailable/],
    ['a list', reply({ kind: 'SecretList', items: [] }), /^ProviderUnavailable/],
    [
      '403',
      status(403, 'Forbidden'),
      /^AccessDenied: the API server of this cluster does not let ServiceAccount etl\/app get secrets\/etl\/db: bind it to a Role in namespace etl with the rule {apiGroups: \[""\], resources: \[secrets\], resourceNames: \[db\], verbs: \[get\]}$/,
    ],
  ])('%s', async (_, answer, expected) => expect(faultText(await read(answer))).toMatch(expected));
});

describe('a list', () => {
  const names = (names: readonly string[], next?: string) =>
    reply({
      kind: 'PartialObjectMetadataList',
      metadata: { ...(next && { continue: next }) },
      items: names.map(name => ({ metadata: { name, namespace: 'etl' } })),
    });
  const list = async (
    prefix: string,
    answer: Reply = names(['a', 'b']),
    tags: Readonly<Record<string, string>> = {},
  ) => {
    const { sent, session } = wire(kubernetes, () => answer);
    const found = await (await session(own)).list?.({ prefix, tags, limit: 100 }, never);
    return { sent: sent.map(({ url }) => decodeURIComponent(url.replace('https://10.96.0.1/api/v1', ''))), found };
  };
  const query = '?limit=250&labelSelector=!shearline.dev/managed';

  test.each([
    ['secrets/etl/', [`/namespaces/etl/secrets${query}`]],
    ['secrets/etl/a', [`/namespaces/etl/secrets${query}`]],
    ['configmaps/etl/', [`/namespaces/etl/configmaps${query}`]],
    ['secrets/et', [`/secrets${query}`]],
    ['secrets/', [`/secrets${query}`]],
    ['sec', [`/secrets${query}`]],
    ['', [`/secrets${query}`, `/configmaps${query}`]],
  ])('of the prefix %j asks for no more than that', async (prefix, paths) => {
    expect((await list(prefix)).sent).toEqual(paths);
  });

  test('asks for names alone, and for tags as labels', async () => {
    const { sent, session } = wire(kubernetes, () => names([]));
    await (await session(own)).list?.({ prefix: 'secrets/etl/', tags: { team: 'etl', 'a.b/c': '' }, limit: 1 }, never);
    expect(sent[0]?.headers.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
    expect(new URL(sent[0]?.url ?? '').searchParams.get('labelSelector')).toBe(
      '!shearline.dev/managed,team=etl,a.b/c=',
    );
  });

  test('that never ends is given up', async () => {
    const { found } = await list('secrets/etl/x', names(['a'], 'more'));
    expect(found && faultText(found)).toMatch(/^ValueNotUsable: .* has more than 50000 secrets: narrow find\.prefix/);
  });

  test.each<[string, Reply, RegExp]>([
    ['403', status(403, 'Forbidden'), /does not let ServiceAccount etl\/app list secrets\/etl: .* verbs: \[list\]}$/],
    ['410', status(410, 'Expired'), /^ProviderUnavailable: .* changed so much/],
    ['401', status(401, 'Unauthorized'), /^login-expired$/],
  ])('that is refused with %s', async (_, answer, expected) => {
    const { found } = await list('secrets/etl/', answer);
    expect(found && faultText(found)).toMatch(expected);
  });

  test.each([
    ['etl/', {}, /find\.prefix begins with secrets\/ or configmaps\//],
    ['pods/', {}, /find\.prefix begins with/],
    ['secrets/../x', {}, /no good namespace/],
    ['secrets/etl/', { 'a,b': 'c' }, /must be those of labels/],
    ['secrets/etl/', { a: 'b,c!=d' }, /must be those of labels/],
  ])('of %j and %j is refused before anything is sent', async (prefix, tags, message) => {
    const { found, sent } = await list(prefix, names([]), tags);
    expect(found && faultText(found)).toMatch(message);
    expect(sent).toEqual([]);
  });
});

describe('another cluster is asked whom it takes the token for', () => {
  const spec = KubernetesSpec.parse({
    server: { address: 'https://api.example.com:6443/k8s/clusters/c-1/' },
    auth: { serviceAccountRef: { name: 'app', audiences: ['other'] } },
  });
  const byToken = KubernetesSpec.parse({
    server: { address: 'https://api.example.com:6443' },
    auth: { token: { secretRef: { name: 'other', key: 'token' } } },
  });
  const whoami = (username: unknown, code = 201) =>
    reply({ kind: 'SelfSubjectReview', status: { userInfo: { username } } }, code);
  const denied = async (identity: Reply, given = spec) => {
    const { session, sent } = wire(kubernetes, ({ method }) =>
      method === 'POST' ? identity : status(403, 'Forbidden'),
    );
    const answer = await (await session(given)).read({ key: 'etl/db' }, never);
    expect(sent[0]?.url).toMatch(/^https:\/\/api\.example\.com:6443(\/k8s\/clusters\/c-1)?\/apis\/authentication/);
    return faultText(answer);
  };
  const issued = 'https://issuer.example.com#system:serviceaccount:etl:app';

  test.each<[string, Reply, string]>([
    ['its name there', whoami(issued), `user "${issued}"`],
    ['a stranger who answers with the token', whoami(`jwt-${canary}`), 'the user of this login (kubectl auth whoami)'],
    ['nobody who may ask', status(403, 'Forbidden'), 'the user of this login (kubectl auth whoami)'],
    ['a cluster that cannot say', reply('', 404), 'the user of this login (kubectl auth whoami)'],
  ])('%s', async (_, identity, subject) => {
    expect(await denied(identity)).toContain(`api.example.com:6443 does not let ${subject} get secrets/etl/db`);
  });

  test('a token that it does not take is a refused login, with the text of the fix', async () => {
    const refused = wire(kubernetes, () => status(401, 'Unauthorized'));
    expect(faultText(await refused.login(spec))).toBe(
      "AuthFailed: the API server at api.example.com:6443 refused the token of ServiceAccount etl/app: it must trust this cluster's issuer for the audience other (its --authentication-config)",
    );
    expect(faultText(await refused.login(byToken))).toBe(
      'AuthFailed: the API server at api.example.com:6443 refused the token in Secret "other": it has ended, or is another cluster\'s',
    );
  });

  test('and a token that was made by somebody has no end that we know', async () => {
    const { session, sent } = wire(kubernetes, () => whoami('system:serviceaccount:etl:robot'));
    expect((await session(byToken)).expiresAt).toBeUndefined();
    expect(sent[0]?.headers.authorization).toBe(`Bearer token-${canary}`);
    expect(await denied(whoami('system:serviceaccount:etl:robot'), byToken)).toContain(
      'user "system:serviceaccount:etl:robot"',
    );
  });
});

describe('when its values were last changed', () => {
  const writer = (time: string, fieldsV1: object) => ({ manager: 'm', operation: 'Update', time, fieldsV1 });
  const values = { 'f:data': { '.': {}, 'f:password': {} } };
  const label = { 'f:metadata': { 'f:labels': { 'f:team': {} } } };
  const earlier = writer('2026-01-01T00:00:00Z', values);
  const later = writer('2026-01-31T00:00:00Z', values);

  test.each<[string, object, number | undefined]>([
    ['is the last write of one who has values', { managedFields: [later, earlier] }, Date.UTC(2026, 0, 31)],
    [
      'is not the write of somebody’s label',
      { managedFields: [earlier, writer('2026-02-01T00:00:00Z', label)] },
      Date.UTC(2026, 0, 1),
    ],
    [
      'is earlier, when an annotation says so',
      { managedFields: [later], annotations: { 'shearline.dev/rotated-at': '2025-12-01' } },
      Date.UTC(2025, 11, 1),
    ],
    ['is not known where nobody has them', { managedFields: [], creationTimestamp: '2026-01-01T00:00:00Z' }, undefined],
  ])('%s', async (_what, metadata, expected) => {
    const answer = await read(secret({ password: base64(canary) }, metadata));
    expect(answer.ok && answer.value.madeAt).toBe(expected);
  });
});
