import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { pemBlocks } from '../../src/core/pem.ts';
import { privateKey } from '../../src/core/private-key.ts';

function load(pem: string | Buffer) {
  const blocks = pemBlocks(pem.toString(), 1);
  const [block] = blocks.ok ? blocks.value : [];
  if (!block) throw new Error('no PEM block');
  const loaded = privateKey(block);
  return loaded.ok ? loaded.value.asymmetricKeyType : loaded.fault;
}

const pem = (label: string, bytes: Buffer) =>
  `-----BEGIN ${label}-----\n${bytes.toString('base64')}\n-----END ${label}-----\n`;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' });

test.each<[kind: string, pem: string | Buffer, expected: string]>([
  ['rsa', pkcs8(rsa), 'rsa'],
  ['rsa, PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem' }), 'rsa'],
  ['rsa-pss', pkcs8(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey), 'rsa-pss'],
  ['ec', pkcs8(ec), 'ec'],
  ['ec, SEC 1', ec.export({ type: 'sec1', format: 'pem' }), 'ec'],
  ['ed25519', pkcs8(generateKeyPairSync('ed25519').privateKey), 'ed25519'],
  ['ed448', pkcs8(generateKeyPairSync('ed448').privateKey), 'ed448'],
  ['ml-dsa-65', pkcs8(generateKeyPairSync('ml-dsa-65').privateKey), 'ml-dsa-65'],
])('a key of the kind %s is loaded', (_, text, expected) => {
  expect(load(text)).toBe(expected);
});

describe('a key is not loaded that is', () => {
  const encrypted = { cipher: 'aes-128-cbc', passphrase: 'x' };
  const der = ec.export({ type: 'pkcs8', format: 'der' });

  test.each<[what: string, pem: string | Buffer, fault: string]>([
    ['encrypted', ec.export({ type: 'pkcs8', format: 'pem', ...encrypted }), 'encrypted'],
    ['encrypted in the old form', rsa.export({ type: 'pkcs1', format: 'pem', ...encrypted }), 'encrypted'],
    ['of a key agreement', pkcs8(generateKeyPairSync('x25519').privateKey), 'unsupported'],
    ['in the form of OpenSSH', pem('OPENSSH PRIVATE KEY', der), 'unsupported'],
    ['cut off', pem('PRIVATE KEY', der.subarray(0, -20)), 'damaged'],
    ['not Base64', pkcs8(ec).toString().replace('M', '!'), 'damaged'],
    ['larger than any', pem('RSA PRIVATE KEY', Buffer.alloc(12 * 1024 + 1)), 'damaged'],
  ])('%s', (_, text, fault) => {
    expect(load(text)).toBe(fault);
  });

  test.each([
    ['DSA', '06072a8648ce380401'],
    ['DH', '06092a864886f70d010301'],
  ])('of %s: it would hold the event loop for seconds', (_, algorithm) => {
    const number = element(0x02, Buffer.alloc(2900, 0x7b));
    const parameters = element(0x30, number, number, number);
    const key = element(0x30, bytes('020100'), element(0x30, bytes(algorithm), parameters), element(0x04, number));
    expect(load(pem('PRIVATE KEY', key))).toBe('unsupported');
  });
});

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** One element of DER, of 256 to 65,535 bytes. */
function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const all = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, 0x82, all.length >> 8, all.length & 0xff]), all]);
}
