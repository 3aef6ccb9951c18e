import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';
import { timestamp } from '../../core/clock.ts';
import { type PemBlock, pemBlocks } from '../../core/pem.ts';
import { isPrivateKey, privateKey } from '../../core/private-key.ts';
import { refuse, textOf, type Value } from '../value.ts';
import { fromJson } from './encoding.ts';
import type { Arguments } from './functions.ts';
import type { Chapter } from './index.ts';

/** Certificates and keys, by node:crypto. */
export const certificates: Chapter = {
  title: 'Certificates and keys',
  about:
    'Texts in PEM form may hold several blocks, in any order, and what is between them is skipped. ' +
    'In the examples `tls.crt` is a certificate and its issuer, `tls.key` the key of the certificate.',
  functions: [
    {
      name: 'pem.certificates',
      parameters: ['text'],
      doc: 'All certificates of a text, in their order.',
      example: ['$(size(pem.certificates(data["tls.crt"]).split("BEGIN")) - 1)', '2'],
      call: args => blocksOf(args).filter(isCertificate).map(pemText).join(''),
    },
    {
      name: 'pem.leaf',
      parameters: ['text'],
      doc: 'The certificate that issued none of the others.',
      example: ['$(pem.leaf(data["tls.crt"]) == pem.certificates(data["tls.crt"]))', 'false'],
      call: args => toPem(chainOf(args).slice(0, 1)),
    },
    {
      name: 'pem.chain',
      parameters: ['text'],
      doc: 'The certificates in the order that servers need: the leaf, its issuer, the issuer of that. Others are left out.',
      example: ['$(pem.chain(data["tls.crt"]).startsWith(pem.leaf(data["tls.crt"])))', 'true'],
      call: args => toPem(chainOf(args)),
    },
    {
      name: 'pem.ca',
      parameters: ['text'],
      doc: 'The same without the leaf: what a client needs to trust it.',
      example: ['$(pem.leaf(data["tls.crt"]) + pem.ca(data["tls.crt"]) == pem.chain(data["tls.crt"]))', 'true'],
      call: args => toPem(chainOf(args).slice(1)),
    },
    {
      name: 'pem.key',
      parameters: ['text', 'form?'],
      doc: 'The private key of a text, which must have one: as it is, or as `"pkcs8"`, `"pkcs1"` (RSA) or `"sec1"` (EC).',
      example: ['$(pem.key(data["tls.key"], "sec1").substring(0, 30))', '-----BEGIN EC PRIVATE KEY-----'],
      call: pemKey,
    },
    {
      name: 'x509.notAfter',
      parameters: ['text'],
      doc: 'When the leaf ends, in UTC, as `2027-01-31T12:00:00Z`.',
      example: ['$(x509.notAfter(data["tls.crt"]) > "2026-01-01T00:00:00Z")', 'true'],
      call: args => {
        const [leaf] = chainOf(args);
        return leaf === undefined ? '' : timestamp(leaf.validToDate.getTime());
      },
    },
    {
      name: 'x509.dnsNames',
      parameters: ['text'],
      doc: 'The DNS names for which the leaf is.',
      example: ['$(x509.dnsNames(data["tls.crt"]))', '["db.example.com"]'],
      call: args => dnsNames(chainOf(args)[0]),
    },
    {
      name: 'jwk.encode',
      parameters: ['text'],
      doc: 'The JSON Web Key of a private key, or of the public key of a certificate, as a map.',
      example: ['$(jwk.encode(data["tls.key"]).kty)', 'EC'],
      call: args => toJwk(args),
    },
    {
      name: 'jwk.decode',
      parameters: ['value'],
      doc: 'The key of a JSON Web Key, a map or JSON, in PEM form: PKCS#8, or SPKI if it is public.',
      example: ['$(jwk.encode(jwk.decode(jwk.encode(data["tls.key"]))) == jwk.encode(data["tls.key"]))', 'true'],
      call: fromJwk,
    },
  ],
};

/** Of all functions: more is no chain. */
const mostBlocks = 100;

function blocksOf(args: Arguments): readonly PemBlock[] {
  const blocks = pemBlocks(args.text(0), mostBlocks);
  if (!blocks.ok)
    return refuse(
      `${args.what(0)} ${blocks.fault === 'broken' ? 'has a block without its end' : `has more than ${mostBlocks} blocks`}`,
    );
  return blocks.value.length > 0 ? blocks.value : refuse(`${args.what(0)} is not in PEM form`);
}

const isCertificate = ({ label }: PemBlock): boolean => label === 'CERTIFICATE';
const pemText = ({ text }: PemBlock): string => `${text}\n`;
const toPem = (chain: readonly X509Certificate[]): string => chain.map(each => each.toString()).join('');

/** The certificates of a text, as they are. */
export function certificatesOf(args: Arguments): readonly X509Certificate[] {
  const blocks = blocksOf(args).filter(isCertificate);
  return blocks.length === 0
    ? refuse(`${args.what(0)} has no certificate`)
    : blocks.map(({ text }, index) => parsed(text, `${args.what(0)}: certificate ${index + 1}`));
}

/** One certificate, in either form. */
export function parsed(text: string | Uint8Array, what: string): X509Certificate {
  try {
    const certificate = new X509Certificate(text);
    if (!Number.isNaN(certificate.validToDate.getTime())) return certificate;
  } catch {}
  return refuse(`${what} is damaged`);
}

/** From the leaf on. The key of the text, if there is one, says which is the leaf. */
export function chainOf(args: Arguments, key?: KeyObject): readonly X509Certificate[] {
  const all = certificatesOf(args);
  const issues = (issuer: X509Certificate, of: X509Certificate) => issuer !== of && of.checkIssued(issuer);
  const leaves = all.filter(each => !all.some(other => issues(each, other)));
  const owned = key === undefined ? undefined : all.find(each => each.checkPrivateKey(key));
  if (key !== undefined && owned === undefined) return refuse(`${args.what(0)} has no certificate of the key`);
  const leaf = owned ?? leaves[0];
  if (leaf === undefined || (owned === undefined && distinct(leaves).length > 1))
    return refuse(`${args.what(0)} has more than one certificate that issued no other: which is the leaf?`);
  const chain = [leaf];
  for (let last: X509Certificate | undefined = leaf; last !== undefined; ) {
    const of: X509Certificate = last;
    last = all.find(each => issues(each, of) && !chain.some(other => other.fingerprint256 === each.fingerprint256));
    if (last !== undefined) chain.push(last);
  }
  return chain;
}

const distinct = (all: readonly X509Certificate[]): readonly string[] => [
  ...new Set(all.map(each => each.fingerprint256)),
];

/** The one private key of a text. */
export function keyOf(args: Arguments, index = 0): { readonly block: PemBlock; readonly key: KeyObject } {
  const blocks = pemBlocks(args.text(index), mostBlocks);
  const [block, ...others] = blocks.ok ? blocks.value.filter(isPrivateKey) : [];
  if (block === undefined || others.length > 0)
    return refuse(`${args.what(index)} has not one private key in PEM form`);
  const loaded = privateKey(block);
  return loaded.ok ? { block, key: loaded.value } : refuse(`${args.what(index)}: its private key is ${loaded.fault}`);
}

function pemKey(args: Arguments): string {
  const { block, key } = keyOf(args);
  const form = args.text(1, '');
  const type = key.asymmetricKeyType;
  if (form === '') return pemText(block);
  if (form === 'pkcs8') return key.export({ format: 'pem', type: 'pkcs8' }).toString();
  if (form === 'pkcs1' && type === 'rsa') return key.export({ format: 'pem', type: 'pkcs1' }).toString();
  if (form === 'sec1' && type === 'ec') return key.export({ format: 'pem', type: 'sec1' }).toString();
  return refuse('pem.key: form is "pkcs8" for all keys, "pkcs1" for RSA, "sec1" for EC');
}

function dnsNames(leaf: X509Certificate | undefined): readonly string[] {
  const names = leaf?.subjectAltName ?? '';
  // Node quotes a name that has a comma in it, which no name of a host has.
  if (names.includes('"')) return refuse('x509.dnsNames: the certificate has a name that is none of a host');
  return names.split(', ').flatMap(name => (name.startsWith('DNS:') ? [name.slice(4)] : []));
}

function toJwk(args: Arguments): Value {
  const isKey = blocksOf(args).some(isPrivateKey);
  const key = isKey ? keyOf(args).key : publicKeyOf(args);
  try {
    return new Map(Object.entries(key.export({ format: 'jwk' })).map(([name, value]) => [name, String(value)]));
  } catch {
    return refuse(`${args.what(0)} is a key of a kind that has no JSON Web Key`);
  }
}

function publicKeyOf(args: Arguments): KeyObject {
  const block = blocksOf(args).find(({ label }) => label === 'PUBLIC KEY');
  const [leaf] = block === undefined ? chainOf(args) : [];
  if (leaf !== undefined) return leaf.publicKey;
  try {
    return createPublicKey(block?.text ?? '');
  } catch {
    return refuse(`${args.what(0)}: its public key is damaged`);
  }
}

function fromJwk(args: Arguments): string {
  const given = args.any(0);
  const value = given instanceof Map ? args.map(0) : fromJson(args);
  if (!(value instanceof Map)) return refuse('jwk.decode: value is no map');
  const jwk: JsonWebKey = Object.fromEntries(
    ['kty', 'crv', 'x', 'y', 'd', 'n', 'e', 'p', 'q', 'dp', 'dq', 'qi'].flatMap(name => {
      const field = value.get(name);
      return field === undefined ? [] : [[name, textOf(field, `jwk.decode: ${name}`)]];
    }),
  );
  try {
    return jwk.d === undefined
      ? createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString()
      : createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' }).toString();
  } catch {
    return refuse('jwk.decode: value is no JSON Web Key of RSA, EC or Ed25519');
  }
}
