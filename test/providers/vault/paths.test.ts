import { describe, expect, test } from '@jest/globals';
import { bindProvider } from '../../../src/providers/index.ts';
import { vault } from '../../../src/providers/vault/index.ts';
import { checkVersion, encodePath, policyPath } from '../../../src/providers/vault/keys.ts';
import { appRoleAuth, spec, tokenAuth } from './setting.ts';

const address = 'https://vault.example.com:8200';
const v2 = spec({ address, auth: tokenAuth });
const v1 = spec({ address, kv: { mount: 'kv', version: 1 }, auth: tokenAuth });
const message = (result: { ok: boolean; fault?: { message: string } }) => result.fault?.message;

describe('a remote key is its own canonical form', () => {
  test.each([
    ['etl/warehouse'],
    ['a'],
    ['a b/grün'],
    ['a.b'],
    ['...'],
    ['a..b'],
    ['a/.b'],
    ["it's+(1)*@:;,=&!"],
    ['x'.repeat(1024)],
  ])('%s', key => expect(vault.canonicalKey(v2, key)).toEqual({ ok: true, value: key }));
});

describe('a key that could leave its place is refused, and the message says why', () => {
  test.each([
    ['', /is empty/],
    ['/a', /begin or end/],
    ['a/', /begin or end/],
    ['a//b', /empty segment/],
    ['..', /"\.\."/],
    ['a/../b', /"\.\."/],
    ['a/..', /"\.\."/],
    ['./a', /"\.\."/],
    ['a/./b', /"\.\."/],
    ['a%2fb', /% \? # /],
    ['a/%2e%2e/b', /% \? # /],
    ['a?version=1', /% \? # /],
    ['a#b', /% \? # /],
    ['a\\b', /% \? # /],
    ['a&#x2F;b', /% \? # /],
    ['a\nb', /cannot be seen/],
    ['a\u0000', /cannot be seen/],
    ['a\u007f', /cannot be seen/],
    ['a\u202eb', /cannot be seen/],
    ['a\u200bb', /cannot be seen/],
    ['a\ud800', /cannot be seen/],
    ['x'.repeat(1025), /longer than 1024/],
  ])('%j', (key, why) => {
    const result = vault.canonicalKey(v2, key);
    expect(result).toMatchObject({ ok: false, fault: { kind: 'invalid', reason: 'InvalidSpec' } });
    expect(message(result)).toMatch(why);
    expect(message(result)).toMatch(/^[\x20-\x7e…]+$/);
  });
});

test('a path is encoded segment by segment', () => {
  expect(encodePath('a b/grün/x:@&=+$,;')).toBe('a%20b/gr%C3%BCn/x%3A%40%26%3D%2B%24%2C%3B');
  expect(policyPath(v2, 'etl/x')).toBe('secret/data/etl/x');
  expect(policyPath(v1, 'etl/x')).toBe('kv/etl/x');
});

test('versions are numbers from 1 on, and only version 2 engines have them', () => {
  for (const good of ['1', '7', '123456789']) expect(checkVersion(v2, good)).toEqual({ ok: true, value: good });
  for (const bad of ['', '0', '-1', '01', '1.0', 'latest', '1&x=2', ' 1', '1234567890'])
    expect(checkVersion(v2, bad)).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  expect(checkVersion(v1, '1')).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  expect(checkVersion(v1, undefined).ok).toBe(true);
});

describe('a spec is checked before any URL is built', () => {
  const serviceAccountRef = { name: 'etl-reader', audiences: ['vault'] };
  const kubernetes = { role: 'etl', serviceAccountRef };
  test.each<[string, object, RegExp]>([
    ['no login', { auth: {} }, /not valid/],
    ['two logins', { auth: { ...tokenAuth, kubernetes } }, /not valid/],
    ['role id twice', { auth: { appRole: { ...appRoleAuth.appRole, roleId: 'x' } } }, /not valid/],
    ['no role id', { auth: { appRole: { secretIdRef: appRoleAuth.appRole.secretIdRef } } }, /not valid/],
    ['mount with traversal', { kv: { mount: 'a/../b' } }, /kv\.mount "a\/\.\.\/b"/],
    ['mount with two slashes at the end', { kv: { mount: 'kv//' } }, /kv\.mount "kv\/" must not begin or end/],
    ['mount that is a slash', { kv: { mount: '/' } }, /kv\.mount "" is empty/],
    ['namespace that begins with a slash', { namespace: '/a' }, /namespace "\/a" must not begin or end/],
    ['namespace of the login', { auth: { ...tokenAuth, namespace: 'a/../b' } }, /auth\.namespace "a\/\.\.\/b"/],
    ['namespace with an empty segment', { namespace: 'a//b' }, /namespace "a\/\/b"/],
    ['auth mount', { auth: { kubernetes: { ...kubernetes, mount: '../sys' } } }, /auth mount "\.\.\/sys"/],
    ['role', { auth: { jwt: { ...kubernetes, role: '..' } } }, /role "\.\."/],
    ['address with traversal', { address: 'https://vault.example.com/a/../b' }, /must be a URL/],
    ['address of no host', { address: 'https://:8200' }, /must be a URL/],
  ])('%s', (_, given, why) => {
    const result = bindProvider({ vault: { address, auth: tokenAuth, ...given } });
    expect(result).toMatchObject({ ok: false, fault: { kind: 'invalid', reason: 'InvalidSpec' } });
    expect(result.ok ? '' : result.fault.message).toMatch(why);
  });

  test.each([
    ['ftp://vault.example.com'],
    ['vault.example.com'],
    ['https://user:CANARY-7f3a@vault.example.com'],
    ['https://x/?a=b'],
  ])('the schema takes no address such as %s', wrong =>
    expect(vault.spec.safeParse({ address: wrong, auth: tokenAuth }).success).toBe(false),
  );

  test('a source needs exactly one provider', () => {
    expect(bindProvider({})).toMatchObject({
      ok: false,
      fault: { message: expect.stringMatching(/^provider must have exactly one of: vault/) },
    });
  });
});

test('a slash at the end of mounts and namespaces, as the tools of the store print them, is dropped', () => {
  const appRole = { ...appRoleAuth.appRole, mount: 'logins/approle/' };
  const printed = { namespace: 'a/b/', kv: { mount: 'team/kv/' }, auth: { appRole, namespace: 'a/' } };
  expect(spec({ address, ...printed })).toMatchObject({
    namespace: 'a/b',
    kv: { mount: 'team/kv' },
    auth: { appRole: { mount: 'logins/approle' }, namespace: 'a' },
  });
});

test('says what it needs from the cluster', () => {
  const serviceAccountRef = { name: 'etl-reader', audiences: ['vault'] };
  const caBundle = { configMapKeyRef: { name: 'vault-ca', key: 'ca.crt' } };
  const kubernetes = bindProvider({
    vault: spec({ address, caBundle, auth: { kubernetes: { role: 'etl', serviceAccountRef } } }),
  });
  expect(kubernetes.ok && kubernetes.value.needs).toEqual({
    addresses: [address],
    serviceAccount: serviceAccountRef,
    caBundle: { configMapKeyRef: { name: 'vault-ca', key: 'ca.crt' } },
    credentials: [],
  });
  expect(vault.needs(spec({ address, auth: appRoleAuth }))).toEqual({
    addresses: [address],
    credentials: [
      { name: 'role', key: 'role-id' },
      { name: 'role', key: 'secret-id' },
    ],
  });
});
