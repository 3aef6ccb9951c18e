import { createHmac, hash as digestOf } from 'node:crypto';

/** What writing and reading PKCS#12 (RFC 7292) share. */
export const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  // Oracle's: without it Java does not see a certificate that has no key.
  trustedKeyUsage: '2.16.840.1.113894.746875.1.1',
  anyExtendedKeyUsage: '2.5.29.37.0',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  pbeTripleDes: '1.2.840.113549.1.12.1.3',
  hmacSha256: '1.2.840.113549.2.9',
  aes256: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

/** Of the content that a password guards. */
export const macOf = (hash: string, content: Uint8Array, password: string, salt: Uint8Array, count: number): Buffer =>
  createHmac(hash, derived({ hash, password, salt, count, id: 3, length: digestOf(hash, '', 'buffer').length }))
    .update(content)
    .digest();

interface Derivation {
  readonly hash: string;
  readonly password: string;
  readonly salt: Uint8Array;
  readonly count: number;
  /** 1 for a key, 2 for an IV, 3 for a MAC. */
  readonly id: number;
  readonly length: number;
}

/** Appendix B.2. */
export function derived({ hash, password, salt, count, id, length }: Derivation): Buffer {
  const block = hash === 'sha384' || hash === 'sha512' ? 128 : 64;
  const secret = Buffer.from(`${password}\0`, 'utf16le').swap16();
  const input = Buffer.concat([filled(salt, block), filled(secret, block)]);
  const made: Buffer[] = [];
  for (let bytes = 0; bytes < length; bytes += made.at(-1)?.length ?? length) {
    let digest = digestOf(hash, Buffer.concat([Buffer.alloc(block, id), input]), 'buffer');
    for (let turn = 1; turn < count; turn++) digest = digestOf(hash, digest, 'buffer');
    made.push(digest);
    addToEach(input, filled(digest, block).subarray(0, block), block);
  }
  return Buffer.concat(made).subarray(0, length);
}

/** Repeated to whole blocks. */
function filled(bytes: Uint8Array, block: number): Buffer {
  const size = Math.ceil(bytes.length / block) * block;
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => bytes[index % bytes.length] ?? 0));
}

/** Each block of the input becomes itself + b + 1, as a number. */
function addToEach(input: Buffer, b: Uint8Array, block: number): void {
  for (let start = 0; start < input.length; start += block) {
    let carry = 1;
    for (let index = block - 1; index >= 0; index--) {
      carry += (input[start + index] ?? 0) + (b[index] ?? 0);
      input[start + index] = carry & 255;
      carry >>= 8;
    }
  }
}
