import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pack } from '../../pack.ts';
import { version } from '../../src/version.ts';

/** A folder outside of the tree, where no package is found but the installed one, and npm has neither cache nor network. */
let folder: string;
let tarball: string;
const env = () => ({
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  HOME: folder,
  npm_config_cache: `${folder}/cache`,
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
});

const run = (command: string, ...args: readonly string[]) => runIn(folder, command, args);

async function runIn(cwd: string, command: string, args: readonly string[]) {
  const ended = promisify(execFile)(command, args, { cwd, env: env() });
  return ended.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/shearline-package-`);
  tarball = await pack(`${folder}/out`);
  await cp('deploy/samples/quickstart-local.yaml', `${folder}/quickstart-local.yaml`);
  await writeFile(`${folder}/package.json`, '{}');
  const installed = await run('npm', 'install', '--no-audit', '--no-fund', tarball);
  if (installed.code !== 0) throw new Error(`npm install failed: ${installed.stderr}`);
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

test('it brings no other package along, and the licences of what is in it', async () => {
  const packages = (await readdir(`${folder}/node_modules`)).filter(name => !name.startsWith('.'));
  expect(packages).toEqual(['shearline']);
  expect(await readFile(`${folder}/node_modules/shearline/third-party-licences.txt`, 'utf8')).toMatch(/^commander 15/m);
});

test.each(['shearline', 'kubectl-shearline'])('%s renders the quickstart', async name => {
  const { code, stdout, stderr } = await run(`node_modules/.bin/${name}`, 'render', '-f', 'quickstart-local.yaml');
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'etl/warehouse: 3 keys from SecretSource vault-prod\n' });
  expect(stdout).toContain('DB_PASSWORD: <redacted, 12 bytes>');
});

test('npx runs it, from the tarball alone', async () => {
  const ended = await run('npx', '--yes', '--package', tarball, 'shearline', '--version');
  expect(ended).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test('in a clone npx runs the source itself, as the README says', async () => {
  const args = ['shearline', 'render', '-f', 'deploy/samples/quickstart-local.yaml'];
  const { code, stdout } = await runIn(process.cwd(), 'npx', args);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('<redacted, 12 bytes>') });
});

describe('what is loaded on demand is in it:', () => {
  const apiVersion = 'shearline.dev/v1alpha1';
  const rendered = async (provider: object, spec: object) => {
    const objects = [
      { apiVersion, kind: 'SecretReference', metadata: { name: 'a' }, spec },
      { apiVersion, kind: 'SecretSource', metadata: { name: 'b' }, spec: { default: true, provider } },
    ];
    await writeFile(`${folder}/all.yaml`, objects.map(each => `---\n${JSON.stringify(each)}\n`).join(''));
    return run('node_modules/.bin/shearline', 'render', '-f', 'all.yaml', '--reveal');
  };

  test('the sandbox, for expressions', async () => {
    const fake = {
      data: [
        { key: 'ab', value: 'found' },
        { key: 'cd', value: 'left' },
      ],
    };
    const { code, stdout } = await rendered({ fake }, { dataFrom: [{ find: { name: { regexp: 'a[a-c]' } } }] });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/ab: found\n$/) });
  });

  test('a database', async () => {
    const sqlite = { file: 'none.db', table: 'secrets' };
    const { code, stderr } = await rendered({ local: { sqlite } }, { dataFrom: [{ extract: { key: 'a' } }] });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('none.db is no SQLite database') });
  });

  test('what reads a kubeconfig', async () => {
    await writeFile(`${folder}/config`, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [] }));
    const args = ['doctor', 'a', '--kubeconfig', 'config'];
    const { code, stderr } = await run('node_modules/.bin/kubectl-shearline', ...args);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('its current context names no cluster'),
    });
  });

  test('a store that is not there', async () => {
    const http = { url: 'http://127.0.0.1:1/{key}' };
    const { code, stderr } = await rendered({ http }, { dataFrom: [{ extract: { key: 'a' } }] });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('ProviderUnavailable') });
  });
});
