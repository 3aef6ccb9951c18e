import { createPrivateKey, type KeyObject } from 'node:crypto';
import { fromBase64 } from './base64.ts';
import type { PemBlock } from './pem.ts';
import { failed, ok, type Result } from './result.ts';

/** `unsupported`: of a kind that TLS does not use, or that could make loading it slow. */
export type KeyFault = 'encrypted' | 'unsupported' | 'damaged';

export const isPrivateKey = ({ label }: PemBlock): boolean => /(^| )PRIVATE KEY$/.test(label);

/**
 * Loads a private key that somebody else chose. Only RSA, EC, Ed25519, Ed448 and ML-DSA: to load a DSA or DH key OpenSSL
 * computes its public half, which took 11 s for one of 15 KB.
 */
export function privateKey({ label, body }: PemBlock): Result<KeyObject, KeyFault> {
  if (body.length > maxLength) return failed('damaged');
  if (label === 'ENCRYPTED PRIVATE KEY' || body.includes('ENCRYPTED')) return failed('encrypted');
  const type = forms[label];
  if (type === undefined) return failed('unsupported');
  const der = fromBase64(body.replaceAll(/\s/g, ''));
  if (der === undefined) return failed('damaged');
  if (type === 'pkcs8' && !isKnown(der)) return failed('unsupported');
  try {
    return ok(createPrivateKey({ key: der, format: 'der', type }));
  } catch {
    return failed('damaged');
  }
}

/** An RSA key of 16,384 bits has 12,700. */
const maxLength = 16 * 1024;

const forms: Readonly<Record<string, 'pkcs8' | 'pkcs1' | 'sec1'>> = {
  'PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
};

/** As they stand in the key: RSA, RSA-PSS, EC, Ed25519 and Ed448, ML-DSA. */
const algorithms = ['06092a864886f70d01010[1a]', '06072a8648ce3d0201', '06032b657[01]', '060960864801650304031[123]'];
/** The length of an element, of all that fit. */
const length = '(?:[0-7].|81..|82....)';
/** SEQUENCE { INTEGER version, SEQUENCE { OBJECT IDENTIFIER … */
const head = new RegExp(`^30${length}02010[01]30${length}(?:${algorithms.join('|')})`);

const isKnown = (der: Buffer): boolean => head.test(der.toString('hex', 0, 32));
