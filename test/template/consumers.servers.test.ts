import { createPrivateKey } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { issueCertificate } from '../servers/certificates.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { Consumers, PasswordTrap } from './consumers.ts';
import { authority, issued, show, text } from './render.ts';

/** What templates write, read by those for whom it is. */
let consumers: Consumers;
let trap: PasswordTrap;
beforeAll(async () => {
  consumers = await Consumers.start();
  trap = await PasswordTrap.start();
}, 600_000);
afterAll(() => {
  consumers.stop();
  trap.stop();
});

/** What broke a file, a URL or a command for somebody. */
const passwords = [
  '@:/?#%&=+;,!*()[]<>|~^',
  `"'\\`,
  "it's",
  `\\"\\'`,
  'a\\',
  'a\\\\b\\n\\u0041',
  '$HOME $(id) `id` {x} ${',
  'x}y{z',
  '  both  ',
  '\tx',
  '# no comment ; none',
  'ünïcödé 🔑 \u00a0',
  '100%s %40 %(x)s',
  'null',
  'no',
  '12:30',
  '1_000',
  '2026-01-01',
  '<<',
  '=',
  'a\nKEY=b\n[section]\nc: d',
  '\n\r\n',
  '-----x-----',
] as const;

const nul = 'a\0b';

interface Consumer {
  readonly name: string;
  readonly template: string;
  readonly reader: string;
  readonly more?: Readonly<Record<string, unknown>>;
  /** What must be read out of it. */
  readonly holds: (password: string) => unknown;
  /** Which passwords the format cannot hold: they are refused. */
  readonly refuses?: (password: string) => boolean;
}

const spaced = (password: string): boolean => password !== password.trim();
const broken = (password: string): boolean => /[\r\n\0]/.test(password);
const connection =
  '{"conn_type": "postgres", "host": "h", "port": 5432, "login": p, "password": p, "schema": p, "extra": {"k": {"p": p}}}';
const readConnection = (p: string) => ({
  conn_type: 'postgres',
  host: 'h',
  login: p,
  password: p,
  schema: p,
  port: 5432,
  extra: { k: { p } },
});

const readers: readonly Consumer[] = [
  {
    name: 'java.util.Properties: a value',
    template: 'a=1\nk=$(properties(p))\nz=2',
    reader: 'properties',
    holds: k => ({ a: '1', k, z: '2' }),
  },
  {
    name: 'java.util.Properties: a file, keys too',
    template: '$(properties({p: p, "z": 2}))',
    reader: 'properties',
    holds: p => ({ [p]: p, z: '2' }),
  },
  {
    name: 'PostgreSQL’s JDBC driver: a URL',
    template:
      '$(jdbc.url({"driver": "postgresql", "host": "h", "port": 1, "database": p, "user": p, "password": p, "properties": {"ssl": true}}))',
    reader: 'jdbc',
    holds: p => expect.objectContaining({ PGHOST: 'h', PGPORT: '1', PGDBNAME: p, user: p, password: p, ssl: 'true' }),
    refuses: p => p.includes('\0'),
  },
  {
    name: 'Spark’s JDBC options',
    template: '$(jdbc.properties({"driver": "postgresql", "host": "h", "database": "dw", "user": p, "password": p}))',
    reader: 'properties',
    holds: p => ({ url: 'jdbc:postgresql://h/dw', user: p, password: p, driver: 'org.postgresql.Driver' }),
  },
  { name: 'Airflow: JSON', template: `$(airflow.connection(${connection}))`, reader: 'airflow', holds: readConnection },
  {
    name: 'Airflow: a URI',
    template: `$(airflow.connection(${connection}, "uri"))`,
    reader: 'airflow',
    more: { uri: true },
    holds: readConnection,
  },
  {
    name: 'SQLAlchemy',
    template:
      '$(sqlalchemy.url({"driver": "postgresql+psycopg2", "host": "h", "port": 1, "database": "dw", "user": p, "password": p, "properties": {"k": p}}))',
    reader: 'sqlalchemy',
    holds: p => ({
      driver: 'postgresql+psycopg2',
      user: p,
      password: p,
      host: 'h',
      port: 1,
      database: 'dw',
      query: { k: p },
    }),
  },
  {
    name: 'python-dotenv',
    template: '$(dotenv({"A": 1, "K": p, "Z": 2}))',
    reader: 'dotenv',
    holds: K => ({ A: '1', K, Z: '2' }),
    refuses: p => /[\0\r]/.test(p),
  },
  {
    name: 'dbt',
    template: '$(dbt.env({"password": p}))',
    reader: 'dotenv',
    holds: p => ({ DBT_ENV_SECRET_PASSWORD: p }),
    refuses: p => /[\0\r]/.test(p),
  },
  {
    name: 'Python’s configparser',
    template: '$(ini({"a": {"k": p, "z": 2}}))',
    reader: 'ini',
    holds: k => ({ a: { k, z: '2' } }),
    refuses: p => broken(p) || spaced(p),
  },
  {
    name: 'Python’s netrc',
    template:
      '$(netrc([{"machine": "a.b", "login": p, "password": p}, {"machine": "z", "login": "l", "password": "p"}]))',
    reader: 'netrc',
    holds: p => ({ 'a.b': [p, p], z: ['l', 'p'] }),
    refuses: broken,
  },
  { name: 'a shell', template: '$(shell(p))', reader: 'shell', holds: p => p, refuses: p => p.includes('\0') },
  { name: 'SQL', template: '$(sql(p))', reader: 'sql', holds: p => p, refuses: p => p.includes('\0') },
  {
    name: 'XML',
    template: '<r a="$(xml(p))">$(xml(p))</r>',
    reader: 'xml',
    holds: p => [p, p],
    refuses: p => p.includes('\0'),
  },
  {
    name: 'Spark',
    template: '$(sparkConf({"spark.k": p}))',
    reader: 'properties',
    holds: p => ({ 'spark.k': p }),
    refuses: p => spaced(p) && p !== '\n\r\n',
  },
  {
    name: 'Trino',
    template: '$(trino.catalog({"connector.name": "postgresql", "connection-password": p}))',
    reader: 'properties',
    holds: p => ({ 'connector.name': 'postgresql', 'connection-password': p }),
  },
  {
    name: 'Docker’s library for Python',
    template:
      '$(docker.config({"r.io": {"username": "u", "password": p}, "ghcr.io/etl": {"username": "x", "password": "y"}}))',
    reader: 'docker',
    holds: p => ({ 'r.io': ['u', p], 'ghcr.io/etl': ['x', 'y'] }),
    refuses: p => p.includes('\0'),
  },
  {
    name: 'a kubeconfig, as YAML',
    template: '$(kubeconfig({"server": "https://h:6443", "token": p}))',
    reader: 'yaml',
    holds: token => expect.objectContaining({ users: [{ name: 'default', user: { token } }] }),
  },
  {
    name: 'PyYAML, which is of version 1.1',
    template: '$(yaml.encode({p: [p, {"k": p}]}))',
    reader: 'yaml',
    holds: p => ({ [p]: [p, { k: p }] }),
  },
  {
    name: 'Python’s tomllib',
    template: '$(toml.encode({p: [p, {"k": p}]}))',
    reader: 'toml',
    holds: p => ({ [p]: [p, { k: p }] }),
  },
  {
    name: 'a Google service account',
    template: '$(gcp.credentials({"client_email": p, "private_key": "-----BEGIN X-----"}))',
    reader: 'yaml',
    holds: p => expect.objectContaining({ client_email: p, type: 'service_account' }),
  },
];

describe.each(readers)(
  '$name reads back what was put in:',
  ({ template, reader, more, holds, refuses = () => false }) => {
    test.each([...passwords, nul])('%j', async password => {
      const written = await show(template, { p: password });
      expect(written.ok).toBe(!refuses(password));
      if (!written.ok) expect(written.fault).not.toContain(password.trim() || 'cannot be empty');
      else expect(await consumers.read(reader, written.value, more)).toEqual(holds(password));
    });
  },
);

test.each(passwords.filter(password => !broken(password)))(
  'libpq sends the password of its line: %j',
  async password => {
    const line = '$(pgpass([{"host": "#x", "password": "none"}, {"host": "127.0.0.1", "user": "etl", "password": p}]))';
    await consumers.read('libpq', await text(line, { p: password }), { port: trap.port });
    expect(trap.passwords.pop()).toBe(password);
  },
);

test.each(['a\nb', 'a\rb', nul])('a line of .pgpass cannot hold %j', async password => {
  expect(await show('$(pgpass({"password": p}))', { p: password })).toMatchObject({ ok: false });
});

test.each(['p@ss:w/rd #1', "it's", 'a b', '$HOME', 'x"y', '`id`'])(
  'a shell and Node read a .env file as python-dotenv does: %j',
  async K => {
    const file = await text('$(dotenv({"K": p}))', { p: K });
    expect(await consumers.read('sourced', file)).toBe(K);
    expect((await import('node:util')).parseEnv(file)).toEqual({ K });
  },
);

test.each([
  ['a token', '"token": token', 'system:serviceaccount:default:default'],
  ['a certificate', '"certificate": crt, "key": key', 'somebody'],
])('kubectl enters a cluster with a kubeconfig of %s', async (_, login, username) => {
  const controlPlane = await sharedControlPlane();
  const { certificate: crt, key } = await issueCertificate(controlPlane.authority, { commonName: 'somebody' });
  const token = await controlPlane.token({ serviceAccount: 'default', namespace: 'default' });
  const values = { server: controlPlane.server, ca: controlPlane.ca, token, crt, key };
  const kubeconfig = `${await mkdtemp(`${tmpdir()}/shearline-consumers-`)}/config`;
  await writeFile(kubeconfig, await text(`$(kubeconfig({"server": server, "ca": ca, ${login}}))`, values));
  const me = JSON.parse(await controlPlane.kubectl(['auth', 'whoami', '-o', 'json'], { kubeconfig }));
  expect(me.status.userInfo.username).toBe(username);
});

test('AWS reads its profiles', async () => {
  const file = await text(
    '$(aws.credentials([{"accessKeyId": "A", "secretAccessKey": p, "sessionToken": "t="}, {"profile": "b", "accessKeyId": "B", "secretAccessKey": "c"}]))',
    { p: 'x/%y+z==#;' },
  );
  expect(await consumers.read('ini', file)).toEqual({
    default: { aws_access_key_id: 'A', aws_secret_access_key: 'x/%y+z==#;', aws_session_token: 't=' },
    b: { aws_access_key_id: 'B', aws_secret_access_key: 'c' },
  });
});

describe('Java reads keystores', () => {
  const values = { leaf: issued.certificate, ca: authority.certificate, key: issued.key, p: `a "$'\\ b#%` };
  const store = (expression: string) => text(`$(base64.encode(${expression}))`, values);
  const password = { password: values.p };
  const pkcs8 = createPrivateKey(issued.key).export({ format: 'der', type: 'pkcs8' }).toString('hex');

  test.each(['PKCS12', 'JKS'])('of a key and its chain, as %s', async kind => {
    const made = await store('pkcs12.create(ca + leaf, key, p)');
    const entries = { entries: { tls: 'key' }, keys: [pkcs8], chains: [2] };
    expect(await consumers.read('keystore', made, { ...password, kind })).toEqual(entries);
  });

  test('of trusted certificates', async () => {
    const made = await store('pkcs12.truststore(ca + leaf, p)');
    const entries = { entries: { ca: 'certificate', 'ca-2': 'certificate' }, keys: [], chains: [] };
    expect(await consumers.read('keystore', made, password)).toEqual(entries);
    expect(await consumers.read('keytool', made, password)).toMatch(
      /contains 2 entries[\s\S]*ca-2, .*trustedCertEntry/,
    );
  });

  test('and what keytool wrote is read here', async () => {
    const made = Buffer.from(String(await consumers.read('generated', 'changeit')), 'base64');
    const read = { store: made, p: 'changeit' };
    expect(await text('$(x509.notAfter(pkcs12.certificates(store, p)) > "2026")', read)).toBe('true');
    expect(await text('$(jwk.encode(pkcs12.key(store, p)).kty)', read)).toBe('RSA');
  });
});

test.each(['p@ss', '\'"\\ ü', 'x'.repeat(72)])(
  'bcrypt knows the password of a line of htpasswd again: %j',
  async password => {
    const line = await text('$(htpasswd("u", p, 4))', { p: password });
    expect(line).toMatch(/^u:\$2y\$04\$/);
    expect(await consumers.read('bcrypt', line, { password })).toBe(true);
    expect(await consumers.read('bcrypt', line, { password: `${password.slice(1)}` })).toBe(false);
  },
);
