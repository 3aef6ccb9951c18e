import { createCipheriv, createHash, pbkdf2Sync } from 'node:crypto';
import { der } from './der.ts';
import { macOf, oids } from './pkcs12-mac.ts';

/**
 * PKCS#12 (RFC 7292). Written as Java and OpenSSL write it today: AES-256-CBC by PBKDF2 with HMAC-SHA-256, a MAC of
 * SHA-256. By node:crypto, for what libraries make holds random salts: each render would be another file.
 */

export interface Entry {
  /** Its PKCS#8, in DER. None in a truststore. */
  readonly key: Uint8Array | undefined;
  /** In DER, the one of the key first. */
  readonly certificates: readonly Uint8Array[];
  readonly alias: string;
}

/** In place of random bytes: the same for the same purpose. */
export type Salt = (purpose: string, length: number) => Uint8Array;

const iterations = 10_000;
/** Each is a hash of our own loop. It guards nothing that the encryption does not. */
const macIterations = 2048;

export function writePkcs12({ key, certificates, alias }: Entry, password: string, salt: Salt): Buffer {
  const keyId = createHash('sha1')
    .update(certificates[0] ?? '')
    .digest();
  const certificateBags = certificates.map((certificate, index) =>
    bag(oids.certBag, der.sequence(der.oid(oids.x509), der.explicit(der.octets(certificate))), [
      ...(key === undefined ? [attribute(oids.trustedKeyUsage, der.oid(oids.anyExtendedKeyUsage))] : []),
      ...(key === undefined ? [named(index === 0 ? alias : `${alias}-${index + 1}`)] : []),
      ...(key !== undefined && index === 0 ? [named(alias), attribute(oids.localKeyId, der.octets(keyId))] : []),
    ]),
  );
  const safes = [encryptedSafe(der.sequence(...certificateBags), password, salt)];
  if (key !== undefined) {
    const { algorithm, encrypted } = encrypt(key, password, salt, 'key');
    const shrouded = der.sequence(algorithm, der.octets(encrypted));
    const attributes = [named(alias), attribute(oids.localKeyId, der.octets(keyId))];
    safes.push(contentInfo(oids.data, der.octets(der.sequence(bag(oids.shroudedKeyBag, shrouded, attributes)))));
  }
  const content = der.sequence(...safes);
  return der.sequence(der.integer(3), contentInfo(oids.data, der.octets(content)), macData(content, password, salt));
}

const contentInfo = (type: string, content: Uint8Array): Buffer => der.sequence(der.oid(type), der.explicit(content));

const bag = (type: string, value: Uint8Array, attributes: readonly Uint8Array[]): Buffer =>
  der.sequence(der.oid(type), der.explicit(value), ...(attributes.length === 0 ? [] : [der.set(...attributes)]));

const attribute = (type: string, value: Uint8Array): Buffer => der.sequence(der.oid(type), der.set(value));

const named = (alias: string): Buffer => attribute(oids.friendlyName, der.bmpString(alias));

function encryptedSafe(bags: Uint8Array, password: string, salt: Salt): Buffer {
  const { algorithm, encrypted } = encrypt(bags, password, salt, 'certificates');
  const content = der.sequence(der.oid(oids.data), algorithm, der.implicitOctets(encrypted));
  return contentInfo(oids.encryptedData, der.sequence(der.integer(0), content));
}

function encrypt(plain: Uint8Array, password: string, saltFor: Salt, purpose: string) {
  const [salt, iv] = [saltFor(`${purpose} salt`, 16), saltFor(`${purpose} iv`, 16)];
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(password, salt, iterations, 32, 'sha256'), iv);
  const kdf = der.sequence(
    der.octets(salt),
    der.integer(iterations),
    der.sequence(der.oid(oids.hmacSha256), der.nothing),
  );
  const parameters = der.sequence(
    der.sequence(der.oid(oids.pbkdf2), kdf),
    der.sequence(der.oid(oids.aes256), der.octets(iv)),
  );
  return {
    algorithm: der.sequence(der.oid(oids.pbes2), parameters),
    encrypted: Buffer.concat([cipher.update(plain), cipher.final()]),
  };
}

function macData(content: Uint8Array, password: string, saltFor: Salt): Buffer {
  const salt = saltFor('mac salt', 16);
  const digest = macOf('sha256', content, password, salt, macIterations);
  const digestInfo = der.sequence(der.sequence(der.oid(oids.sha256), der.nothing), der.octets(digest));
  return der.sequence(digestInfo, der.octets(salt), der.integer(macIterations));
}
