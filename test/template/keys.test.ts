import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { authority, input, issued, rendered, show, text } from './render.ts';

const directory = mkdtempSync(`${tmpdir()}/shearline-keys-`);
const key = (type: 'ec' | 'rsa' | 'ed25519') => {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-384' })
      : type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
};
const values = { ca: authority.certificate, leaf: issued.certificate, key: issued.key, p: 'ch4nge it!' };
const begin = (block: string) => block.slice(0, block.indexOf('\n'));

test('certificates are picked and ordered, whatever is around them', async () => {
  const bundle = `some words\n${authority.certificate}${issued.key}\nmore\n${issued.certificate}`;
  const { ca, leaf } = values;
  expect(await text('$(pem.chain(b))', { b: bundle })).toBe(leaf + ca);
  expect(await text('$(pem.leaf(b))', { b: bundle })).toBe(leaf);
  expect(await text('$(pem.ca(b))', { b: bundle })).toBe(ca);
  expect(await text('$(pem.certificates(b))', { b: bundle })).toBe(ca + leaf);
  expect((await text('$(pem.key(b))', { b: bundle })).trim()).toBe(issued.key.trim());
  expect(await text('$(x509.notAfter(b))', { b: bundle })).toBe(
    new X509Certificate(leaf).validToDate.toISOString().replace('.000', ''),
  );
});

describe('a private key changes its form and stays the same:', () => {
  test.each([
    ['ec', 'sec1', '-----BEGIN EC PRIVATE KEY-----'],
    ['rsa', 'pkcs1', '-----BEGIN RSA PRIVATE KEY-----'],
    ['ed25519', 'pkcs8', '-----BEGIN PRIVATE KEY-----'],
  ] as const)('%s as %s', async (type, form, label) => {
    const k = key(type);
    const made = await text(`$(pem.key(k, "${form}"))`, { k });
    expect(begin(made)).toBe(label);
    expect(await text('$(pem.key(k, "pkcs8"))', { k: made })).toBe(k);
    expect(await text('$(jwk.decode(jwk.encode(k)))', { k })).toBe(k);
  });
});

describe('what is wrong is said, and no key or password is in it:', () => {
  const other = key('ec');
  test.each<[template: string, fault: string]>([
    ['$(pem.key(leaf))', 'pem.key: text has not one private key in PEM form'],
    ['$(pem.key(key + other))', 'pem.key: text has not one private key in PEM form'],
    ['$(pem.key(key, "pkcs1"))', 'pem.key: form is "pkcs8" for all keys, "pkcs1" for RSA, "sec1" for EC'],
    ['$(pem.leaf(p))', 'pem.leaf: text is not in PEM form'],
    ['$(pem.leaf(key))', 'pem.leaf: text has no certificate'],
    [
      '$(pem.leaf("-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----"))',
      'pem.leaf: text: certificate 1 is damaged',
    ],
    ['$(pem.leaf("-----BEGIN CERTIFICATE-----"))', 'pem.leaf: text has a block without its end'],
    ['$(jwk.decode({"kty": "EC"}))', 'jwk.decode: value is no JSON Web Key of RSA, EC or Ed25519'],
    [
      '$(jwk.encode("-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----"))',
      'jwk.encode: text: its public key is damaged',
    ],
    ['$(pkcs12.create(leaf, other, p))', 'pkcs12.create: certificates has no certificate of the key'],
    ['$(pkcs12.create(leaf, key, ""))', 'pkcs12.create: password is empty'],
    [
      '$(pkcs12.create(leaf, key, "ä"))',
      'pkcs12.create: password has a character that is not ASCII, which Java refuses',
    ],
    ['$(pkcs12.create(leaf, key, p, "A"))', 'pkcs12.create: alias has more than small letters, digits and "._-"'],
    ['$(pkcs12.key(pkcs12.create(leaf, key, p), "x"))', 'pkcs12.key: password is not the one of the store'],
    ['$(pkcs12.key(pkcs12.truststore(leaf, p), p))', 'pkcs12.key: store has not one private key'],
    ['$(pkcs12.key(key, p))', 'pkcs12.key: store is no PKCS#12'],
    ['$(htpasswd("a:b", p))', 'htpasswd: user has a colon or line end'],
    [
      '$(htpasswd("a", "1234567890123456789012345678901234567890123456789012345678901234567890123"))',
      'htpasswd: password has more than 72 bytes, which bcrypt would cut off',
    ],
    ['$(htpasswd("a", "b\\u0000c"))', 'htpasswd: password has NUL, which this format cannot hold'],
    ['$(htpasswd("a", p, 12))', 'htpasswd: cost must be 4 to 11'],
  ])('%s', async (template, fault) => {
    const result = await show(template, { ...values, other });
    expect(result).toEqual({ ok: false, fault: `spec.target.template.data[k]: line 1, column 3: ${fault}` });
  });
});

test('equal inputs give equal bytes; another reference, key or password gives others', async () => {
  const templates = {
    a: '$(pkcs12.create(leaf, key, p))',
    b: '$(pkcs12.create(leaf, key, p))',
    c: '$(htpasswd("u", p, 4))',
    d: '$(htpasswd("u", p, 4))',
  };
  const once = await rendered(input(templates, values));
  const again = await rendered(input(templates, values));
  expect(again).toEqual(once);
  const elsewhere = input(templates, values);
  const others = [
    await rendered({ ...elsewhere, reference: { ...elsewhere.reference, uid: 'uid-2' } }),
    await rendered(input(templates, { ...values, p: 'another' })),
  ];
  const all = [once, ...others].flatMap(result =>
    result.ok ? [...result.value.data.values()].map(each => Buffer.from(each).toString('hex')) : [],
  );
  expect(new Set(all).size).toBe(12);
});

describe('a keystore that OpenSSL wrote is read:', () => {
  const file = (name: string, content: string) => {
    writeFileSync(`${directory}/${name}`, content);
    return `${directory}/${name}`;
  };
  test.each<[name: string, ...args: string[]]>([
    ['of today'],
    ['with AES-128 and SHA-512', '-certpbe', 'AES-128-CBC', '-keypbe', 'AES-256-CBC', '-macalg', 'sha512'],
    ['with 3DES, as before 2020', '-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    ['whose key is not encrypted', '-keypbe', 'NONE'],
  ])('%s', async (_, ...args) => {
    const out = `${directory}/store.p12`;
    const from = [
      '-inkey',
      file('key.pem', values.key),
      '-in',
      file('leaf.pem', values.leaf),
      '-certfile',
      file('ca.pem', values.ca),
    ];
    execFileSync('openssl', ['pkcs12', '-export', ...from, '-out', out, '-passout', `pass:${values.p}`, ...args]);
    const store = { store: readFileSync(out), p: values.p };
    expect(await text('$(pkcs12.certificates(store, p))', store)).toBe(values.leaf + values.ca);
    expect(await text('$(pkcs12.key(store, p))', store)).toBe(await text('$(pem.key(key, "pkcs8"))', values));
  });
});

test('OpenSSL reads a keystore', async () => {
  const result = await rendered(input({ k: '$(pkcs12.create(ca + leaf, key, p))' }, values));
  writeFileSync(`${directory}/ours.p12`, (result.ok && result.value.data.get('k')) || '');
  const args = ['pkcs12', '-in', `${directory}/ours.p12`, '-passin', `pass:${values.p}`, '-nodes'];
  const read = execFileSync('openssl', args).toString();
  expect(await text('$(pem.chain(b))', { b: read })).toBe(values.leaf + values.ca);
  expect(await text('$(pem.key(b, "sec1") == pem.key(key, "sec1"))', { b: read, key: values.key })).toBe('true');
});

test('a keystore that is damaged anywhere ends with a message, or gives the right key', async () => {
  const whole = await rendered(input({ k: '$(pkcs12.create(leaf, key, p))' }, values));
  const store = Buffer.from((whole.ok && whole.value.data.get('k')) || []);
  const right = await text('$(pem.key(key, "pkcs8"))', values);
  const read = async (damaged: Uint8Array) => {
    const result = await show('$(pkcs12.key(store, p))', { store: damaged, p: values.p });
    return result.ok ? result.value : result.fault.replace(/^.*: (store|password) .*/, 'a fault');
  };
  expect(store.length).toBeGreaterThan(1000);
  for (let at = 0; at < store.length; at += 17) {
    const damaged = Buffer.from(store);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    expect([right, 'a fault']).toContain(await read(damaged));
    expect(await read(store.subarray(0, at))).toBe('a fault');
  }
});
