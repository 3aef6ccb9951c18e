import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { cli } from './cli.ts';

/** Manifests of External Secrets in the shapes of its guides: each file of test/cli/migrate. */
const folder = mkdtempSync(join(tmpdir(), 'migrate-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function migrated(file: string) {
  const { code, out, err } = await cli(['migrate', 'external-secrets', `test/cli/migrate/${file}.yaml`]);
  return { code, err, objects: parseAllDocuments(out).flatMap(document => document.toJS() ?? []) };
}

test("a team's store and its reference are translated whole, and the key without the mount", async () => {
  const { code, objects, err } = await migrated('all-keys');
  expect(objects).toEqual([
    {
      apiVersion: 'shearline.dev/v1alpha1',
      kind: 'SecretSource',
      metadata: { name: 'vault', namespace: 'etl' },
      spec: {
        provider: {
          vault: {
            address: 'https://vault.example.com:8200',
            kv: { mount: 'secret', version: 2 },
            auth: {
              kubernetes: {
                role: 'etl',
                mount: 'kubernetes',
                serviceAccountRef: { name: 'etl-reader', audiences: ['vault'] },
              },
            },
          },
        },
      },
    },
    {
      apiVersion: 'shearline.dev/v1alpha1',
      kind: 'SecretReference',
      metadata: { name: 'warehouse', namespace: 'etl', labels: { team: 'etl' } },
      spec: {
        sourceRef: { name: 'vault' },
        refreshInterval: '1h',
        dataFrom: [{ extract: { key: 'etl/warehouse' } }],
        target: { labels: { team: 'etl' } },
      },
    },
  ]);
  expect([code, err]).toEqual([0, expect.stringContaining('Written: 2. Fields left for you: 0.')]);
});

test('a shared store serves whom it served, reads only allowed keys, and has its CA in it', async () => {
  const { code, objects, err } = await migrated('shared-store');
  const [source, reference] = objects;
  expect(source.spec).toMatchObject({
    namespaces: { selector: { matchLabels: { team: 'etl' } } },
    allowedKeys: ['**'],
    provider: { vault: { caBundle: { inline: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/) } } },
  });
  expect(reference.metadata.annotations).toEqual({ note: 'kept' });
  expect(reference.spec.data.map(({ remoteRef: { key } }: { remoteRef: { key: string } }) => key)).toEqual([
    'databases/etl',
    'databases/etl',
  ]);
  expect(code).toBe(0);
  expect(err).toContain('copy it from namespace eso into the namespace of the operator');
  expect(err).toContain('narrow allowedKeys');
});

test('what guides show in passing is no work for anybody', async () => {
  const { code, objects } = await migrated('odds');
  const [source, reference] = objects;
  expect([code, objects.length, source.metadata.annotations]).toEqual([0, 2, undefined]);
  expect(source.spec.provider.vault.kv.mount).toBe('secret');
  expect(reference).toMatchObject({
    metadata: { annotations: { 'example.com/revision': '1234' } },
    spec: { data: [{ remoteRef: { key: 'grafana/user', property: 'user' } }] },
  });
  expect(reference.spec.target).toBeUndefined();
});

test('what has no counterpart is named and not written; objects of others are passed over', async () => {
  const { code, objects, err } = await migrated('generators');
  expect([code, objects]).toEqual([1, []]);
  for (const name of ['Password etl/made', 'PushSecret etl/pushed', 'SecretStore etl/elsewhere'])
    expect(err).toContain(name);
  expect(err).not.toContain('not-theirs');
});

test('what was migrated is rendered by shearline render, with the values that theirs would have', async () => {
  const { code, out } = await cli(['migrate', 'external-secrets', 'test/cli/migrate/fake.yaml']);
  const { out: secret, err } = await cli(['render', '-f', '-', '--reveal'], { stdin: out });
  expect([code, err]).toEqual([0, expect.not.stringContaining('LEFT')]);
  expect(parseAllDocuments(secret).map(document => document.toJS())).toEqual([
    expect.objectContaining({
      metadata: expect.objectContaining({ name: 'warehouse-login', namespace: 'etl' }),
      stringData: {
        password: 'hunter2',
        'old-user': 'old',
        DB_USER: 'etl',
        DB_PASSWORD: 'aHVudGVyMg==',
        DB_NESTED: '{"a":"b"}',
        a: 'b',
      },
    }),
  ]);
});

test('templates come out as Go would have them', async () => {
  const { code, out } = await cli(['migrate', 'external-secrets', 'test/cli/migrate/template.yaml']);
  expect(code).toBe(0);
  // kubectl reads YAML 1.1, where a bare yes is no text.
  expect(out).toContain('plain: "yes"');
  const { out: secret } = await cli(['render', '-f', '-', '--reveal'], { stdin: out });
  expect(parseAllDocuments(secret).map(document => document.toJS())).toEqual([
    expect.objectContaining({
      metadata: expect.objectContaining({ labels: expect.objectContaining({ plain: 'yes', of: 'etl' }) }),
      stringData: {
        user: 'etl',
        password: 'p@ss:w/rd',
        size: '20',
        url: 'postgresql://etl:p%40ss%3Aw%2Frd@db/dw',
        tables: '\n- A\n- B',
        'pool.ini': '[pool]\nsize = 20\n',
      },
    }),
  ]);
});

test('--adopt says what becomes of the Secrets that are there', async () => {
  const { out } = await cli(['migrate', 'external-secrets', 'test/cli/migrate/all-keys.yaml', '--adopt', 'DryRun']);
  expect(parseAllDocuments(out).map(document => document.toJS().spec.target?.adopt)).toEqual([undefined, 'DryRun']);
});

test('--out writes a file for each object, from a folder of files', async () => {
  const args = ['migrate', 'external-secrets', 'test/cli/migrate/all-keys.yaml', '--out', folder];
  expect(await cli(args)).toMatchObject({ code: 0, out: '' });
  expect(readdirSync(folder)).toEqual(['secretreference-etl-warehouse.yaml', 'secretsource-etl-vault.yaml']);
  expect(readFileSync(join(folder, 'secretreference-etl-warehouse.yaml'), 'utf8')).toContain('kind: SecretReference');
});

const bomb = [
  'a: &a0 [x]',
  ...Array.from({ length: 30 }, (_, at) => `b${at}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`),
];
const hostile = '"x\\nkind: Injected\\u2028"';
test.each([
  ['a file that is not there', ['nowhere.yaml'], '', 'nowhere.yaml: there is no such file'],
  ['what is not YAML, without quoting it', ['-'], 'a: [hunter2', 'stdin:1: is not YAML'],
  ['a field that is there twice', ['-'], 'a: 1\nb: 2\na: hunter2', 'stdin:3: has a field twice'],
  ['a bomb of aliases', ['-'], bomb.join('\n'), 'too deep, or too many aliases'],
  ['what is nested without end', ['-'], '['.repeat(100_000), 'is not YAML'],
])('it refuses %s', async (_, files, stdin, said) => {
  const { code, out, err } = await cli(['migrate', 'external-secrets', ...files], { stdin });
  expect([code, out, err]).toEqual([2, '', expect.stringContaining(said)]);
  expect(err).not.toContain('hunter2');
});

test('a name with a line break adds nothing to what is written', async () => {
  const stdin = `{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: a},
    spec: {data: [{secretKey: a, remoteRef: {key: a}}], ${hostile}: 1}}`;
  const { out } = await cli(['migrate', 'external-secrets', '-'], { stdin });
  expect(parseAllDocuments(out).map(document => document.toJS().kind)).toEqual(['SecretReference']);
});

test.each([
  [['migrate', 'external-secrets'], 'name files, folders or - for standard input, or say --cluster'],
  [['migrate', 'external-secrets', 'a.yaml', '-n', 'etl'], 'say --cluster'],
])('%j is wrong usage', async (args, why) => {
  expect(await cli(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(why) });
});

test('a store that was not given is named: only it says how keys are spelled', async () => {
  const stdin = JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'a', namespace: 'etl' },
    spec: { secretStoreRef: { name: 'team' }, data: ['x', 'y'].map(key => ({ secretKey: key, remoteRef: { key } })) },
  });
  const { code, err } = await cli(['migrate', 'external-secrets', '-'], { stdin });
  expect([code, err.match(/note .*team is not among what was given/g)?.length]).toEqual([0, 1]);
});
