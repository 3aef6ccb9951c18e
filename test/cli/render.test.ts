import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { createAuthority } from '../servers/certificates.ts';
import { cli } from './cli.ts';

const apiVersion = 'shearline.dev/v1alpha1';
const quickstart = 'deploy/samples/quickstart-local.yaml';
const text = (...objects: readonly object[]): string => objects.map(each => `---\n${JSON.stringify(each)}\n`).join('');
const reference = (spec: object, metadata: object = {}): object => ({
  apiVersion,
  kind: 'SecretReference',
  metadata: { name: 'db', namespace: 'etl', ...metadata },
  spec,
});
const source = (provider: object, more: object = {}): object => ({
  apiVersion,
  kind: 'SecretSource',
  metadata: { name: 'store', namespace: 'etl' },
  spec: { default: true, provider, ...more },
});
const fake = (...data: readonly object[]): object => source({ fake: { data } });
const password = { key: 'etl/db', valueMap: { password: 'CANARY-7f3a' } };
const wanted = { data: [{ secretKey: 'PASSWORD', remoteRef: { key: 'etl/db', property: 'password' } }] };
const render = (stdin: string, ...args: readonly string[]) => cli(['render', '-f', '-', ...args], { stdin });

async function listen(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { port: typeof address === 'object' ? address?.port : undefined, close: () => void server.close() };
}

test('the quickstart shows a Secret, its values redacted', async () => {
  const { code, out, err } = await cli(['render', '-f', quickstart]);
  expect({ code, err }).toEqual({ code: 0, err: 'etl/warehouse: 3 keys from SecretSource vault-prod\n' });
  expect(parse(out)).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'warehouse', namespace: 'etl' },
    type: 'Opaque',
    stringData: {
      DB_PASSWORD: '<redacted, 12 bytes>',
      JDBC_URL: '<redacted, 35 bytes>',
      S3_ENDPOINT: '<redacted, 22 bytes>',
    },
  });
});

test('the README tells how, with what it shows', async () => {
  const readme = readFileSync('README.md', 'utf8');
  expect(readme).toContain(`npx shearline render -f ${quickstart}`);
  const { out } = await cli(['render', '-f', quickstart]);
  for (const line of out.trim().split('\n').slice(-4)) expect(readme).toContain(line);
});

describe('values are printed', () => {
  const values = [
    { key: 'etl/db', valueMap: { password: 'CANARY-7f3a' } },
    { key: 'bytes', value: Buffer.from([0, 255]).toString('base64') },
  ];
  const all = text(
    reference({ data: [...wanted.data, { secretKey: 'BYTES', remoteRef: { key: 'bytes' }, decoding: 'Base64' }] }),
    fake(...values),
  );

  test('never unless they are asked for', async () => {
    const { code, out, err } = await render(all);
    expect(code).toBe(0);
    expect(out + err).not.toMatch(/CANARY|AP8=/);
  });

  test('by --reveal: texts as they are, bytes as Kubernetes writes them', async () => {
    expect(parse((await render(all, '--reveal')).out)).toMatchObject({
      stringData: { PASSWORD: 'CANARY-7f3a' },
      data: { BYTES: 'AP8=' },
    });
  });

  test('as JSON: one list', async () => {
    const { out } = await render(all, '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'List',
      items: [{ stringData: { PASSWORD: '<redacted, 11 bytes>', BYTES: '<redacted, 2 bytes>' } }],
    });
  });
});

describe('what the operator would refuse ends with 1, in its words', () => {
  const clusterSource = (namespaces: object, allowedKeys: readonly string[]): object => ({
    apiVersion,
    kind: 'ClusterSecretSource',
    metadata: { name: 'shared' },
    spec: { default: true, namespaces, allowedKeys, provider: { fake: { data: [password] } } },
  });

  test.each<[string, readonly object[], RegExp]>([
    ['no source', [reference(wanted)], /^etl\/db: SourceNotFound: namespace etl has no default source/],
    ['an unknown key', [reference(wanted), fake({ key: 'other', value: '' })], /^etl\/db: KeyNotFound: /],
    ['an unknown property', [reference(wanted), fake({ key: 'etl/db', valueMap: {} })], /^etl\/db: PropertyNotFound: /],
    [
      'a spec that is wrong',
      [reference({ data: [{ secretKey: 'a' }] }), fake(password)],
      /^etl\/db: InvalidSpec: .*remoteRef/,
    ],
    [
      'a key that is not allowed',
      [reference(wanted), clusterSource({ all: true }, ['{namespace}/own/*'])],
      /KeyNotAllowed/,
    ],
    [
      'a namespace that is not served',
      [reference(wanted), clusterSource({ names: ['web'] }, ['**'])],
      /SourceNotFound/,
    ],
    [
      'a ServiceAccount whose tokens no file has',
      [
        reference(wanted),
        source({
          vault: {
            address: 'https://vault.example.com',
            auth: { kubernetes: { role: 'etl', serviceAccountRef: { name: 'app', audiences: ['vault'] } } },
          },
        }),
      ],
      /^etl\/db: AuthFailed: .*VAULT_ADDR and VAULT_TOKEN/,
    ],
  ])('%s', async (_, objects, said) => {
    const { code, out, err } = await render(text(...objects));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(said);
    expect(err).not.toContain('CANARY');
  });

  test('while others are shown', async () => {
    const other = reference({ data: [{ secretKey: 'X', remoteRef: { key: 'none' } }] }, { name: 'other' });
    const { code, out, err } = await render(text(reference(wanted), other, fake(password)));
    expect(code).toBe(1);
    expect(parseAllDocuments(out)).toHaveLength(1);
    expect(err).toMatch(/^etl\/db: 1 key from SecretSource store\netl\/other: KeyNotFound/);
  });
});

test.each<[string, string, RegExp]>([
  ['no YAML', 'a: [', /^stdin:1: is not YAML/],
  ['no reference', text(fake(password)), /the files have no SecretReference/],
  [
    'a field that is misspelt',
    text(reference({ ...wanted, refreshIntervall: '1h' })),
    /^stdin:2: SecretReference db has no field spec\.refreshIntervall/,
  ],
  [
    'an object without a name',
    text({ apiVersion, kind: 'SecretSource', metadata: {} }),
    /^stdin:2: this SecretSource has no metadata\.name/,
  ],
])('%s is wrong usage', async (_, stdin, said) => {
  const { code, out, err } = await render(stdin);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(said);
});

test('a file that is not there is wrong usage', async () => {
  expect(await cli(['render', '-f', 'none.yaml'])).toEqual({
    code: 2,
    out: '',
    err: 'none.yaml: there is no such file\n',
  });
});

test('what an API server knows of an object counts for nothing here, so what kubectl prints can be rendered', async () => {
  const status = {
    target: { name: 'db', generation: 7, revision: 3 },
    source: { kind: 'ClusterSecretSource', name: 'gone' },
  };
  const served = {
    ...reference(wanted, { uid: 'u', generation: 7, finalizers: ['x'], deletionTimestamp: '2026-01-01T00:00:00Z' }),
    status,
  };
  const list = { apiVersion: 'v1', kind: 'List', items: [served, fake(password)] };
  expect(await render(JSON.stringify(list))).toMatchObject({ code: 0, err: 'etl/db: 1 key from SecretSource store\n' });
});

test('a suspended reference makes no Secret, and that is right', async () => {
  const { code, out, err } = await render(text(reference({ ...wanted, suspend: true }), fake(password)));
  expect({ code, out, err }).toEqual({ code: 0, out: '', err: 'etl/db: no Secret: it is suspended\n' });
});

test('files and environment of the machine are read from where the command runs', async () => {
  const cwd = mkdtempSync(`${tmpdir()}/shearline-render-`);
  writeFileSync(`${cwd}/.env`, 'DB_PASSWORD=CANARY-7f3a\n');
  const objects = [
    reference({
      data: [{ secretKey: 'A', remoteRef: { key: 'DB_PASSWORD' } }],
      dataFrom: [{ find: { name: { glob: 'DB_*' } }, sourceRef: { name: 'env' } }],
    }),
    source({ local: { dotenv: { file: '.env' } } }),
    {
      apiVersion,
      kind: 'SecretSource',
      metadata: { name: 'env', namespace: 'etl' },
      spec: { provider: { local: { environment: { prefix: 'ETL_' } } } },
    },
  ];
  writeFileSync(`${cwd}/all.yaml`, text(...objects));
  const { code, out } = await cli(['render', '-f', 'all.yaml', '--reveal'], {
    cwd,
    env: { ETL_DB_USER: 'etl', OTHER: 'x' },
  });
  expect({ code, data: parse(out).stringData }).toEqual({ code: 0, data: { A: 'CANARY-7f3a', DB_USER: 'etl' } });
});

test('credentials of a store come from a Secret of the files, and a store on this machine is reached without TLS', async () => {
  const seen: (string | undefined)[] = [];
  const { port, close } = await listen((request, response) => {
    seen.push(request.headers.authorization);
    response.end(JSON.stringify({ value: 'CANARY-7f3a' }));
  });
  const objects = [
    reference({ data: [{ secretKey: 'A', remoteRef: { key: 'k' } }] }),
    source({
      http: {
        url: `http://127.0.0.1:${port}/{key}`,
        result: { pointer: '/value' },
        auth: { bearer: { secretRef: { name: 'api', key: 'token' } } },
      },
    }),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'api', namespace: 'etl', labels: { 'shearline.dev/credential': 'true' } },
      stringData: { token: 'T0KEN' },
    },
  ];
  const { code, out } = await render(text(...objects), '--reveal');
  close();
  expect({ code, seen, data: parse(out).stringData }).toEqual({
    code: 0,
    seen: ['Bearer T0KEN'],
    data: { A: 'CANARY-7f3a' },
  });
});

test('your token goes to the address that you name, and never to one that a file names', async () => {
  const seen: string[] = [];
  const { port, close } = await listen((request, response) => {
    seen.push(`${request.url} ${request.headers['x-vault-token']}`);
    response.setHeader('content-type', 'application/json');
    const data = request.url?.endsWith('lookup-self')
      ? { id: 'x', ttl: 0, policies: [] }
      : { data: { password: 'CANARY-7f3a' }, metadata: { version: 7, deletion_time: '', destroyed: false } };
    response.end(JSON.stringify({ data }));
  });
  const auth = { kubernetes: { role: 'etl', serviceAccountRef: { name: 'app', audiences: ['vault'] } } };
  const stdin = text(reference(wanted), source({ vault: { address: 'https://stranger.example.com', auth } }));
  const env = { VAULT_ADDR: `http://127.0.0.1:${port}`, VAULT_TOKEN: 'T0KEN' };
  const { code, out, err } = await cli(['render', '-f', '-', '--reveal'], { stdin, env });
  const withoutAddress = await cli(['render', '-f', '-'], { stdin, env: { VAULT_TOKEN: 'T0KEN' } });
  close();
  expect({ code, err }).toEqual({ code: 0, err: 'etl/db: 1 key from SecretSource store\n' });
  expect(parse(out).stringData).toEqual({ PASSWORD: 'CANARY-7f3a' });
  expect(seen).toContain('/v1/secret/data/etl/db T0KEN');
  expect(withoutAddress).toMatchObject({ code: 1, err: expect.stringContaining('VAULT_ADDR') });
});

test.each([
  'reference-adopt.yaml',
  'reference-everything.yaml',
  'reference-find.yaml',
  'reference-immutable.yaml',
  'reference-merge.yaml',
  'reference-once.yaml',
  'reference-orphan.yaml',
  'reference-pinned.yaml',
  'reference-smallest.yaml',
  'reference-template.yaml',
  'reference-validated.yaml',
])('%s is rendered beside a source that has what it asks for', async file => {
  const sample = readFileSync(`deploy/samples/${file}`, 'utf8');
  const found = parseAllDocuments(sample).map(each => each.toJS());
  expect(found.filter(({ kind }) => kind === 'SecretReference').length).toBeGreaterThan(0);
  const { code, err } = await cli(['render', '-f', `deploy/samples/${file}`, '-f', 'test/cli/render/sources.yaml']);
  expect({ code, err }).toMatchObject({ code: 0 });
});

test('what a ClusterSecretReference makes in a namespace is rendered as a reference of that namespace', async () => {
  const files = ['-f', 'deploy/samples/cluster-reference.yaml', '-f', 'test/cli/render/sources.yaml'];
  const { code, out, err } = await cli(['render', ...files, '-n', 'etl', '--reveal']);
  expect({ code, err }).toEqual({
    code: 0,
    err: 'etl/shared-warehouse: 2 keys from ClusterSecretSource vault-prod\n',
  });
  expect(parse(out)).toMatchObject({ stringData: { user: 'shared', password: 'not-a-secret' } });
});

test('templates are rendered, those of a ConfigMap and Secret of the files too', async () => {
  const labelled = (kind: string, more: object): object => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'conf', namespace: 'etl', labels: { 'shearline.dev/template': 'true' } },
    ...more,
  });
  const from = [{ configMap: { name: 'conf' } }, { secret: { name: 'conf' } }];
  const template = { data: { url: 'etl:$(urlEncode(PASSWORD))' }, from };
  const stdin = text(
    reference({ ...wanted, target: { template } }),
    fake(password),
    labelled('ConfigMap', { data: { a: 'p=$(PASSWORD)' } }),
    labelled('Secret', { stringData: { b: '$(size(PASSWORD))' } }),
  );
  const { code, out } = await render(stdin, '--reveal');
  expect(code).toBe(0);
  expect(parse(out).stringData).toEqual({ url: 'etl:CANARY-7f3a', a: 'p=CANARY-7f3a', b: '11' });
});

test('reference-tls.yaml is rendered with a certificate and its key', async () => {
  const pair = await createAuthority(mkdtempSync(`${tmpdir()}/shearline-render-`));
  const tls = { key: 'etl/warehouse-tls', valueMap: { certificate: pair.certificate, key: pair.key } };
  const args = ['render', '-f', 'deploy/samples/reference-tls.yaml', '-f', '-'];
  const { code, out } = await cli(args, { stdin: text(fake(tls)) });
  expect(code).toBe(0);
  expect(parse(out)).toMatchObject({
    type: 'kubernetes.io/tls',
    metadata: { annotations: { 'shearline.dev/certificate-expires': expect.stringMatching(/^2/) } },
  });
});

test('an immutable target is shown as one', async () => {
  const args = ['render', '-f', 'deploy/samples/reference-immutable.yaml', '-f', 'test/cli/render/sources.yaml'];
  expect(parse((await cli(args)).out)).toMatchObject({ immutable: true });
});
