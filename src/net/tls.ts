import { X509Certificate } from 'node:crypto';
import { invalid } from '../core/fault.ts';
import type { Result } from '../core/result.ts';
import { failed, ok } from '../core/result.ts';
import type { HttpFault } from './http.ts';

/** Certificate authorities in PEM form, each one parsed once and found good. */
export type Authorities = readonly string[];

/** Whoever may write a ConfigMap chooses the text, and it is read at each reconcile of its source. */
const maxKiB = 256;
const maxCertificates = 256;
const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/** The certificates of a CA bundle. Text between them is skipped, as every tool does. */
export function parseCaBundle(pem: string): Result<Authorities> {
  if (pem.length > maxKiB * 1024) return failed(bad(`is larger than ${maxKiB} KiB: leave in it only what is needed`));
  const blocks = blocksOf(pem);
  if (blocks.length === 0) return failed(bad(`holds no PEM block "${begin}"`));
  if (blocks.length > maxCertificates) return failed(bad(`holds more than ${maxCertificates} certificates`));
  const wrong = blocks.findIndex(block => !isCertificate(block));
  return wrong < 0 ? ok(blocks) : failed(bad(`cannot be used: its certificate number ${wrong + 1} is damaged`));
}

/** From each first line to the next last line. */
function blocksOf(pem: string): readonly string[] {
  const blocks: string[] = [];
  for (let from = pem.indexOf(begin); from >= 0; from = pem.indexOf(begin, from)) {
    const to = pem.indexOf(end, from);
    if (to < 0) break;
    blocks.push(pem.slice(from, to + end.length));
    from = to + end.length;
  }
  return blocks;
}

/** What a failed handshake says about the certificate; undefined when the failure is not about TLS. */
export function tlsFault(code: string): HttpFault | undefined {
  const why = reasons[code] ?? (/^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code) ? 'handshake' : undefined);
  return why && { kind: 'tls', why };
}

const bad = (what: string) => invalid('CABundleInvalid', `the CA bundle ${what}`);

export function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

/** OpenSSL's verification results, as Node names them. */
const reasons: Readonly<Record<string, 'untrusted' | 'expired' | 'wrong-host'>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-host',
  HOSTNAME_MISMATCH: 'wrong-host',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  CERT_SIGNATURE_FAILURE: 'untrusted',
  CERT_CHAIN_TOO_LONG: 'untrusted',
  CERT_UNTRUSTED: 'untrusted',
  CERT_REJECTED: 'untrusted',
  CERT_REVOKED: 'untrusted',
  INVALID_CA: 'untrusted',
  INVALID_PURPOSE: 'untrusted',
  PATH_LENGTH_EXCEEDED: 'untrusted',
};
