import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments, stringify } from 'yaml';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';
import { sharedControlPlane } from '../servers/shared.ts';

const folder = 'docs/recipes';
const pages = (await readdir(folder)).filter(name => name !== 'README.md');
/** Kinds of others, whose definition is not on this API server. */
const elsewhere = ['SparkApplication'];

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

let controlPlane: ControlPlaneAccess;
let namespaces: readonly string[];

async function manifestsOf(page: string): Promise<readonly Manifest[]> {
  const text = await readFile(`${folder}/${page}`, 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = '']) => block);
  return blocks.flatMap(block => parseAllDocuments(block).map(document => document.toJS()));
}

beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  await controlPlane.kubectl(['apply', '--server-side', '-f', 'crds/']);
  const all = await Promise.all(pages.map(manifestsOf));
  namespaces = [...new Set(all.flat().map(({ metadata }) => metadata.namespace))];
  const input = namespaces
    .map(name => stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
    .join('---\n');
  await controlPlane.kubectl(['apply', '-f', '-'], { input });
});
afterAll(() => controlPlane.kubectl(['delete', 'namespace', '--wait=false', ...namespaces]));

test.each(pages)('%s: the API server takes its YAML, and knows every field', async page => {
  const manifests = (await manifestsOf(page)).filter(({ kind }) => !elsewhere.includes(kind));
  expect(manifests.map(({ kind }) => kind)).toContain('SecretReference');
  const input = manifests.map(manifest => stringify(manifest)).join('---\n');
  const applied = await controlPlane.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input });
  expect(applied.trim().split('\n')).toHaveLength(manifests.length);
});

test('spark-application.md: the types of kubeflow’s operator know every field of the SparkApplication', async () => {
  const programs = await installParts([parts.sparkApplication]);
  const [application] = (await manifestsOf('spark-application.md')).filter(({ kind }) => kind === 'SparkApplication');
  const checked = promisify(execFile)(programs.sparkApplication);
  checked.child.stdin?.end(stringify(application));
  expect(await checked).toEqual({ stdout: '', stderr: '' });
});

test('the table of recipes names every page', async () => {
  const index = await readFile(`${folder}/README.md`, 'utf8');
  expect(pages.filter(page => !index.includes(`(${page})`))).toEqual([]);
});
