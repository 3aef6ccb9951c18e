import { refuse, type Value } from '../value.ts';
import { certificatesOf, chainOf, keyOf, parsed } from './certificates.ts';
import type { Context } from './context.ts';
import type { Arguments } from './functions.ts';
import type { Chapter } from './index.ts';
import { library } from './libraries.ts';
import { writePkcs12 } from './pkcs12.ts';
import { type Opened, readPkcs12 } from './pkcs12-read.ts';
import { without, withoutNul } from './settings.ts';

/** What programs keep keys and passwords in. */
export const keystores: Chapter = {
  title: 'Keystores and passwords',
  about:
    'What usually holds random bytes is made with bytes derived from the UID of the `SecretReference`, the key and the input, so that equal values give equal files. ' +
    'A PKCS#12 file is also what Java takes as `JKS`.',
  functions: [
    {
      name: 'pkcs12.create',
      parameters: ['certificates', 'key', 'password', 'alias?'],
      doc: 'A keystore of a private key and its chain, as bytes: a template of this one expression. The alias is `tls` by itself.',
      example: [
        '$(pem.leaf(pkcs12.certificates(pkcs12.create(data["tls.crt"], data["tls.key"], password), password)) == pem.leaf(data["tls.crt"]))',
        'true',
      ],
      call: create,
    },
    {
      name: 'pkcs12.truststore',
      parameters: ['certificates', 'password', 'alias?'],
      doc: 'A truststore of certificates, as bytes, which Java sees as trusted: `ca`, `ca-2`, … or by another alias.',
      example: ['$(size(pkcs12.truststore(data["tls.crt"], password)) > 1000)', 'true'],
      call: truststore,
    },
    {
      name: 'pkcs12.key',
      parameters: ['store', 'password'],
      doc: 'The private key of a keystore, in PEM form (PKCS#8).',
      example: [
        '$(pkcs12.key(pkcs12.create(data["tls.crt"], data["tls.key"], password), password) == pem.key(data["tls.key"], "pkcs8"))',
        'true',
      ],
      call: storedKey,
    },
    {
      name: 'pkcs12.certificates',
      parameters: ['store', 'password'],
      doc: 'All certificates of a keystore or truststore, in PEM form.',
      example: [
        '$(pkcs12.certificates(pkcs12.truststore(data["tls.crt"], password), password) == pem.certificates(data["tls.crt"]))',
        'true',
      ],
      call: storedCertificates,
    },
    {
      name: 'htpasswd',
      parameters: ['user', 'password', 'cost?'],
      doc: 'A line of a password file of Apache, nginx or Traefik, by bcrypt. The cost is 8, or 4 to 11: each step takes twice the time of the one before, 10 some 100 ms of the 250 that all templates have.',
      example: ['$(htpasswd(user, password, 4).substring(0, 11))', 'etl:$2y$04$'],
      needs: 'htpasswd',
      call: htpasswd,
    },
  ],
};

function create(args: Arguments, context: Context): Value {
  const { key } = keyOf(args, 1);
  const chain = chainOf(args, key).map(({ raw }) => raw);
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  const password = storePassword(args, 2);
  const salt = (purpose: string, length: number) =>
    context.salt(`pkcs12 ${purpose}`, length, pkcs8, ...chain, Buffer.from(password));
  return writePkcs12({ key: pkcs8, certificates: chain, alias: aliasOf(args, 3, 'tls') }, password, salt);
}

function truststore(args: Arguments, context: Context): Value {
  const trusted = certificatesOf(args).map(({ raw }) => raw);
  const password = storePassword(args, 1);
  const salt = (purpose: string, length: number) =>
    context.salt(`truststore ${purpose}`, length, ...trusted, Buffer.from(password));
  return writePkcs12({ key: undefined, certificates: trusted, alias: aliasOf(args, 2, 'ca') }, password, salt);
}

/** Java looks for an alias in small letters. */
const aliasOf = (args: Arguments, index: number, usual: string): string =>
  without(/[^a-z0-9._-]/, 'more than small letters, digits and "._-"', args.text(index, usual), args.what(index));

/** Others are not encoded alike by all readers. */
const storePassword = (args: Arguments, index: number): string => {
  const password = args.text(index);
  if (password === '') return refuse(`${args.what(index)} is empty`);
  return without(/[^ -~]/, 'a character that is not ASCII, which Java refuses', password, args.what(index));
};

function opened(args: Arguments): Opened {
  const store = readPkcs12(args.bytes(0), args.text(1));
  if (store === 'malformed') return refuse(`${args.what(0)} is no PKCS#12`);
  if (store === 'password') return refuse(`${args.what(1)} is not the one of the store`);
  return store === 'old'
    ? refuse(
        `${args.what(0)} is encrypted as before 2020 (RC2), or in an unusual way: convert it with keytool or openssl`,
      )
    : store;
}

function storedCertificates(args: Arguments): string {
  const { certificates } = opened(args);
  return certificates.map(each => parsed(each, args.what(0)).toString()).join('');
}

function storedKey(args: Arguments): string {
  const [key, ...others] = opened(args).keys;
  if (key === undefined || others.length > 0) return refuse(`${args.what(0)} has not one private key`);
  const body = Buffer.from(key)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
}

/** More is cut off without a word, and two passwords then match. */
const longestPassword = 72;

function htpasswd(args: Arguments, context: Context): string {
  const bcrypt = library('htpasswd');
  const user = without(/[:\r\n\0]/, 'a colon or line end', args.text(0), args.what(0));
  const password = withoutNul(args.text(1), args.what(1));
  const cost = args.int(2, 8);
  if (Buffer.byteLength(password) > longestPassword)
    return refuse(`${args.what(1)} has more than ${longestPassword} bytes, which bcrypt would cut off`);
  if (cost < 4 || cost > 11) return refuse(`${args.what(2)} must be 4 to 11`);
  const salt = context.salt('htpasswd', 16, Buffer.from(user), Buffer.from(password));
  const setting = `$2b$${String(cost).padStart(2, '0')}$${bcrypt.encodeBase64(salt, 16)}`;
  return `${user}:${bcrypt.hashSync(password, setting).replace('$2b$', '$2y$')}`;
}
