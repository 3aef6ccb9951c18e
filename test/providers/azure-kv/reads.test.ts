import { describe, expect, test } from '@jest/globals';
import { failed } from '../../../src/core/result.ts';
import { canary } from '../../canary.ts';
import { faultText } from '../wire.ts';
import {
  clientId,
  never,
  type Reply,
  reply,
  secret,
  tenantId,
  vaultError,
  vaultRig,
  vaultUrl,
  version,
} from './rig.ts';

const vault = 'Key Vault etl.vault.azure.net';
const who = `ServiceAccount etl/app as application ${clientId} of tenant ${tenantId}`;

async function read(answer: Reply, key = 'Warehouse', pinned?: string) {
  const { session, sent } = vaultRig(() => answer);
  const result = await (await session()).read({ key, ...(pinned && { version: pinned }) }, never);
  return { result, asked: sent.slice(1).map(({ url }) => url) };
}

const text = ({ result }: Awaited<ReturnType<typeof read>>) =>
  result.ok ? result.value.value.revealText() : faultText(result);

describe('a secret', () => {
  test('is its text, whatever its content type says, and its version is the vault’s', async () => {
    const found = await read(secret(`{"a":"${canary}"}`, { contentType: 'application/x-pkcs12' }));
    expect(text(found)).toBe(`{"a":"${canary}"}`);
    expect(found.result).toMatchObject({ ok: true, value: { version } });
    expect(found.asked).toEqual([`${vaultUrl}/secrets/warehouse/?api%2Dversion=7.4`]);
  });

  test('of one version is asked for by its id', async () => {
    const found = await read(secret('old'), 'x', version.toUpperCase());
    expect(text(found)).toBe('old');
    expect(found.asked).toEqual([`${vaultUrl}/secrets/x/${version}?api%2Dversion=7.4`]);
  });

  test.each([[undefined], [null]])('whose value is %s cannot be used', async value => {
    expect(text(await read(secret(value)))).toBe(`ValueNotUsable: secret warehouse of ${vault} has no value: set one`);
  });

  test('that holds half of a character cannot be used', async () => {
    expect(text(await read(secret('\ud83d')))).toMatch(/^ValueNotUsable: secret warehouse is no text/);
  });
});

describe('a certificate', () => {
  const der = Buffer.alloc(100, 7).toString('base64');
  const certificate = (more: object = {}) =>
    reply({ id: `${vaultUrl}/certificates/web/${version}`, cer: der, attributes: { enabled: true }, ...more });

  test('is its public part in PEM form, in lines of 64', async () => {
    const found = await read(certificate(), 'certificate/Web');
    expect(text(found)).toBe(
      `-----BEGIN CERTIFICATE-----\n${der.slice(0, 64)}\n${der.slice(64, 128)}\n${der.slice(128)}\n-----END CERTIFICATE-----\n`,
    );
    expect(found.result).toMatchObject({ ok: true, value: { version } });
    expect(found.asked).toEqual([`${vaultUrl}/certificates/web?api-version=7.4`]);
  });

  test('that is disabled is absent', async () => {
    const disabled = await read(certificate({ attributes: { enabled: false } }), 'certificate/web');
    expect(text(disabled)).toBe(`KeyNotFound: ${vault} serves no certificate web: it is disabled`);
  });

  test.each([[undefined], [null], ['']])('that is %j because its request is pending cannot be used', async cer => {
    expect(text(await read(certificate({ cer }), 'certificate/web'))).toMatch(
      /^ValueNotUsable: certificate web of .* is empty: is its request still pending\?$/,
    );
  });

  test.each<[string, Reply]>([
    ['no DER', certificate({ cer: '<html>' })],
    ['no version', certificate({ id: `${vaultUrl}/certificates/web` })],
    ['a page', reply(`<html>${canary}`)],
  ])('with %s is not Key Vault’s', async (_, answer) => {
    expect(text(await read(answer, 'certificate/web'))).toMatch(/^ProviderUnavailable: .*not Key Vault's/);
  });
});

describe('a key', () => {
  const jwk = `{"kid":"${vaultUrl}/keys/sign/${version}","kty":"RSA","key_ops":["verify"], "n":"AQAB","e":"AQAB"}`;

  test('is its public JSON Web Key, as the vault wrote it', async () => {
    const found = await read(reply(JSON.parse(`{"key":${jwk},"attributes":{"enabled":true}}`)), 'key/Sign', version);
    expect(JSON.parse(text(found) ?? '')).toEqual(JSON.parse(jwk));
    expect(found.asked).toEqual([`${vaultUrl}/keys/sign/${version}?api-version=7.4`]);
  });

  test('that is disabled is absent', async () => {
    const disabled = await read(reply({ key: JSON.parse(jwk), attributes: { enabled: false } }), 'key/sign');
    expect(text(disabled)).toBe(`KeyNotFound: ${vault} serves no key sign: it is disabled`);
  });

  test('of another form is not Key Vault’s', async () => {
    expect(text(await read(reply({ key: canary }), 'key/sign'))).toMatch(/^ProviderUnavailable/);
  });
});

describe('what a vault does not serve', () => {
  const html = reply(`<html>${canary}`, 404);
  test.each<[string, Reply, RegExp]>([
    [
      'a missing secret',
      vaultError(404, 'SecretNotFound'),
      /^KeyNotFound: .* serves no secret warehouse: it is not there, or is deleted/,
    ],
    [
      'a disabled one',
      vaultError(403, 'Forbidden', 'SecretDisabled'),
      /^KeyNotFound: .* secret warehouse: it is disabled/,
    ],
    [
      'no role',
      vaultError(403, 'Forbidden', 'ForbiddenByRbac'),
      new RegExp(
        `^AccessDenied: ${vault} refused secret warehouse to ${who}: it needs the role "Key Vault Secrets User" .*secrets get and list`,
      ),
    ],
    ['no access policy', vaultError(403, 'Forbidden', 'AccessDenied'), /^AccessDenied: .*refused secret warehouse/],
    ['a 403 of somebody else', reply(`<html>${canary}`, 403), /^AccessDenied/],
    [
      'a firewall',
      vaultError(403, 'Forbidden', 'ForbiddenByFirewall'),
      /^AccessDenied: .*network of the operator: check its firewall/,
    ],
    [
      'a closed network',
      vaultError(403, 'Forbidden', 'ForbiddenByConnection'),
      /^AccessDenied: .*network of the operator/,
    ],
    [
      'a 404 that says something else',
      vaultError(404, 'VaultNotFound'),
      /^AccessDenied: .*does not say whether secret warehouse is there/,
    ],
    ['a 404 of somebody else', html, /^ProviderUnavailable: .*not Key Vault's/],
    ['a bad request', vaultError(400, 'BadParameter'), /^AccessDenied: .*status 400/],
    [
      'a secret that is being deleted',
      vaultError(409, 'Conflict', 'ObjectIsBeingDeleted'),
      /^ProviderUnavailable: .*busy/,
    ],
    ['500', reply(canary, 500), /^ProviderUnavailable: .*status 500/],
    ['a page', reply(`<html>${canary}`), /^ProviderUnavailable: .*not Key Vault's/],
    ['JSON of somebody else', reply({ value: canary }), /^ProviderUnavailable: .*not Key Vault's/],
    ['a number', secret(7), /^ProviderUnavailable/],
    [
      'a certificate that is not trusted',
      failed({ kind: 'tls', why: 'untrusted' }),
      /^ProviderUnavailable: Key Vault .*caBundle/,
    ],
    ['a closed address', failed({ kind: 'egress', rule: 'closed' }), /^SourceInvalid/],
    ['too much', failed({ kind: 'body-too-large' }), /^ValueNotUsable/],
  ])('%s', async (_, answer, expected) => {
    const found = await read(answer);
    expect(text(found)).toMatch(expected);
    expect(found.asked).toHaveLength(1); // the SDK would try three times
  });

  test('429, with its time', async () => {
    const { result } = await read(reply({}, 429, 7000));
    expect(result).toMatchObject({ ok: false, fault: { kind: 'throttled', retryAfterMs: 7000 } });
  });

  test.each([
    ['certificate/web', 'CertificateNotFound', /^KeyNotFound: .*certificate web/],
    ['key/sign', 'KeyNotFound', /^KeyNotFound: .*key sign/],
  ])('%s that is missing', async (key, code, expected) => {
    expect(text(await read(vaultError(404, code), key))).toMatch(expected);
  });

  test.each([
    ['certificate/web', /it needs the role "Key Vault Reader" .*certificates get/],
    ['key/sign', /it needs the role "Key Vault Reader" .*keys get/],
  ])('%s without the role', async (key, expected) => {
    expect(text(await read(vaultError(403, 'Forbidden', 'ForbiddenByRbac'), key))).toMatch(expected);
  });
});

describe('401', () => {
  test('ends the login', async () => {
    const { result, asked } = await read(vaultError(401, 'Unauthorized', undefined, `[TokenExpired] ${canary}`));
    expect(result).toEqual({ ok: false, fault: { kind: 'login-expired' } });
    expect(asked).toHaveLength(1); // the SDK would ask for another token
  });

  test.each<[string, RegExp]>([
    [
      'AKV10032',
      /^AuthFailed: .* takes no token of .*belongs to another tenant: set tenantId to the tenant of the vault/,
    ],
    ['AKV10022', /^AuthFailed: .*expects another audience: check vaultUrl/],
  ])('with %s is no matter of time', async (number, expected) => {
    const answer = vaultError(401, 'Unauthorized', undefined, `${number}: Invalid. Expected ${canary}`);
    expect(text(await read(answer))).toMatch(expected);
  });
});

describe('a version that is missing', () => {
  const missing = vaultError(404, 'SecretNotFound');
  const both = async (pinned: Reply, newest: Reply) => {
    const { session } = vaultRig(({ url }) => (url.includes(version) ? pinned : newest));
    return faultText(await (await session()).read({ key: 'x', version }, never));
  };

  test('is told apart from a missing secret by a second read', async () => {
    expect(await both(missing, secret(canary))).toMatch(/^VersionNotFound: .* serves no version 0123.* of secret x/);
    expect(await both(missing, missing)).toMatch(/^KeyNotFound/);
  });

  test('or disabled, too', async () => {
    const disabled = vaultError(403, 'Forbidden', 'SecretDisabled');
    expect(await both(disabled, secret(canary))).toMatch(/^VersionNotFound: .*it is disabled/);
    expect(await both(disabled, disabled)).toMatch(/^KeyNotFound: .*it is disabled/);
  });

  test('stays missing when the second read fails', async () => {
    expect(await both(missing, reply({}, 500))).toMatch(/^VersionNotFound/);
  });
});

test('nothing is sent for what names no object or version', async () => {
  const { session, sent } = vaultRig(() => secret(canary));
  const entered = await session();
  for (const key of ['a/b', '../x', 'x?y', ''])
    expect(await entered.read({ key }, never)).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  for (const wrong of ['1', 'latest', `${version}/../../y`])
    expect(await entered.read({ key: 'x', version: wrong }, never)).toMatchObject({
      ok: false,
      fault: { kind: 'invalid' },
    });
  expect(sent).toHaveLength(1);
});

describe('when the version was made', () => {
  const made = ({ result }: Awaited<ReturnType<typeof read>>) => (result.ok ? result.value.madeAt : faultText(result));
  const created = Date.UTC(2026, 0, 31) / 1000;
  const attributes = { enabled: true, created };
  const tags = { team: 'etl', 'shearline.dev/rotated-at': '2025-12-01' };
  const id = (kind: string) => `${vaultUrl}/${kind}/web/${version}`;

  test.each<[string, Reply, string, number | undefined]>([
    ['is what a secret says', secret('x', { attributes }), 'x', created * 1000],
    ['is earlier, when its tag says so', secret('x', { attributes, tags }), 'x', Date.UTC(2025, 11, 1)],
    ['is not said by a secret without', secret('x'), 'x', undefined],
    [
      'is what a certificate and its tag say',
      reply({ id: id('certificates'), cer: 'AAAA', attributes, tags }),
      'certificate/Web',
      Date.UTC(2025, 11, 1),
    ],
    [
      'is what a key says',
      reply({ key: { kid: id('keys'), kty: 'RSA' }, attributes, tags: { 'shearline.dev/rotated-at': 7 } }),
      'key/Web',
      created * 1000,
    ],
  ])('%s', async (_what, answer, key, expected) => {
    expect(made(await read(answer, key))).toBe(expected);
  });
});
