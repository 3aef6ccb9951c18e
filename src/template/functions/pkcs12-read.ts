import { createDecipheriv, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { type Element, elementsOf, oidOf } from './der.ts';
import { derived, macOf, oids } from './pkcs12-mac.ts';

/** What a keystore holds: keys as PKCS#8, certificates, both in DER. */
export type Opened = { readonly keys: readonly Uint8Array[]; readonly certificates: readonly Uint8Array[] };
/** `password`: it is not the right one. `old`: of algorithms that OpenSSL no longer has. */
export type Pkcs12Fault = 'malformed' | 'password' | 'old';

class Unreadable extends Error {
  readonly fault: Pkcs12Fault;
  constructor(fault: Pkcs12Fault) {
    super(fault);
    this.fault = fault;
  }
}

export function readPkcs12(bytes: Uint8Array, password: string): Opened | Pkcs12Fault {
  try {
    return opened(Buffer.from(bytes), password);
  } catch (error) {
    if (error instanceof Unreadable) return error.fault;
    throw error;
  }
}

function opened(bytes: Buffer, password: string): Opened {
  const [pfx] = partsOf(bytes);
  const [, authSafe, mac] = partsOf(pfx?.content);
  const content = octetsIn(contentOf(authSafe, oids.data));
  verify(content, mac, password);
  const bags = partsOf(partsOf(content)[0]?.content).flatMap(safe =>
    partsOf(partsOf(safeOf(safe, password))[0]?.content),
  );
  const keys: Uint8Array[] = [];
  const certificates: Uint8Array[] = [];
  for (const each of bags) {
    const [type, value] = partsOf(each.content);
    const inner = partsOf(value?.content)[0];
    const kind = type === undefined ? undefined : oidOf(type);
    if (kind === oids.keyBag && inner !== undefined) keys.push(inner.whole);
    if (kind === oids.shroudedKeyBag) keys.push(decryptedInfo(inner, password));
    if (kind === oids.certBag) certificates.push(octetsIn(contentOf(inner, oids.x509)));
  }
  return { keys, certificates };
}

function partsOf(bytes: Buffer | undefined): readonly Element[] {
  const parts = bytes === undefined ? undefined : elementsOf(bytes);
  if (parts === undefined) throw new Unreadable('malformed');
  return parts;
}

/** What is in `SEQUENCE { type, [0] content }`. */
function contentOf(info: Element | undefined, type: string): Buffer {
  const [oid, content] = partsOf(info?.content);
  if (oid === undefined || oidOf(oid) !== type || content === undefined) throw new Unreadable('malformed');
  return content.content;
}

function octetsIn(bytes: Buffer): Buffer {
  const [octets] = partsOf(bytes);
  if (octets?.tag !== 0x04) throw new Unreadable('malformed');
  return octets.content;
}

function safeOf(safe: Element, password: string): Buffer {
  const [type] = partsOf(safe.content);
  if (type !== undefined && oidOf(type) === oids.data) return octetsIn(contentOf(safe, oids.data));
  const [encrypted] = partsOf(contentOf(safe, oids.encryptedData));
  const [, algorithm, content] = partsOf(partsOf(encrypted?.content)[1]?.content);
  return decrypt(algorithm, content?.content, password);
}

function decryptedInfo(info: Element | undefined, password: string): Buffer {
  const [algorithm, content] = partsOf(info?.content);
  return decrypt(algorithm, content?.content, password);
}

const hashes: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const macs: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const ciphers: Readonly<Record<string, readonly [name: string, keyLength: number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
};

function verify(content: Buffer, mac: Element | undefined, password: string): void {
  const [info, salt, count] = partsOf(mac?.content);
  const [algorithm, digest] = partsOf(info?.content);
  const hash = nameIn(hashes, partsOf(algorithm?.content)[0]);
  const made = macOf(
    hash,
    content,
    password,
    salt?.content ?? Buffer.alloc(0),
    count === undefined ? 1 : countOf(count),
  );
  if (digest?.content.length !== made.length || !timingSafeEqual(digest.content, made))
    throw new Unreadable('password');
}

function nameIn<T>(table: Readonly<Record<string, T>>, oid: Element | undefined): T {
  const dotted = oid === undefined ? undefined : oidOf(oid);
  const found = dotted !== undefined && Object.hasOwn(table, dotted) ? table[dotted] : undefined;
  if (found === undefined) throw new Unreadable('old');
  return found;
}

/** So that reading stays within the time of a template. */
const mostIterations = 100_000;

function countOf({ tag, content }: Element): number {
  if (tag !== 0x02 || content.length === 0 || content.length > 4) throw new Unreadable('malformed');
  const count = content.readUIntBE(0, content.length);
  if (count > mostIterations || count < 1) throw new Unreadable('old');
  return count;
}

function decrypt(algorithm: Element | undefined, encrypted: Buffer | undefined, password: string): Buffer {
  const [type, parameters] = partsOf(algorithm?.content);
  if (type === undefined || encrypted === undefined) throw new Unreadable('malformed');
  const [cipher, key, iv] =
    oidOf(type) === oids.pbes2 ? pbes2(parameters, password) : tripleDes(type, parameters, password);
  try {
    const decipher = createDecipheriv(cipher, key, iv);
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch {
    throw new Unreadable('password');
  }
}

type Keyed = readonly [cipher: string, key: Buffer, iv: Buffer];

function pbes2(parameters: Element | undefined, password: string): Keyed {
  const [kdf, scheme] = partsOf(parameters?.content);
  const [kdfType, kdfParameters] = partsOf(kdf?.content);
  if (kdfType === undefined || oidOf(kdfType) !== oids.pbkdf2) throw new Unreadable('old');
  const [salt, count, ...rest] = partsOf(kdfParameters?.content);
  const prf = rest.find(({ tag }) => tag === 0x30);
  const [cipherType, iv] = partsOf(scheme?.content);
  const [cipher, length] = nameIn(ciphers, cipherType);
  if (salt === undefined || count === undefined || iv === undefined) throw new Unreadable('malformed');
  const hash = prf === undefined ? 'sha1' : nameIn(macs, partsOf(prf.content)[0]);
  return [cipher, pbkdf2Sync(password, salt.content, countOf(count), length, hash), iv.content];
}

/** What files have that were made before 2020. Those with RC2 cannot be read: OpenSSL has none. */
function tripleDes(type: Element, parameters: Element | undefined, password: string): Keyed {
  const [salt, count] = partsOf(parameters?.content);
  if (oidOf(type) !== oids.pbeTripleDes || salt === undefined || count === undefined) throw new Unreadable('old');
  const from = { hash: 'sha1', password, salt: salt.content, count: countOf(count) };
  return ['des-ede3-cbc', derived({ ...from, id: 1, length: 24 }), derived({ ...from, id: 2, length: 8 })];
}
