import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate with its key, both as PEM text and as files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate authority of one test; it remembers where it writes what it issues. */
export interface Authority extends Certificate {
  readonly directory: string;
}

export interface Subject {
  readonly commonName: string;
  /** In a Kubernetes client certificate these are the user's groups. */
  readonly organization?: readonly string[];
  /** DNS names and IP addresses, without the `DNS:` and `IP:`. */
  readonly sans?: readonly string[];
  readonly days?: number;
  /** Default: an elliptic curve. */
  readonly algorithm?: keyof typeof algorithms;
}

/** As `openssl req -newkey` takes them. */
const algorithms = {
  'EC P-256': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'EC P-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'RSA 2048': ['rsa:2048'],
  Ed25519: ['ed25519'],
  Ed448: ['ed448'],
} as const satisfies Record<string, readonly string[]>;

export async function createAuthority(directory: string, commonName = 'shearline-test-ca'): Promise<Authority> {
  await mkdir(directory, { recursive: true });
  const files = await prepare(directory, 'ca', { commonName }, authorityExtensions);
  await openssl(
    'req',
    '-x509',
    '-config',
    files.config,
    ...newKey(files.key),
    '-out',
    files.certificate,
    '-days',
    '3650',
  );
  return { directory, ...(await read(files)) };
}

/** Good for servers and for clients. */
export async function issueCertificate(ca: Authority, subject: Subject): Promise<Certificate> {
  const serial = randomBytes(8).toString('hex'); // random, because the test files of one run share an authority
  const name = `${subject.commonName.replace(/[^a-z0-9.-]/gi, '_')}-${serial}`;
  const files = await prepare(ca.directory, name, subject, leafExtensions(subject.sans ?? []));
  const request = `${ca.directory}/${name}.csr`;
  await openssl('req', '-new', '-config', files.config, ...newKey(files.key, subject.algorithm), '-out', request);
  const signer = ['-CA', ca.certificateFile, '-CAkey', ca.keyFile, '-set_serial', `0x${serial}`];
  const extensions = ['-extfile', files.config, '-extensions', 'extensions', '-days', `${subject.days ?? 365}`];
  await openssl('x509', '-req', '-in', request, ...signer, ...extensions, '-out', files.certificate);
  return read(files);
}

/** RSA, because some verifiers of ServiceAccount tokens know nothing else. */
export async function createSigningKey(
  directory: string,
): Promise<{ readonly privateFile: string; readonly publicFile: string }> {
  const privateFile = `${directory}/service-account.key`;
  const publicFile = `${directory}/service-account.pub`;
  await openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', privateFile);
  await openssl('pkey', '-in', privateFile, '-pubout', '-out', publicFile);
  return { privateFile, publicFile };
}

interface Files {
  readonly config: string;
  readonly key: string;
  readonly certificate: string;
}

/** A configuration of our own, because what the system's openssl.cnf adds differs from machine to machine. */
async function prepare(
  directory: string,
  name: string,
  subject: Subject,
  extensions: readonly string[],
): Promise<Files> {
  const path = `${directory}/${name}`;
  const organizations = (subject.organization ?? []).map((group, index) => `${index}.O = ${group}`);
  const head = ['[req]', 'prompt = no', 'distinguished_name = subject', 'x509_extensions = extensions'];
  const lines = [...head, '[subject]', ...organizations, `CN = ${subject.commonName}`, '[extensions]', ...extensions];
  await writeFile(`${path}.cnf`, `${lines.join('\n')}\n`);
  return { config: `${path}.cnf`, key: `${path}.key`, certificate: `${path}.crt` };
}

const authorityExtensions = [
  'basicConstraints = critical,CA:TRUE',
  'keyUsage = critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier = hash',
];

function leafExtensions(sans: readonly string[]): string[] {
  const names = sans.map(san => (isIP(san) ? `IP:${san}` : `DNS:${san}`));
  return [
    'basicConstraints = critical,CA:FALSE',
    'keyUsage = critical,digitalSignature',
    'extendedKeyUsage = serverAuth,clientAuth',
    'authorityKeyIdentifier = keyid',
    ...(names.length > 0 ? [`subjectAltName = ${names.join(',')}`] : []),
  ];
}

const newKey = (file: string, algorithm: keyof typeof algorithms = 'EC P-256') => [
  '-newkey',
  ...algorithms[algorithm],
  '-nodes',
  '-keyout',
  file,
];

async function read({ certificate, key }: Files): Promise<Certificate> {
  const [certificateText, keyText] = await Promise.all([readFile(certificate, 'utf8'), readFile(key, 'utf8')]);
  return { certificate: certificateText, key: keyText, certificateFile: certificate, keyFile: key };
}

async function openssl(...args: readonly string[]): Promise<void> {
  await run('openssl', args).catch((problem: Error) => {
    if ('code' in problem && problem.code === 'ENOENT')
      throw new Error('openssl is missing: `apt-get install openssl`');
    throw problem;
  });
}
