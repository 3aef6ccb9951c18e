import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Step } from './steps.ts';

export const root = resolve(import.meta.dirname, '../..');

/** A copy of the tree that may be changed at will. */
export interface Workshop {
  follow(step: Step): Promise<void>;
  /** Throws with the end of what it printed. */
  run(command: string): Promise<void>;
  read(path: string): Promise<string>;
  close(): Promise<void>;
}

/** Packages are not copied: they are those of the tree. */
const notCopied = new Set(['node_modules', '.git', 'dist', 'coverage']);

export async function openWorkshop(): Promise<Workshop> {
  const directory = await mkdtemp(`${tmpdir()}/shearline-guide-`);
  await cp(root, directory, { recursive: true, filter: path => !notCopied.has(relative(root, path)) });
  await symlink(`${root}/node_modules`, `${directory}/node_modules`);
  const run = (command: string) => runIn(directory, command);
  return {
    follow: step => follow(step, directory, run),
    run,
    read: path => readFile(join(directory, path), 'utf8'),
    close: () => rm(directory, { recursive: true }),
  };
}

async function follow(step: Step, directory: string, run: Workshop['run']): Promise<void> {
  switch (step.kind) {
    case 'write':
      await mkdir(dirname(join(directory, step.path)), { recursive: true });
      return writeFile(join(directory, step.path), step.text, { flag: 'wx' });
    case 'replace':
      return replace(join(directory, step.path), step.before, step.after);
    case 'run':
      return run(step.command);
    default:
      step satisfies never;
  }
}

async function replace(file: string, before: string, after: string): Promise<void> {
  const [head, tail, ...more] = (await readFile(file, 'utf8')).split(before);
  if (head === undefined || tail === undefined || more.length > 0)
    throw new Error(`${file} must have this exactly once, to be replaced: ${before}`);
  await writeFile(file, `${head}${after}${tail}`);
}

/** Only what is named reaches the command: that it is started by a test must not show. */
async function runIn(directory: string, command: string): Promise<void> {
  const { PATH, HOME, TMPDIR = tmpdir(), XDG_CACHE_HOME = '' } = process.env;
  const env = { PATH: `${directory}/node_modules/.bin:${PATH}`, HOME, TMPDIR, XDG_CACHE_HOME };
  const options = { cwd: directory, env, maxBuffer: 64 * 1024 * 1024 };
  await promisify(execFile)('sh', ['-c', `${command} 2>&1`], options).catch((problem: { readonly stdout?: string }) => {
    throw new Error(`${command} failed:\n${problem.stdout?.slice(-10_000)}`);
  });
}
