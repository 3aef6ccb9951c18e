import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shapeFault } from '../../../../src/controllers/secret-reference/secret-types/secret-types.ts';
import { certificateExpiry } from '../../../../src/controllers/secret-reference/secret-types/tls-pair.ts';
import { SecretValue } from '../../../../src/core/secret-value.ts';
import { canary } from '../../../canary.ts';
import { superlinear } from '../../../growth/growth.ts';
import { type Authority, type Certificate, createAuthority, issueCertificate } from '../../../servers/certificates.ts';

let directory: string;
let ca: Authority;
let server: Certificate;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shearline-types-'));
  ca = await createAuthority(directory);
  server = await issueCertificate(ca, { commonName: 'server' });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

type Texts = Readonly<Record<string, string | Buffer>>;

function faultOf(type: string, texts: Texts): string | undefined {
  const values = Object.entries(texts).map(([key, text]) => [key, new SecretValue(Buffer.from(text))] as const);
  return shapeFault(`kubernetes.io/${type}`, new Map(values));
}

const pem = (label: string, bytes: string | Buffer) =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----\n`;

describe('a TLS Secret takes', () => {
  const good = () => ({ 'tls.crt': server.certificate, 'tls.key': server.key });

  test('whose end it notes: that of the first certificate, without a value', () => {
    const values = Object.entries({ ...good(), 'tls.crt': server.certificate + ca.certificate });
    const data = new Map(values.map(([key, text]) => [key, SecretValue.fromText(text)]));
    const { validToDate } = new X509Certificate(server.certificate);
    expect(certificateExpiry(data)).toBe(validToDate.toISOString().replace('.000', ''));
    expect(certificateExpiry(new Map())).toBeUndefined();
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

  test.each<[what: string, texts: () => Texts]>([
    ['a certificate and its key', good],
    ['other keys beside', () => ({ ...good(), 'ca.crt': canary })],
    ['a chain, the own certificate first', () => ({ ...good(), 'tls.crt': server.certificate + ca.certificate })],
    ['text between certificates', () => ({ ...good(), 'tls.crt': `CN = server\n${server.certificate}\nCN = ca\n` })],
    ['line ends of Windows', () => ({ ...good(), 'tls.crt': server.certificate.replaceAll('\n', '\r\n') })],
    ['no line end at the end', () => ({ 'tls.crt': server.certificate.trim(), 'tls.key': server.key.trim() })],
    [
      'parameters before the key, as openssl ecparam writes them',
      () => ({ ...good(), 'tls.key': pem('EC PARAMETERS', 'x') + server.key }),
    ],
    ['certificates beside the key', () => ({ ...good(), 'tls.key': server.key + ca.certificate })],
  ])('%s', (_, texts) => {
    expect(faultOf('tls', texts())).toBeUndefined();
  });

  /** As the tools of this world write keys: openssl since 3.0 PKCS#8, before that and Go's x509 the others. */
  test.each([
    ['RSA 2048', 'pkcs8', 'PRIVATE KEY'],
    ['RSA 2048', 'pkcs1', 'RSA PRIVATE KEY'],
    ['EC P-256', 'pkcs8', 'PRIVATE KEY'],
    ['EC P-256', 'sec1', 'EC PRIVATE KEY'],
    ['EC P-384', 'sec1', 'EC PRIVATE KEY'],
    ['Ed25519', 'pkcs8', 'PRIVATE KEY'],
    ['Ed448', 'pkcs8', 'PRIVATE KEY'],
  ] as const)('an %s key in the form %s, and not that of another certificate', async (algorithm, type, label) => {
    const subject = { commonName: `${algorithm} ${type}`, algorithm };
    const [own, another] = await Promise.all([issueCertificate(ca, subject), issueCertificate(ca, subject)]);
    const keyOf = ({ key }: Certificate) => createPrivateKey(key).export({ format: 'pem', type }).toString();
    expect(keyOf(own)).toContain(`-----BEGIN ${label}-----`);
    expect(faultOf('tls', { 'tls.crt': own.certificate, 'tls.key': keyOf(own) })).toBeUndefined();
    expect(faultOf('tls', { 'tls.crt': own.certificate, 'tls.key': keyOf(another) })).toMatch(/belongs to none/);
  });

  test.each<[what: string, order: readonly ('server' | 'ca' | 'other')[], fault: RegExp | undefined]>([
    ['the server alone', ['server'], undefined],
    ['the server, then who issued it', ['server', 'ca'], undefined],
    ['the server, then the others in any order: clients sort them', ['server', 'other', 'ca'], undefined],
    ['who issued it, then the server', ['ca', 'server'], /it belongs to number 2, put that first$/],
    ['the server last of three', ['ca', 'other', 'server'], /it belongs to number 3, put that first$/],
    ['a chain without the server', ['other', 'ca'], /it belongs to none that is there$/],
  ])('a chain in the order of servers: %s', async (_, order, fault) => {
    const other = await issueCertificate(ca, { commonName: 'other' });
    const chain = order.map(each => ({ server, ca, other })[each].certificate).join('');
    const found = faultOf('tls', { 'tls.crt': chain, 'tls.key': server.key });
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(fault);
  });

  test.each<[what: string, texts: () => Texts, message: RegExp]>([
    ['nothing', () => ({}), /^needs the key tls\.crt and tls\.key: add it to spec\.data$/],
    ['no key', () => ({ 'tls.crt': server.certificate }), /^needs the key tls\.key/],
    ['an empty certificate', () => ({ ...good(), 'tls.crt': '' }), /^needs a certificate under tls\.crt, as PEM text/],
    ['an empty key', () => ({ ...good(), 'tls.key': '' }), /^needs a private key under tls\.key, as PEM text/],
    [
      'a bundle with the key in it',
      () => ({ 'tls.crt': server.key + server.certificate, 'tls.key': server.key }),
      /^needs certificates alone under tls\.crt: there is a private key too/,
    ],
    [
      'an encrypted key in the certificate',
      () => ({ ...good(), 'tls.crt': server.certificate + pem('ENCRYPTED PRIVATE KEY', 'x') }),
      /^needs certificates alone under tls\.crt: there is a private key too/,
    ],
    [
      'something else in the certificate',
      () => ({ ...good(), 'tls.crt': server.certificate + pem('X509 CRL', canary) }),
      /^needs certificates alone under tls\.crt: there is something else/,
    ],
    [
      'a PFX file as Base64',
      () => ({ ...good(), 'tls.crt': Buffer.from(canary).toString('base64') }),
      /^needs a certificate under tls\.crt, .*convert PFX/,
    ],
    [
      'bytes',
      () => ({ ...good(), 'tls.crt': Buffer.from([0x30, 0x82, 0xff]) }),
      /^needs a certificate under tls\.crt, .*DER/,
    ],
    [
      'a certificate that lost its line breaks',
      () => ({ ...good(), 'tls.crt': server.certificate.replaceAll('\n', ' ') }),
      /^needs a certificate under tls\.crt, .*line breaks/,
    ],
    [
      'half a certificate',
      () => ({ ...good(), 'tls.crt': server.certificate.slice(0, 200) }),
      /^needs PEM blocks that are whole, .* under tls\.crt$/,
    ],
    [
      'a block that begins in another',
      () => ({ ...good(), 'tls.crt': `-----BEGIN X-----\n${server.certificate}` }),
      /^needs PEM blocks that are whole/,
    ],
    [
      'a damaged certificate in the chain',
      () => ({ ...good(), 'tls.crt': server.certificate + pem('CERTIFICATE', canary) }),
      /^needs good certificates under tls\.crt: number 2 is damaged$/,
    ],
    [
      'a certificate that ends at no time',
      () => ({ ...good(), 'tls.crt': pem('CERTIFICATE', withoutEnd(server.certificate)) }),
      /^needs good certificates under tls\.crt: number 1 is damaged$/,
    ],
    [
      'more certificates than any chain has',
      () => ({ ...good(), 'tls.crt': server.certificate.repeat(101) }),
      /^needs at most 100 PEM blocks under tls\.crt$/,
    ],
    [
      'two keys',
      () => ({ ...good(), 'tls.key': server.key + ca.key }),
      /^needs one private key under tls\.key: there are 2$/,
    ],
    [
      'an encrypted key',
      () => ({ ...good(), 'tls.key': pem('ENCRYPTED PRIVATE KEY', canary) }),
      /under tls\.key: it is encrypted, store it without passphrase$/,
    ],
    [
      'a key that is encrypted in the old form',
      () => ({
        ...good(),
        'tls.key': rsa.export({ format: 'pem', type: 'pkcs1', cipher: 'aes-128-cbc', passphrase: canary }),
      }),
      /under tls\.key: it is encrypted/,
    ],
    [
      'a key of OpenSSH',
      () => ({ ...good(), 'tls.key': pem('OPENSSH PRIVATE KEY', canary) }),
      /under tls\.key: it is not RSA/,
    ],
    [
      'a damaged key',
      () => ({ ...good(), 'tls.key': pem('EC PRIVATE KEY', canary) }),
      /under tls\.key: it is damaged$/,
    ],
    [
      'the key of somebody else',
      () => ({ ...good(), 'tls.key': rsa.export({ format: 'pem', type: 'pkcs8' }) }),
      /^needs the private key of the first certificate in tls\.crt under tls\.key: it belongs to none that is there$/,
    ],
    [
      'a chain in the wrong order',
      () => ({ ...good(), 'tls.crt': ca.certificate + server.certificate }),
      /it belongs to number 2, put that first$/,
    ],
  ])('not %s', (_, texts, message) => {
    const fault = faultOf('tls', texts());
    expect(fault).toMatch(message);
    expect(fault).not.toContain(canary);
  });
});

describe('an SSH Secret takes', () => {
  test.each([
    ['a key of OpenSSH', pem('OPENSSH PRIVATE KEY', 'x')],
    ['a key in PEM form', pem('RSA PRIVATE KEY', 'x')],
    ['an encrypted key, whose passphrase is elsewhere', pem('ENCRYPTED PRIVATE KEY', 'x')],
  ])('%s', (_, key) => {
    expect(faultOf('ssh-auth', { 'ssh-privatekey': key, known_hosts: canary })).toBeUndefined();
  });

  test.each([
    ['no key', { key: canary }, 'needs the key ssh-privatekey: add it to spec.data'],
    ['an empty key', { 'ssh-privatekey': '' }, 'needs a private key under ssh-privatekey'],
    ['a password', { 'ssh-privatekey': canary }, 'needs a private key under ssh-privatekey'],
    ['a public key', { 'ssh-privatekey': `ssh-ed25519 ${canary}` }, 'needs a private key under ssh-privatekey'],
    ['a certificate', { 'ssh-privatekey': pem('CERTIFICATE', canary) }, 'needs a private key under ssh-privatekey'],
    ['half a key', { 'ssh-privatekey': '-----BEGIN OPENSSH PRIVATE KEY-----\n' }, 'needs PEM blocks that are whole'],
  ])('not %s', (_, texts, message) => {
    const fault = faultOf('ssh-auth', texts);
    expect(fault).toContain(message);
    expect(fault).not.toContain(canary);
  });
});

describe('a login takes', () => {
  test.each([[{ username: 'etl' }], [{ password: canary }], [{ username: '', password: canary }]])('%j', texts => {
    expect(faultOf('basic-auth', texts)).toBeUndefined();
  });

  test.each([[{}], [{ user: canary }], [{ username: '', password: '' }]])('not %j', texts => {
    expect(faultOf('basic-auth', texts)).toBe(
      'needs the key username or password, and one of them not empty: add it to spec.data',
    );
  });
});

describe('a pull secret takes', () => {
  const auth = Buffer.from(`etl:${canary}`).toString('base64');
  const registry = { username: 'etl', password: canary };

  test.each([
    [{ auths: {} }],
    [{ auths: { 'ghcr.io': { auth } } }],
    [{ auths: { 'ghcr.io': registry, 'quay.io': { auth, email: 'x' } }, credsStore: 'desktop' }],
    [{ auths: { 'ghcr.io': { ...registry, auth: '' } } }],
  ])('%j', config => {
    expect(faultOf('dockerconfigjson', { '.dockerconfigjson': JSON.stringify(config) })).toBeUndefined();
  });

  const lacks = (number: number) =>
    `needs auth (Base64 of USERNAME:PASSWORD) or username and password for each registry in .dockerconfigjson: number ${number} lacks it`;

  test.each([
    ['nothing', {}, 'needs the key .dockerconfigjson: add it to spec.data'],
    ['a password', { '.dockerconfigjson': canary }, 'needs a JSON object under the key .dockerconfigjson'],
    ['a list', { '.dockerconfigjson': `["${canary}"]` }, 'needs a JSON object under the key .dockerconfigjson'],
    [
      'an older form without auths',
      { '.dockerconfigjson': JSON.stringify({ 'ghcr.io': { auth } }) },
      'needs a JSON object "auths" in .dockerconfigjson, with a login for each registry',
    ],
    [
      'a list of logins',
      { '.dockerconfigjson': JSON.stringify({ auths: [registry] }) },
      'needs a JSON object "auths" in .dockerconfigjson, with a login for each registry',
    ],
    [
      'more registries than anybody has',
      {
        '.dockerconfigjson': `{"auths":{${Array.from({ length: 1001 }, (_, index) => `"${index}":{}`).join()}}}`,
      },
      'takes at most 1000 registries in .dockerconfigjson',
    ],
    [
      'a login that is in a credential store',
      { '.dockerconfigjson': '{"auths":{"ghcr.io":{}},"credsStore":"desktop"}' },
      lacks(1),
    ],
    ['a login that is text', { '.dockerconfigjson': JSON.stringify({ auths: { 'ghcr.io': auth } }) }, lacks(1)],
    [
      'half a login',
      { '.dockerconfigjson': JSON.stringify({ auths: { a: { auth }, b: { password: canary } } }) },
      lacks(2),
    ],
    [
      'a token where Base64 belongs',
      { '.dockerconfigjson': JSON.stringify({ auths: { a: { auth: canary } } }) },
      lacks(1),
    ],
  ])('not %s', (_, texts, message) => {
    expect(faultOf('dockerconfigjson', texts)).toBe(message);
  });
});

test('other types promise nothing', () => {
  expect(shapeFault('Opaque', new Map())).toBeUndefined();
});

/** The second of its two dates is none any more; OpenSSL takes it all the same. */
function withoutEnd(certificate: string): Buffer {
  const text = new X509Certificate(certificate).raw.toString('latin1');
  return Buffer.from(text.replace(/(\d{12}Z..)\d{12}Z/s, '$1not a date 1Z'), 'latin1');
}

describe('however long a value is that somebody made to be slow, it takes time in proportion:', () => {
  const block = (body: string) => `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`;

  test.each<[what: string, text: (length: number) => string]>([
    ['beginnings', length => '-----BEGIN CERTIFICATE-----\n'.repeat(length / 28)],
    ['beginnings in one line', length => '-----BEGIN '.repeat(length / 11)],
    ['dashes', length => '-'.repeat(length)],
    ['spaces behind a first line', length => `-----BEGIN CERTIFICATE-----${' '.repeat(length)}x`],
    ['empty blocks', length => '-----BEGIN A-----\n-----END A-----\n'.repeat(length / 34)],
    ['a key of spaces', length => block(`${' '.repeat(length)}!`)],
    ['a key of padding', length => block(`${'='.repeat(length)}!`)],
    ['registries', length => `{"auths":{${Array.from({ length: length / 12 }, (_, i) => `"${i}":{}`).join()}}}`],
    ['a login of colons', length => `{"auths":{"a":{"auth":"${'Og'.repeat(length / 2)}"}}}`],
  ])('%s', async (_, text) => {
    const look = (value: string) => {
      faultOf('tls', { 'tls.crt': server.certificate, 'tls.key': value });
      faultOf('tls', { 'tls.crt': value, 'tls.key': value });
      faultOf('ssh-auth', { 'ssh-privatekey': value });
      faultOf('dockerconfigjson', { '.dockerconfigjson': value });
    };
    expect(await superlinear(look, text)).toBeUndefined();
  });
});
