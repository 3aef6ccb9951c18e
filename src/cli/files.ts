import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { failed, ok, type Result } from '../core/result.ts';

/** Files that a command was given, by name or as folders. */

export interface InputFile {
  /** As messages show it: below the working directory without it. */
  readonly name: string;
  readonly path: string;
}

/** A folder that has more was not meant. */
const mostFiles = 20_000;
const passedOver = new Set(['.git', 'node_modules', '.venv', '__pycache__']);

/** Folders are walked, and give what `wanted` takes; what is named is taken as it is. Links are not followed. */
export function inputFiles(
  paths: readonly string[],
  cwd: string,
  wanted: (name: string) => boolean,
): Result<readonly InputFile[], string> {
  const found: InputFile[] = [];
  for (const named of paths) {
    const path = resolve(cwd, named);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return failed(`${named}: there is no such file`);
    const files = stats.isDirectory() ? walk(path, wanted) : [path];
    for (const file of files) {
      if (found.length >= mostFiles) return failed(`${named}: has more than ${mostFiles} files`);
      found.push({ name: shownName(cwd, file), path: file });
    }
  }
  return ok(found);
}

const shownName = (cwd: string, path: string): string => {
  const name = relative(cwd, path);
  return name.startsWith('..') ? path : name;
};

function* walk(folder: string, wanted: (name: string) => boolean): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !passedOver.has(entry.name)) yield* walk(path, wanted);
    if (entry.isFile() && wanted(entry.name)) yield path;
  }
}

/** Undefined for what cannot be read, or is larger than `most` bytes. */
export function textOfFile(path: string, most: number): string | undefined {
  try {
    return statSync(path).size > most ? undefined : readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

export const isYaml = (name: string): boolean => /\.(ya?ml|json)$/.test(name);
