import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { generatedFiles } from './generated/files.ts';

/** Writes CRDs, reference docs, the reasons in the README, and the install manifest; with `--check` only says which of them would change, and fails. */
const root = resolve(import.meta.dirname, '../..');
const onlyCheck = process.argv.includes('--check');

const readme = await readFile(resolve(root, 'README.md'), 'utf8');

for (const [path, text] of generatedFiles(readme)) {
  const file = resolve(root, path);
  if (onlyCheck) await complainIfOther(file, path, text);
  else await write(file, text);
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
