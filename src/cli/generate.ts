import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { generatedFiles } from './generated/files.ts';

/** Writes CRDs, reference docs and install manifest. Run by `make generate`; `make check` fails when it changes a file. */
const root = resolve(import.meta.dirname, '../..');
for (const [path, text] of generatedFiles()) {
  const file = resolve(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
