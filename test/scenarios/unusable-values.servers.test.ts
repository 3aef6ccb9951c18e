import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { createAuthority, issueCertificate } from '../servers/certificates.ts';
import { enableKv, policy, putSecret } from '../servers/openbao-secrets.ts';
import { clusterSource, source, vaultAt } from './manifests.ts';
import { conditionOf } from './objects.ts';
import { type StandInVault, startStandInVault } from './stand-in-vault.ts';
import { useWorld } from './world.ts';

const world = useWorld();

let store: StandInVault;
beforeAll(async () => {
  store = await startStandInVault(world().controlPlane);
  await world().cluster.apply(clusterSource('stand-in', store.address));
});
afterAll(() => store?.stop());

const standIn = { kind: 'ClusterSecretSource', name: 'stand-in' };
const statusOf = (object: unknown, ...types: readonly string[]) => types.map(type => conditionOf(object, type)?.status);

test('numbers, nested values, line ends and characters arrive exactly as the store sent them', async () => {
  const team = await world().team('exactly');
  const exact: Readonly<Record<string, readonly [sent: string, arrives: string]>> = {
    big: ['12345678901234567890', '12345678901234567890'],
    odd: ['9007199254740993', '9007199254740993'],
    one: ['1.0', '1.0'],
    exponent: ['1E+2', '1E+2'],
    minus: ['-0.0', '-0.0'],
    yes: ['true', 'true'],
    word: ['"null"', 'null'],
    nested: ['{ "z" : 1.0,\t"a":[ 2.50 , 9007199254740993 ] }', '{ "z" : 1.0,\t"a":[ 2.50 , 9007199254740993 ] }'],
    crlf: ['"one\\r\\ntwo\\r\\n"', 'one\r\ntwo\r\n'],
    newline: ['"ends with a newline\\n"', 'ends with a newline\n'],
    spaces: ['"  around  "', '  around  '],
    empty: ['""', ''],
    escapes: ['"\\u00fc \\ud83d\\ude00 \\/ \\u0000"', 'ü 😀 / \u0000'],
    mark: ['"\ufeffbyte order mark"', '\ufeffbyte order mark'],
  };
  const sent = Object.entries(exact).map(([name, [text]]) => ` "${name}" :${text}`);
  const pairs = [...sent, ' "nothing" : null'];
  const text = `{${pairs.join(',')} }`;
  store.values.set('exactly', text);
  const whole = { secretKey: 'whole', remoteRef: { key: 'exactly' } };
  const deep = { secretKey: 'deep', remoteRef: { key: 'exactly', property: 'nested.a.1' } };
  await team.refer('db', { sourceRef: standIn, dataFrom: [{ extract: { key: 'exactly' } }], data: [whole, deep] });
  await team.synced('db');
  const arrived = Object.fromEntries(Object.entries(exact).map(([name, [, arrives]]) => [name, arrives]));
  expect((await team.secret('db'))?.text).toEqual({ ...arrived, whole: text, deep: '9007199254740993' });
});

test('< > & and line separators in nested values arrive as they were stored, not as OpenBao writes them', async () => {
  const team = await world().team('escapes');
  const nested = { url: 'http://db/?a=<b>&c', odd: 'a\u2028b\u2029c', text: String.raw`\u003c` };
  await team.put('db', { nested, flat: '<&>' });
  const entry = (secretKey: string, property: string) => ({ secretKey, remoteRef: { key: 'escapes/db', property } });
  await team.refer('db', { data: [entry('nested', 'nested'), entry('flat', 'flat'), entry('text', 'nested.text')] });
  await team.synced('db');
  const { nested: text = '', ...others } = (await team.secret('db'))?.text ?? {};
  expect(text).toContain('"http://db/?a=<b>&c"');
  expect(JSON.parse(text)).toEqual(nested);
  expect(others).toEqual({ flat: '<&>', text: String.raw`\u003c` });
});

test('bytes arrive exactly, by either alphabet of Base64', async () => {
  const team = await world().team('bytes');
  const bytes = Buffer.concat([Buffer.from([0, 255, 254, 13, 10, 128]), Buffer.from(secretValue()), Buffer.from([10])]);
  const mime = bytes.toString('base64').replaceAll(/(.{20})/g, '$1\n');
  await team.put('db', {
    standard: bytes.toString('base64'),
    url: bytes.toString('base64url'),
    lines: mime,
    not: 'not base64!',
  });
  const entry = (property: string, decoding: string) => ({
    secretKey: property,
    remoteRef: { key: 'bytes/db', property },
    decoding,
  });
  await team.refer('db', { data: [entry('standard', 'Base64'), entry('url', 'Base64URL'), entry('lines', 'Base64')] });
  await team.synced('db');
  const data = (await team.secret('db'))?.data ?? {};
  expect(Object.values(data).map(value => value.equals(bytes))).toEqual([true, true, true]);
  await team.refer('db', { data: [entry('not', 'Base64')] });
  expect(await team.failing('db', 'ValueNotUsable')).toBe(
    'spec.data[not]: bytes/db is not Base64: store it so, or change decoding',
  );
});

test('two origins of one key are refused until the reference says which wins, or gives one another key', async () => {
  const team = await world().team('twice');
  const [one, two] = [secretValue('one'), secretValue('two')];
  await team.put('one', { 'db-user': 'one', password: one });
  await team.put('two', { password: two });
  const dataFrom = (more: object) => [team.extract('one'), { ...team.extract('two'), ...more }];
  await team.refer('db', { dataFrom: dataFrom({}) });
  expect(await team.failing('db', 'ValueNotUsable')).toBe(
    'spec.dataFrom[0]: property "password" of twice/one and spec.dataFrom[1]: property "password" of twice/two both give the key "password": set onConflict of spec.dataFrom[1] to First or Last, or take one of them out',
  );
  const rewrite = [{ regexp: { match: '^pass', replace: 'old_pass' } }, { cel: 'key.upperAscii()' }];
  await team.refer('db', { dataFrom: dataFrom({ rewrite }) });
  await team.synced('db');
  expect((await team.secret('db'))?.text).toEqual({
    'db-user': 'one',
    password: one,
    OLD_PASSWORD: two,
  });
});

test('the version before the newest moves with a rotation, and a default stands in for what is gone', async () => {
  const team = await world().team('previous');
  const [first, second] = [secretValue('first'), secretValue('second')];
  await team.put('db', { password: first });
  const remoteRef = { key: 'previous/db', property: 'password' };
  const before = { secretKey: 'before', remoteRef: { ...remoteRef, version: 'previous' }, default: 'none' };
  await team.refer('db', { data: [{ secretKey: 'now', remoteRef }, before] });
  await team.synced('db');
  expect((await team.secret('db'))?.text).toEqual({ now: first, before: 'none' });
  await team.put('db', { password: second });
  await team.rotate('db', 't1');
  expect((await team.secret('db'))?.text).toEqual({ now: second, before: first });
});

test('names that mean something to JavaScript are names like all others', async () => {
  const team = await world().team('names');
  store.values.set('names', '{"__proto__":"a","constructor":"b","toString":"c"}');
  await team.refer('db', { sourceRef: standIn, dataFrom: [{ extract: { key: 'names' } }] });
  expect((await team.synced('db')).status?.target?.keys).toBe(3);
  const shown = await world().kubectl(
    'get',
    'secret',
    'db',
    '-n',
    'names',
    '-o',
    'go-template={{range $k, $v := .data}}{{$k}}={{$v}} {{end}}',
  );
  expect(shown).toBe('__proto__=YQ== constructor=Yg== toString=Yw== ');
});

describe('data that is there and holds nothing', () => {
  test('null fails the rotations of whoever asks for it, again and again, and no neighbour notices', async () => {
    const team = await world().teamInStep('null-data', { deletionPolicy: 'Delete' });
    const second = secretValue('second');
    await team.put('neighbour', { password: secretValue('first') });
    await team.refer('neighbour');
    await team.synced('neighbour');
    await world().bao.api('POST', 'secret/data/null-data/db', { data: null });
    for (const token of ['t1', 't2', 't3', 't4', 't5', 't6', 't7']) {
      const { status } = await team.rotate('db', token);
      expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'ValueNotUsable' });
    }
    expect(await team.failing('db', 'ValueNotUsable')).toMatch(
      /^version 2 of null-data\/db at Vault at .* was written with null for its data: write key-value pairs$/,
    );
    expect((await team.secret('db'))?.text).toEqual({ password: team.password });
    await team.put('neighbour', { password: second });
    expect((await team.rotate('neighbour', 't1')).status?.rotation?.result).toBe('Rotated');
    await team.put('db', { password: second });
    expect((await team.rotate('db', 't8')).status?.rotation?.result).toBe('Rotated');
  });

  test('no pairs empty no Secret, unless the reference says that they may be missing', async () => {
    const team = await world().teamInStep('no-pairs');
    for (const [token, pairs] of [
      ['t1', {}],
      ['t2', { password: null }],
    ] as const) {
      await team.put('db', pairs);
      const { status } = await team.rotate('db', token);
      expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'ValueNotUsable' });
      expect(await team.failing('db', 'ValueNotUsable')).toMatch(/no-pairs\/db is there, but has no properties/);
    }
    expect((await team.secret('db'))?.text).toEqual({ password: team.password });
    await team.refer('db', { dataFrom: [{ ...team.extract('db'), optional: true }] });
    expect((await team.synced('db')).status?.target?.keys).toBe(0);
  });
});

describe('an engine that is of the other version', () => {
  test('is never believed, even where a key looks like an answer of the configured one', async () => {
    const team = await world().team('decoy');
    const { bao, cluster } = world();
    await enableKv(bao, { mount: 'old', version: 1 });
    const decoy = { data: { password: secretValue('decoy') }, metadata: { version: 9 } };
    await putSecret(bao, 'data/decoy/db', decoy, { mount: 'old', version: 1 });
    await putSecret(bao, 'decoy/db', { password: secretValue() }, { mount: 'old', version: 1 });
    await policy(bao, 'app', { 'secret/data/*': ['read'], 'old/*': ['read'] });
    const at = (version: number) =>
      cluster.apply(
        source('decoy', 'own', bao.address, { provider: vaultAt(bao.address, { kv: { mount: 'old', version } }) }),
      );
    await at(2);
    await team.refer('db', { sourceRef: { name: 'own' }, dataFrom: [team.extract('db')] });
    expect(await team.failing('db', 'SourceInvalid')).toMatch(/version 1, not 2: set kv\.version: 1$/);
    expect(await team.secret('db')).toBeUndefined();
    await at(1);
    await team.synced('db');
    expect(Object.keys((await team.secret('db'))?.text ?? {})).toEqual(['password']);
  });
});

describe('a value that cannot be used is told, the last good Secret stays, and fixed it heals:', () => {
  const good = '{"password":"good"}';
  const property = 'password';
  test.each<[what: string, bad: string, extract: { property?: string }, reason: string, message: RegExp]>([
    [
      'the same key twice',
      '{"password":"one","password":"two"}',
      {},
      'ValueNotUsable',
      /has the same JSON key twice: readers would not agree on its value$/,
    ],
    [
      'the same key twice, further down',
      '{"password":{"a":1,"\\u0061":2}}',
      {},
      'ValueNotUsable',
      /has the same JSON key twice/,
    ],
    [
      'a name that is no key of a Secret',
      '{"pass word":"x"}',
      {},
      'ValueNotUsable',
      /cannot be a key of a Secret .*name the wanted properties one by one in spec\.data$/,
    ],
    ['a name that would be a path', '{"..data":"x"}', {}, 'ValueNotUsable', /cannot be a key of a Secret/],
    ['an empty name', '{"":"x"}', {}, 'ValueNotUsable', /cannot be a key of a Secret/],
    [
      'text where pairs are asked for',
      '{"password":"no JSON"}',
      { property },
      'ValueNotUsable',
      /is not JSON, so it has no properties: leave property out to take the whole value$/,
    ],
    [
      'a list where pairs are asked for',
      '{"password":["a"]}',
      { property },
      'ValueNotUsable',
      /is a JSON list: it has no named properties to extract$/,
    ],
    [
      'a number where pairs are asked for',
      '{"password":7}',
      { property },
      'ValueNotUsable',
      /is a single JSON value: it has no properties$/,
    ],
    [
      'too many levels',
      `{"password":${'['.repeat(70)}${']'.repeat(70)}}`,
      {},
      'ValueNotUsable',
      /is JSON of more than 64 levels/,
    ],
    [
      'too many values',
      `{"password":[${'{},'.repeat(30_000)}{}]}`,
      {},
      'ValueNotUsable',
      /is JSON of more than 20000 values/,
    ],
    [
      'more than a Secret holds',
      `{"password":"${'x'.repeat(1024 * 1024 + 1)}"}`,
      {},
      'TargetTooLarge',
      /^Secret db would hold \d+ bytes; Kubernetes takes 1048576: split it over several references$/,
    ],
  ])('%s', async (what, bad, extract, reason, message) => {
    const key = what.toLowerCase().replaceAll(/[ ,]+/g, '-');
    const team = await world().team(`unusable-${key}`);
    const goodValue = extract.property === undefined ? good : `{"password":${good}}`;
    store.values.set(key, goodValue);
    await team.refer('db', { sourceRef: standIn, dataFrom: [{ extract: { ...extract, key } }] });
    await team.synced('db');
    store.values.set(key, bad);
    const { status } = await team.rotate('db', 't1');
    expect(status?.rotation).toMatchObject({ result: 'Failed', reason });
    expect(await team.failing('db', reason)).toMatch(message);
    expect(statusOf({ status }, 'Ready', 'Synced', 'Stalled')).toEqual(['True', 'False', undefined]);
    expect((await team.secret('db'))?.text).toEqual({ password: 'good' });
    store.values.set(key, goodValue.replace('good', 'better'));
    await team.rotate('db', 't2');
    await team.synced('db');
    expect((await team.secret('db'))?.text).toEqual({ password: 'better' });
  });

  test.each<[string, object, string]>([
    ['kubernetes.io/tls', { 'tls.crt': 'x' }, 'of type kubernetes.io/tls needs the key tls.key: add it to spec.data'],
    ['kubernetes.io/tls', { 'tls.crt': '', 'tls.key': 'x' }, 'needs a certificate under tls.crt, as PEM text'],
    ['kubernetes.io/ssh-auth', { key: 'x' }, 'needs the key ssh-privatekey'],
    ['kubernetes.io/basic-auth', { user: 'x' }, 'needs the key username or password'],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': 'no JSON' }, 'needs a JSON object under the key'],
  ])('a shape that %s does not have: %j', async (type, pairs, why) => {
    const team = await world().team(`shape-${[type, ...Object.keys(pairs)].join('-').replaceAll(/[./]+/g, '-')}`);
    await team.put('db', pairs);
    await team.refer('db', { dataFrom: [team.extract('db')], target: { type } });
    expect(await team.failing('db', 'ValueNotUsable')).toContain(why);
    expect(await team.secret('db')).toBeUndefined();
    await team.put('db', await goodShapes());
    await team.rotate('db', 't1');
    await team.synced('db');
    expect((await team.secret('db'))?.type).toBe(type);
  });

  test('a certificate bundle with the private key in it, or one that another key belongs to', async () => {
    const team = await world().teamInStep('bundle');
    const { 'tls.crt': certificate, 'tls.key': key } = await goodShapes();
    await team.put('tls', { 'tls.crt': certificate, 'tls.key': key });
    await team.refer('tls', { dataFrom: [team.extract('tls')], target: { type: 'kubernetes.io/tls' } });
    await team.synced('tls');
    await team.put('tls', { 'tls.crt': `${key}${certificate}`, 'tls.key': key });
    expect((await team.rotate('tls', 't1')).status?.rotation).toMatchObject({
      result: 'Failed',
      reason: 'ValueNotUsable',
      message:
        'Secret tls of type kubernetes.io/tls needs certificates alone under tls.crt: there is a private key too, which belongs under tls.key',
    });
    const { 'tls.crt': next, 'tls.key': nextKey } = await goodShapes();
    await team.put('tls', { 'tls.crt': next, 'tls.key': key });
    expect((await team.rotate('tls', 't2')).status?.rotation?.message).toMatch(/it belongs to none that is there$/);
    expect((await team.secret('tls'))?.text).toEqual({ 'tls.crt': certificate, 'tls.key': key });
    await team.put('tls', { 'tls.crt': next, 'tls.key': nextKey });
    await team.rotate('tls', 't3');
    expect((await team.secret('tls'))?.text).toEqual({ 'tls.crt': next, 'tls.key': nextKey });
  });
});

/** What all types ask for; the certificate is another one each time. */
async function goodShapes() {
  const directory = await mkdtemp(join(tmpdir(), 'shearline-shapes-'));
  const { certificate, key } = await issueCertificate(await createAuthority(directory), { commonName: 'x' });
  await rm(directory, { recursive: true });
  return {
    'tls.crt': certificate,
    'tls.key': key,
    'ssh-privatekey': key,
    username: 'x',
    '.dockerconfigjson': '{"auths":{}}',
  };
}
