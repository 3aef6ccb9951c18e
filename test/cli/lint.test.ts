import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { lintFiles } from '../../src/cli/lint/check.ts';
import { lintRules } from '../../src/cli/lint/finding.ts';
import { cli } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'lint-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const objectOf = (kind: string, name: string, spec: string, namespace = 'etl'): string =>
  `apiVersion: shearline.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}${namespace && `, namespace: ${namespace}`}}\nspec:\n${spec}---\n`;
const wants = (key: string, more = '') =>
  objectOf('SecretReference', 'r', `  data:\n    - secretKey: a\n      remoteRef: {key: ${key}}\n${more}`);

/** `rule line` of each finding. */
const lint = (text: string): readonly string[] =>
  lintFiles([{ name: 'a.yaml', text }]).map(({ rule, line }) => `${rule} ${line}`);

describe('our own kinds', () => {
  test.each<readonly [what: string, text: string, found: readonly string[]]>([
    ['a good reference', wants('a'), []],
    ['an unknown field', wants('a', '  refreshIntervall: 1h\n'), ['unknown-field 8']],
    ['an unknown field inside of a list', wants('a', '      optionel: true\n'), ['unknown-field 8']],
    ['a value that nobody takes', wants('a', '  refreshInterval: 1s\n'), ['invalid-field 8']],
    ['nothing that is asked for', objectOf('SecretReference', 'r', '  suspend: true\n'), ['invalid-field 4']],
    [
      'what only the provider can say',
      objectOf(
        'SecretSource',
        's',
        '  provider:\n    vault: {address: "https://a//b", auth: {token: {secretRef: {name: a, key: b}}}}\n',
      ),
      ['invalid-field 5'],
    ],
    ['labels of any name', wants('a', '  target: {labels: {anything: goes}}\n'), []],
    ['other kinds', 'kind: Other\nspec: {refreshIntervall: 1h}\n', []],
    ['what is no YAML', 'a: [b\n', ['unreadable 2']],
  ])('%s', (_, text, found) => expect(lint(text)).toEqual(found));
});

const provider =
  '  provider:\n    vault: {address: "https://v:8200", auth: {kubernetes: {role: r, serviceAccountRef: {name: a, audiences: [v]}}}}\n';
const shared = (more: string) => objectOf('ClusterSecretSource', 's', `${provider}${more}`, '');
const own = (more: string, namespace = 'etl') => objectOf('SecretSource', 's', `${provider}${more}`, namespace);
const fromShared = '  sourceRef: {kind: ClusterSecretSource, name: s}\n';
const team = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: etl, labels: {team: x}}\n---\n';

describe('references that no policy allows', () => {
  test.each<readonly [what: string, text: string, found: readonly string[]]>([
    [
      'a key that a pattern covers',
      wants('etl/a', fromShared) + shared('  namespaces: {all: true}\n  allowedKeys: ["{namespace}/**"]\n'),
      [],
    ],
    [
      'a key that none covers',
      wants('ops/a', fromShared) + shared('  namespaces: {all: true}\n  allowedKeys: ["{namespace}/**"]\n'),
      ['not-allowed 7'],
    ],
    [
      'a namespace that is not served',
      wants('a', fromShared) + shared('  namespaces: {names: [ops]}\n'),
      ['not-allowed 7'],
    ],
    [
      'a selector, and labels that nobody knows',
      wants('a', fromShared) + shared('  namespaces: {selector: {matchLabels: {team: y}}}\n'),
      [],
    ],
    [
      'a selector, and labels that do not fit',
      team + wants('a', fromShared) + shared('  namespaces: {selector: {matchLabels: {team: y}}}\n'),
      ['not-allowed 11'],
    ],
    [
      'a label in a pattern that nobody knows',
      wants('x/a', fromShared) + shared('  namespaces: {all: true}\n  allowedKeys: ["{labels.team}/*"]\n'),
      [],
    ],
    [
      'a label in a pattern that fits not',
      team + wants('y/a', fromShared) + shared('  namespaces: {all: true}\n  allowedKeys: ["{labels.team}/*"]\n'),
      ['not-allowed 11'],
    ],
    ['the default source', wants('ops/a') + own('  default: true\n  allowedKeys: ["etl/*"]\n'), ['not-allowed 7']],
    [
      'the default source of another namespace',
      wants('ops/a') + own('  default: true\n  allowedKeys: ["etl/*"]\n', 'ops'),
      [],
    ],
    ['a key that the store cannot have', wants('a//b', '  sourceRef: {name: s}\n') + own(''), ['not-allowed 7']],
    ['a source that is not among the files', wants('ops/a', '  sourceRef: {name: elsewhere}\n'), []],
    [
      'an owner that a policy asks for',
      wants('a') + own('  default: true\n  policy: {ownerRequired: true}\n'),
      ['not-allowed 4'],
    ],
    [
      'an owner that is there',
      wants('a', '  owner: team-etl\n') + own('  default: true\n  policy: {ownerRequired: true}\n'),
      [],
    ],
    [
      'a type that a policy forbids',
      wants('a') + own('  default: true\n  policy: {targetTypes: [kubernetes.io/tls]}\n'),
      ['not-allowed 4'],
    ],
    [
      'a refresh that is too often',
      wants('a', '  refreshInterval: 10s\n') + own('  default: true\n  policy: {minRefreshInterval: 1m}\n'),
      ['not-allowed 4'],
    ],
    [
      'a key that a policy denies',
      wants('a') + own('  default: true\n  policy: {deniedKeys: [a]}\n'),
      ['not-allowed 7'],
    ],
    [
      'a comment above',
      wants('ops/a').replace('      remoteRef', '      # shearline:ignore\n      remoteRef') +
        own('  default: true\n  allowedKeys: []\n'),
      [],
    ],
  ])('%s', (_, text, found) => expect(lint(text)).toEqual(found));

  test('the source may be in another file', () => {
    const files = [
      { name: 'a.yaml', text: wants('ops/a', fromShared) },
      { name: 'b.yaml', text: shared('  namespaces: {all: true}\n  allowedKeys: ["etl/*"]\n') },
    ];
    expect(lintFiles(files)).toEqual([expect.objectContaining({ file: 'a.yaml', rule: 'not-allowed' })]);
  });
});

test('a folder is walked, findings are sorted by place, and no value is shown', async () => {
  write('b/values.yaml', 'password: hunter2hunter2\n');
  write('a/ref.yaml', wants('a', '  refreshIntervall: 1h\n'));
  write('node_modules/x/values.yaml', 'password: hunter2hunter2\n');
  write('c.md', 'password: hunter2hunter2\n');
  expect(await cli(['lint', '.'], { cwd: folder })).toEqual({
    code: 1,
    out:
      'a/ref.yaml:8:3: SecretReference has no field spec.refreshIntervall [unknown-field]\n' +
      'b/values.yaml:1:1: password is a secret in plaintext: ******** [plaintext-secret]\n',
    err: '',
  });
});

test('JSON and SARIF 2.1.0 say the same, and show no value', async () => {
  write('with space/values.yaml', 'password: hunter2hunter2\n');
  const [json, sarif] = await Promise.all(
    ['json', 'sarif'].map(format => cli(['lint', 'with space', '-o', format], { cwd: folder })),
  );
  const place = { file: 'with space/values.yaml', line: 1, column: 1, rule: 'plaintext-secret' };
  expect(JSON.parse(json?.out ?? '').findings).toEqual([expect.objectContaining(place)]);
  const { version, runs } = JSON.parse(sarif?.out ?? '');
  expect(version).toBe('2.1.0');
  expect(runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(Object.keys(lintRules));
  expect(runs[0].results).toEqual([
    {
      ruleId: 'plaintext-secret',
      level: 'error',
      message: { text: 'password is a secret in plaintext: ********' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'with%20space/values.yaml' },
            region: { startLine: 1, startColumn: 1 },
          },
        },
      ],
    },
  ]);
  expect(`${json?.out}${sarif?.out}`).not.toContain('hunter2');
});

test('without findings it ends with 0, and what is not there is wrong usage', async () => {
  write('clean/values.yaml', `password: \${PASSWORD}\n`);
  expect(await cli(['lint', 'clean'], { cwd: folder })).toEqual({ code: 0, out: '', err: '' });
  expect(await cli(['lint', 'nowhere'], { cwd: folder })).toMatchObject({ code: 2, out: '' });
});

test('our own samples are clean', async () => {
  expect(await cli(['lint', 'deploy/samples'])).toEqual({ code: 0, out: '', err: '' });
});

test('docs/cli.md has each rule, and pre-commit runs this command on the files that it reads', () => {
  const page = readFileSync('docs/cli.md', 'utf8');
  for (const [rule, meaning] of Object.entries(lintRules)) expect(page).toContain(`| \`${rule}\` | ${meaning} |`);
  const [hook, ...others] = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8'));
  expect(others).toEqual([]);
  expect(hook).toMatchObject({ id: 'shearline-lint', entry: 'shearline lint', language: 'system' });
  for (const name of ['a.yaml', 'b/c.yml', '.env', 'x.properties', 'airflow.cfg'])
    expect(name).toMatch(new RegExp(hook.files));
  for (const name of ['a.md', 'env.ts']) expect(name).not.toMatch(new RegExp(hook.files));
});
