import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { selectProperty } from '../../../src/providers/property.ts';
import type { ProviderSession, ReadAnswer } from '../../../src/providers/provider.ts';
import { vault } from '../../../src/providers/vault/index.ts';
import type { Answer } from '../../servers/answers.ts';
import { json } from '../../servers/answers.ts';
import type { StandIn } from '../../servers/stand-in.ts';
import { startStandIn } from '../../servers/stand-in.ts';
import { appRoleAuth, closeTransports, loggedIn, never, ports, spec, tokenAuth } from './setting.ts';

const canary = 'CANARY-7f3a';
const credentials = { token: `s.${canary}\n`, 'role-id': 'r', 'secret-id': canary };
const lookup = json({ data: { ttl: 60, renewable: true, type: 'service' } });
const mountOf = (version: number, type = 'kv', path = 'secret/') =>
  json({ data: { type, path, options: { version: `${version}` } } });
const versioned = (data: string, version = 7): Answer => ({
  kind: 'reply',
  body: `{"request_id":"x","data":{"data":${data},"metadata":{"version":${version},"deletion_time":"","destroyed":false}}}`,
});
const noKey = json({ errors: [] }, 404);
const refusedAnswer = json({ errors: ['1 error occurred:\n\t* permission denied\n\n'] }, 403);

let standIn: StandIn;
let routes: Record<string, Answer | undefined> = {};

beforeAll(async () => {
  standIn = await startStandIn(({ path }) => routes[path.replace('/v1/', '')] ?? routes['*'] ?? noKey);
});
afterEach(async () => {
  await closeTransports();
  expect(standIn.requests.map(({ path }) => path).join()).not.toContain(canary);
});
afterAll(() => standIn.stop());

async function session(given: typeof routes, more: object = {}): Promise<ProviderSession> {
  routes = { 'auth/token/lookup-self': lookup, 'sys/internal/ui/mounts/secret': mountOf(2), ...given };
  return loggedIn(spec({ address: standIn.address, auth: tokenAuth, ...more }), { credentials, deadlineMs: 1000 });
}

async function read(given: typeof routes, more: object = {}, version?: string): Promise<ReadAnswer> {
  const logged = await session(given, more);
  const answer = await logged.read({ key: 'etl/x', ...(version !== undefined && { version }) }, never);
  expect(JSON.stringify(answer)).not.toContain(canary);
  return answer;
}

const told = (answer: ReadAnswer) =>
  answer.ok || answer.fault.kind === 'login-expired' ? 'no fault' : `${answer.fault.reason}: ${answer.fault.message}`;

const calls = (path: string) => standIn.requests.filter(request => request.path === `/v1/${path}`).length;

describe('a value arrives as the store wrote it', () => {
  test.each([['12345678901234567890'], ['1.0'], ['{ "b" : [1.50,\n2] }'], ['-0.0e+10']])('%s', async source => {
    const answer = await read({ 'secret/data/etl/x': versioned(`{"n":${source},"s":"a\\r\\n${canary}"}`) });
    if (!answer.ok) throw new Error(told(answer));
    expect(answer.value.version).toBe('7');
    const selected = selectProperty(answer.value.value, 'n', 'etl/x');
    expect(selected.ok && selected.value.revealText()).toBe(source);
    expect(answer.value.value.revealText()).toBe(`{"n":${source},"s":"a\\r\\n${canary}"}`);
  });

  test('4,000 keys, and __proto__ among them', async () => {
    const pairs = Array.from({ length: 4000 }, (_, i) => `"k${i}":"v${i}"`).join();
    const answer = await read({ 'secret/data/etl/x': versioned(`{"__proto__":"p",${pairs}}`) });
    if (!answer.ok) throw new Error(told(answer));
    const selected = selectProperty(answer.value.value, '__proto__', 'etl/x');
    expect(selected.ok && selected.value.revealText()).toBe('p');
  });
});

describe('an answer that cannot be used', () => {
  const twice = `{"a":"${canary}","a":2}`;
  const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
  test.each<[string, Answer, RegExp]>([
    ['a duplicate key', versioned(twice), /^ValueNotUsable: etl\/x has the same JSON key twice/],
    ['nesting without end', versioned(deep), /^ValueNotUsable: etl\/x is nested too deeply/],
    ['a body over the cap', versioned(`{"a":"${'x'.repeat(5_000_000)}"}`), /^ValueNotUsable: .* more than may be read/],
    ['JSON of something else', json({ status: canary }), /^ProviderUnavailable: .*proxy or login page/],
    ['a list', json([canary]), /^ProviderUnavailable/],
    ['bytes that are no text', { kind: 'reply', body: Uint8Array.from([255, 254]) }, /^ProviderUnavailable/],
  ])('%s', async (_, answer, expected) => {
    expect(told(await read({ 'secret/data/etl/x': answer }))).toMatch(expected);
  });
});

describe('a status has its meaning', () => {
  test.each<[string, Answer, RegExp]>([
    ['sealed', json({ errors: ['Vault is sealed'] }, 503), /^ProviderUnavailable: Vault at 127.* is sealed/],
    ['503 of a balancer', json({}, 503), /^ProviderUnavailable: .*problem of its own \(status 503\)/],
    ['rate limit', json({ errors: [`quota ${canary}`] }, 429), /^Throttled: .*fewer requests/],
    ['standby', json({ initialized: true, sealed: false, standby: true }, 429), /^ProviderUnavailable: .*standby/],
    ['DR secondary', json({ standby: true }, 472), /^ProviderUnavailable: .*disaster-recovery/],
    ['performance standby', json({ standby: true }, 473), /^ProviderUnavailable: .*performance standby/],
    ['not initialised', json({}, 501), /^ProviderUnavailable: .*not initialised/],
    ['behind a write', json({ errors: [] }, 412), /^ProviderUnavailable: .*not caught up/],
    [
      'upgrading',
      json({ errors: ['Upgrading from non-versioned to versioned data.'] }, 400),
      /^ProviderUnavailable: .*upgrading/,
    ],
    ['redirect', { kind: 'redirect', to: 'http://127.0.0.1:1/' }, /^ProviderUnavailable: .*redirects elsewhere/],
    ['another 400', json({ errors: [canary] }, 400), /^AccessDenied: .*status 400/],
  ])('%s', async (_, answer, expected) => {
    expect(told(await read({ 'secret/data/etl/x': answer }))).toMatch(expected);
  });
});

describe('403', () => {
  test('of a token that lives is policy, and the message has the rule to add', async () => {
    const answer = await read({ 'secret/data/etl/x': refusedAnswer });
    expect(told(answer)).toMatch(
      /^AccessDenied: .*refused access to etl\/x: its policy needs path "secret\/data\/etl\/x" { capabilities = \["read"\] }$/,
    );
  });

  test('of a token that is dead is an expired login', async () => {
    const logged = await session({ 'secret/data/etl/x': refusedAnswer });
    routes = { '*': refusedAnswer };
    expect(await logged.read({ key: 'etl/x' }, never)).toEqual({ ok: false, fault: { kind: 'login-expired' } });
  });

  test('leaves both open when the store cannot say', async () => {
    const logged = await session({ 'secret/data/etl/x': refusedAnswer });
    routes = { 'auth/token/lookup-self': json({}, 500), 'secret/data/etl/x': refusedAnswer };
    expect(told(await logged.read({ key: 'etl/x' }, never))).toMatch(/^ProviderUnavailable/);
  });

  test('of many reads at once costs one lookup', async () => {
    const logged = await session({ '*': refusedAnswer });
    const before = calls('auth/token/lookup-self');
    await Promise.all(Array.from({ length: 200 }, (_, i) => logged.read({ key: `k${i}` }, never)));
    expect(calls('auth/token/lookup-self') - before).toBe(1);
  });
});

describe('404', () => {
  const gone = (destroyed: boolean, deletion_time: string) =>
    json({ data: { data: null, metadata: { version: 4, destroyed, deletion_time } } }, 404);

  test.each<[string, Answer, string | undefined, RegExp]>([
    ['never was', noKey, undefined, /^KeyNotFound: Vault at .* has no etl\/x in the engine at "secret"/],
    [
      'soft-deleted',
      gone(false, '2026-01-01T00:00:00Z'),
      undefined,
      /^KeyNotFound: .*newest version, 4, is deleted \(it can be undeleted\)/,
    ],
    ['destroyed', gone(true, ''), undefined, /^KeyNotFound: .*newest version, 4, was destroyed/],
    [
      'an old version, deleted',
      gone(false, '2026-01-01T00:00:00Z'),
      '4',
      /^VersionNotFound: .*no version 4 of etl\/x: it is deleted/,
    ],
    ['an old version, destroyed', gone(true, ''), '4', /^VersionNotFound: .*no version 4 of etl\/x: it was destroyed/],
  ])('%s is proved and told apart', async (_, answer, version, expected) => {
    const path = `secret/data/etl/x${version ? `?version=${version}` : ''}`;
    expect(told(await read({ [path]: answer }, {}, version))).toMatch(expected);
  });

  test('a missing version of a key that is there, and of one that is not', async () => {
    const there = { 'secret/data/etl/x': versioned('{}') };
    expect(told(await read(there, {}, '9'))).toMatch(/^VersionNotFound: .*has no version 9 of etl\/x/);
    expect(told(await read({}, {}, '9'))).toMatch(/^KeyNotFound/);
  });

  test.each<[string, Record<string, Answer>, object, RegExp]>([
    [
      'an engine that is not mounted',
      { 'sys/internal/ui/mounts/nope': refusedAnswer },
      { kv: { mount: 'nope' } },
      /^AccessDenied: .*no engine at "nope": check kv.mount/,
    ],
    [
      'version 1 where 2 is configured',
      { 'sys/internal/ui/mounts/secret': mountOf(1) },
      {},
      /^SourceInvalid: .*version 1, not 2: set kv.version: 1/,
    ],
    [
      'version 2 where 1 is configured',
      { '*': json({ data: null, warnings: [canary] }, 404) },
      { kv: { version: 1 } },
      /^SourceInvalid: .*version 2, not 1: set kv.version: 2/,
    ],
    [
      'another engine',
      { 'sys/internal/ui/mounts/secret': mountOf(2, 'database') },
      {},
      /^SourceInvalid: .*no KV engine/,
    ],
    [
      'a mount below the named one',
      { 'sys/internal/ui/mounts/secret': mountOf(2, 'kv', 'secret/team/') },
      {},
      /^SourceInvalid/,
    ],
    [
      'a complaint',
      { '*': json({ errors: [`no handler for ${canary}`] }, 404) },
      {},
      /^AccessDenied: .*does not say whether/,
    ],
    [
      'a page',
      { '*': { kind: 'reply', status: 404, body: `<html>${canary}` } },
      {},
      /^ProviderUnavailable: .*not Vault's/,
    ],
    ['a version that is neither', { '*': gone(false, '') }, {}, /^ProviderUnavailable/],
    ['a mount that cannot be asked', { 'sys/internal/ui/mounts/secret': json({}, 500) }, {}, /^ProviderUnavailable/],
  ])('%s is never absent', async (_, given, more, expected) => {
    expect(told(await read(given, more))).toMatch(expected);
  });

  test('2,000 missing keys ask for the mount once', async () => {
    const logged = await session({});
    const before = calls('sys/internal/ui/mounts/secret');
    const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) => logged.read({ key: `k${i}` }, never)));
    expect(new Set(answers.map(answer => !answer.ok && answer.fault.kind))).toEqual(new Set(['absent']));
    expect(calls('sys/internal/ui/mounts/secret') - before).toBe(1);
  });
});

describe('nothing is sent', () => {
  test.each([['a/../b'], ['a//b'], ['a%2fb'], ['a?x'], ['/a'], ['a\nb']])('for the key %j', async key => {
    const logged = await session({});
    const before = standIn.requests.length;
    expect(await logged.read({ key }, never)).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
    expect(await logged.read({ key: 'a', version: '1&list=true' }, never)).toMatchObject({ ok: false });
    expect(standIn.requests).toHaveLength(before);
  });
});

describe('the environment of the operator', () => {
  const environment = {
    VAULT_ADDR: 'http://127.0.0.1:1',
    VAULT_TOKEN: 's.of-the-environment',
    VAULT_NAMESPACE: 'of-the-environment',
    VAULT_PREFIX: '/of-the-environment',
    VAULT_SKIP_VERIFY: '1',
    DEBUG: '*',
  };
  afterEach(() => {
    for (const name of Object.keys(environment)) delete process.env[name];
  });

  test('has no influence on address, token, namespace and path', async () => {
    Object.assign(process.env, environment);
    routes = { 'auth/approle/login': json({ auth: { client_token: 's.mine', lease_duration: 60, renewable: false } }) };
    const given = spec({ address: standIn.address, auth: appRoleAuth });
    const before = standIn.requests.length;
    const logged = await loggedIn(given, { credentials });
    await logged.read({ key: 'etl/x' }, never);
    const sent = standIn.requests.slice(before);
    expect(sent.map(({ path }) => path)).toEqual([
      '/v1/auth/approle/login',
      '/v1/secret/data/etl/x',
      '/v1/sys/internal/ui/mounts/secret',
    ]);
    expect(sent.map(({ headers }) => headers['x-vault-token'])).toEqual([undefined, 's.mine', 's.mine']);
    expect(sent.map(({ headers }) => headers['x-vault-namespace'])).toEqual([undefined, undefined, undefined]);
  });

  test('two sessions never send each other’s token or namespace', async () => {
    const first = await session({}, { namespace: 'one' });
    const second = await loggedIn(spec({ address: standIn.address, auth: tokenAuth }), {
      credentials: { token: 's.two' },
    });
    const before = standIn.requests.length;
    await Promise.all([first.read({ key: 'a' }, never), second.read({ key: 'b' }, never)]);
    const headers = (key: string) =>
      standIn.requests.slice(before).find(({ path }) => path.endsWith(`/${key}`))?.headers;
    expect(headers('a')).toMatchObject({ 'x-vault-token': `s.${canary}`, 'x-vault-namespace': 'one' });
    expect(headers('b')).toMatchObject({ 'x-vault-token': 's.two' });
    expect(headers('b')).not.toHaveProperty('x-vault-namespace');
  });
});

describe('a login that does not work', () => {
  const given = (auth: object) => spec({ address: standIn.address, auth });
  test.each<[string, object, Record<string, Answer>, RegExp]>([
    ['a page', appRoleAuth, { '*': { kind: 'reply', body: `<html>${canary}` } }, /^ProviderUnavailable: .*not Vault's/],
    ['an answer without a token', appRoleAuth, { '*': json({ auth: null }) }, /^ProviderUnavailable/],
    [
      'a token with a line break',
      appRoleAuth,
      { '*': json({ auth: { client_token: 'a\r\nX: y', lease_duration: 1, renewable: true } }) },
      /^ProviderUnavailable/,
    ],
    [
      'no auth method',
      appRoleAuth,
      { '*': json({ errors: ['no handler for route "x"'] }, 404) },
      /^AuthFailed: .*an AppRole on auth\/approle: no auth method is mounted/,
    ],
    [
      'a dead token',
      tokenAuth,
      { '*': refusedAnswer },
      /^AuthFailed: .*the token in Secret "vault-token" on auth\/token: it has ended/,
    ],
    ['sealed', tokenAuth, { '*': json({ errors: ['Vault is sealed'] }, 503) }, /^ProviderUnavailable: .*sealed/],
    ['a problem', tokenAuth, { '*': json({ errors: [canary] }, 500) }, /^ProviderUnavailable/],
  ])('%s', async (_, auth, answers, expected) => {
    routes = answers;
    const result = await vault.login(given(auth), ports({ credentials }), never);
    expect(JSON.stringify(result)).not.toContain(canary);
    expect(result.ok ? '' : `${result.fault.reason}: ${result.fault.message}`).toMatch(expected);
  });

  test.each([[''], ['two\nlines'], ['é'], [' \n']])('a credential of %j is refused before it is sent', async token => {
    const before = standIn.requests.length;
    const result = await vault.login(given(tokenAuth), ports({ credentials: { token } }), never);
    expect(result).toMatchObject({ ok: false, fault: { reason: 'AuthFailed' } });
    expect(standIn.requests).toHaveLength(before);
  });
});
