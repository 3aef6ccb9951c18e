import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { translateText } from '../../src/cli/migrate/go-template/translate.ts';
import { cli } from './cli.ts';

/** docs/from-external-secrets.md, row by row: what it says is what the command does. */
const page = readFileSync('docs/from-external-secrets.md', 'utf8');

/** The rows of the table below a heading, cells without their backticks. */
function rowsOf(heading: string): readonly (readonly [string, string])[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  return [...table.matchAll(/^\| `(.+?)` \| `(.+?)` \|/gm)].map(([, theirs = '', ours = '']) => [
    theirs.replaceAll('\\|', '|'),
    ours.replaceAll('\\|', '|'),
  ]);
}

interface Written {
  readonly kind: string;
  readonly spec: unknown;
}

/** What becomes of one object, given as the JSON of its fields. */
async function migrated(kind: string, spec: unknown, name = 'a') {
  const object = { apiVersion: 'external-secrets.io/v1', kind, metadata: { name, namespace: 'etl' }, spec };
  const { code, out, err } = await cli(['migrate', 'external-secrets', '-', '-o', 'json'], {
    stdin: JSON.stringify(object),
  });
  const written: readonly Written[] = out
    .split(/^---$/m)
    .filter(text => text.trim() !== '')
    .map(text => parse(text));
  const report: { readonly findings: readonly { readonly level: string; readonly field: string }[] } = JSON.parse(err);
  return { code, written, left: report.findings.filter(({ level }) => level === 'left').map(({ field }) => field) };
}

const reference = (fields: string) => ({
  secretStoreRef: { name: 'team' },
  data: [{ secretKey: 'x', remoteRef: { key: 'x' } }],
  ...parse(fields),
});

describe('a feature of an ExternalSecret', () => {
  test.each(rowsOf('ExternalSecret → SecretReference'))('%s', async (theirs, ours) => {
    const { code, written, left } = await migrated('ExternalSecret', reference(theirs));
    expect(left).toEqual([]);
    expect(written).toEqual([expect.objectContaining({ kind: 'SecretReference' })]);
    expect(written[0]?.spec).toMatchObject(parse(ours));
    expect(code).toBe(0);
  });
});

describe('a feature of a ClusterExternalSecret', () => {
  const theirSpec = {
    secretStoreRef: { kind: 'ClusterSecretStore', name: 'all' },
    dataFrom: [{ extract: { key: 'x' } }],
  };
  const reference = { sourceRef: { kind: 'ClusterSecretSource', name: 'all' }, dataFrom: [{ extract: { key: 'x' } }] };

  test.each(rowsOf('ClusterExternalSecret → ClusterSecretReference'))('%s', async (theirs, ours) => {
    const spec = { externalSecretSpec: theirSpec, ...parse(theirs) };
    const { code, written, left } = await migrated('ClusterExternalSecret', spec);
    expect(left).toEqual([]);
    expect(written).toEqual([expect.objectContaining({ kind: 'ClusterSecretReference' })]);
    expect(written[0]?.spec).toMatchObject({ reference, ...parse(ours) });
    expect(code).toBe(0);
  });

  test('of which something is left is written so that nothing happens yet', async () => {
    const two = { namespaces: ['etl'], namespaceSelectors: [{ matchLabels: { team: 'etl' } }] };
    const { written, left } = await migrated('ClusterExternalSecret', { externalSecretSpec: theirSpec, ...two });
    expect(left).toEqual(['spec.namespaceSelectors']);
    expect(written[0]?.spec).toMatchObject({ reference: { suspend: true } });
    const metadata = { name: 'a' };
    const apiVersion = 'external-secrets.io/v1';
    const spec = { externalSecretSpec: theirSpec, ...two };
    const stdin = JSON.stringify({ apiVersion, kind: 'ClusterExternalSecret', metadata, spec });
    const { err } = await cli(['migrate', 'external-secrets', '-'], { stdin });
    expect(err).toContain('What is not whole is written with suspend: true');
  });
});

describe('a template', () => {
  test.each(rowsOf('Templates'))('%s', (theirs, ours) => {
    // A line break cannot be in a cell.
    expect(translateText(theirs.replaceAll('\\n', '\n'))).toEqual({ ok: true, value: ours });
  });
});

describe('a provider of a SecretStore', () => {
  test.each(rowsOf('SecretStore → SecretSource'))('%s', async (theirs, ours) => {
    const { written, left } = await migrated('SecretStore', { provider: parse(theirs) });
    expect(left).toEqual([]);
    expect(written).toEqual([expect.objectContaining({ kind: 'SecretSource', spec: { provider: parse(ours) } })]);
  });
});

describe('what is left for a human is named, and its reference suspended', () => {
  test.each(rowsOf('Left for you'))('%s', async (theirs, field) => {
    const { code, written, left } = await migrated('ExternalSecret', reference(theirs));
    expect(left).toContain(field);
    for (const { spec } of written) expect(spec).toMatchObject({ suspend: true });
    expect(code).toBe(1);
  });
});

test('the page has rows', () => {
  expect(rowsOf('ExternalSecret → SecretReference').length).toBeGreaterThan(14);
  expect(rowsOf('SecretStore → SecretSource').length).toBeGreaterThan(9);
  expect(rowsOf('Templates').length).toBeGreaterThan(12);
  expect(rowsOf('Left for you').length).toBeGreaterThan(8);
});
