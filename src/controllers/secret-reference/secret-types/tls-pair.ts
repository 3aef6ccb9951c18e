import { type KeyObject, X509Certificate } from 'node:crypto';
import { timestamp } from '../../../core/clock.ts';
import { type PemBlock, type PemFault, pemBlocks } from '../../../core/pem.ts';
import { isPrivateKey, type KeyFault, privateKey } from '../../../core/private-key.ts';
import { failed, flatMap, ok, type Result } from '../../../core/result.ts';
import type { SecretValue } from '../../../core/secret-value.ts';

/** The fault says what is needed under which key of the Secret. */
export type Checked<T> = Result<T, string>;
export type Data = ReadonlyMap<string, SecretValue>;

/**
 * Why `tls.crt` and `tls.key` are not what every server takes: certificates alone, the server's own first, and the one
 * private key that belongs to it. Undefined when they are.
 */
export function tlsFault(data: Data): string | undefined {
  const pair = flatMap(certificatesIn(data), certificates =>
    flatMap(keyIn(data), key => belongsToFirst(key, certificates)),
  );
  return pair.ok ? undefined : pair.fault;
}

/** When the server's own certificate ends, as RFC 3339 in seconds; undefined where there is none. */
export function certificateExpiry(data: Data): string | undefined {
  const certificates = certificatesIn(data);
  const own = certificates.ok ? certificates.value[0] : undefined;
  return own && timestamp(own.validToDate.getTime());
}

function certificatesIn(data: Data): Checked<readonly X509Certificate[]> {
  return flatMap(pemUnder('tls.crt', data), blocks => {
    if (blocks.length === 0) return failed(`needs a certificate under tls.crt, ${inPemForm}`);
    if (blocks.some(isPrivateKey))
      return failed('needs certificates alone under tls.crt: there is a private key too, which belongs under tls.key');
    if (blocks.some(({ label }) => label !== 'CERTIFICATE'))
      return failed('needs certificates alone under tls.crt: there is something else too, take it out');
    const parsed = blocks.map(certificate);
    const good = parsed.filter(each => each !== undefined);
    if (good.length === parsed.length) return ok(good);
    return failed(`needs good certificates under tls.crt: number ${parsed.indexOf(undefined) + 1} is damaged`);
  });
}

function certificate({ text }: PemBlock): X509Certificate | undefined {
  try {
    const parsed = new X509Certificate(text);
    // OpenSSL takes any text for a date, and says so in its words; of such a one `validToDate` may be any date.
    return Number.isNaN(Date.parse(parsed.validTo)) ? undefined : parsed;
  } catch {
    return undefined;
  }
}

/** Certificates and parameters beside the key do no harm: servers skip them. */
function keyIn(data: Data): Checked<KeyObject> {
  return flatMap(pemUnder('tls.key', data), blocks => {
    const [first, ...others] = blocks.filter(isPrivateKey);
    if (first === undefined) return failed(`needs a private key under tls.key, ${inPemForm}`);
    if (others.length > 0) return failed(`needs one private key under tls.key: there are ${others.length + 1}`);
    const loaded = privateKey(first);
    return loaded.ok ? loaded : failed(`needs a private key that servers can use under tls.key: ${why[loaded.fault]}`);
  });
}

const why: Readonly<Record<KeyFault, string>> = {
  encrypted: 'it is encrypted, store it without passphrase',
  unsupported: 'it is not RSA, EC, Ed25519, Ed448 or ML-DSA, or not in the form PRIVATE KEY',
  damaged: 'it is damaged',
};

function belongsToFirst(key: KeyObject, certificates: readonly X509Certificate[]): Checked<void> {
  const place = certificates.findIndex(each => each.checkPrivateKey(key));
  if (place === 0) return ok(undefined);
  const whose = place < 0 ? 'it belongs to none that is there' : `it belongs to number ${place + 1}, put that first`;
  return failed(`needs the private key of the first certificate in tls.crt under tls.key: ${whose}`);
}

/** Many more than any chain has; a certificate costs under 0.1 ms. */
const mostBlocks = 100;

/** The blocks of PEM text under one key of the Secret; none where it is no such text. */
export function pemUnder(key: string, data: Data): Checked<readonly PemBlock[]> {
  const blocks = pemBlocks(data.get(key)?.revealText() ?? '', mostBlocks);
  return blocks.ok ? blocks : failed(`needs ${pemNeeds[blocks.fault]} under ${key}`);
}

const pemNeeds: Readonly<Record<PemFault, string>> = {
  broken: 'PEM blocks that are whole, with a BEGIN and an END line each,',
  'too-many': `at most ${mostBlocks} PEM blocks`,
};

const inPemForm =
  'as PEM text with its line breaks: convert PFX (PKCS#12) and DER, and store certificates and key apart';
