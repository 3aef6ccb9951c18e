import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { generatedFiles } from './generated/files.ts';
import { installManifest, releaseOfInstallManifest } from './generated/install.ts';

/**
 * Writes CRDs, reference docs, tables, what of the charts comes from code, and the install manifest, which Helm renders from
 * the chart; with `--check` only says which of them would change, and fails. For that no Helm is needed: that the manifest
 * is what Helm renders is a test on real servers.
 */
const root = resolve(import.meta.dirname, '../..');
const onlyCheck = process.argv.includes('--check');

for (const [path, text] of generatedFiles(path => readFileSync(resolve(root, path), 'utf8'))) {
  const file = resolve(root, path);
  if (onlyCheck) await complainIfOther(file, path, text);
  else await write(file, text);
}
if (!onlyCheck) await write(resolve(root, 'deploy/install.yaml'), installManifest(await rendered()));

/** By the Helm of the tests, which is installed when it is not there yet. */
async function rendered(): Promise<string> {
  const helm = resolve(root, 'test/servers/helm.ts');
  const args = [helm, 'template', ...releaseOfInstallManifest];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function complainIfOther(file: string, path: string, text: string): Promise<void> {
  const there = await readFile(file, 'utf8').catch(() => undefined); // a missing file is another one, too
  if (there === text) return;
  process.stderr.write(`${path} is not what \`make generate\` writes: run it\n`);
  process.exitCode = 1;
}
