import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file of src/, as the rules see it. */
export interface SourceFile {
  /** Below src/, as `kube/watch.ts`. */
  readonly path: string;
  /** Without comments: what they say breaks no rule. */
  readonly code: string;
  readonly lines: number;
  /** Files below src/ as `core/fault.ts`, packages by their name, in the order of the file. */
  readonly imports: readonly Import[];
}

export interface Import {
  readonly kind: 'file' | 'package';
  readonly name: string;
  readonly typeOnly: boolean;
}

const root = `${import.meta.dirname}/../../src`;

export function readSources(): readonly SourceFile[] {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'));
  return paths.toSorted().map(path => sourceFile(path, readFileSync(join(root, path), 'utf8')));
}

/** One folder of providers/ is one provider. */
export function providerFolders(): readonly string[] {
  return readdirSync(`${root}/providers`, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() ? [`providers/${entry.name}`] : [],
  );
}

export const isInSource = (path: string): boolean => existsSync(join(root, path));

export function sourceFile(path: string, text: string): SourceFile {
  const code = withoutComments(text);
  return { path, code, lines: text.split('\n').length - 1, imports: importsOf(path, code) };
}

/** Only where a comment starts a line or follows a space: '/**' and '//' stand in patterns and addresses, too. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

const importPattern =
  /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

function importsOf(path: string, code: string): readonly Import[] {
  return [...code.matchAll(importPattern)].map(([, type, from, bare, dynamic]) => {
    const name = from ?? bare ?? dynamic ?? '';
    const typeOnly = type !== undefined;
    if (name.startsWith('.')) return { kind: 'file', name: join(dirname(path), name), typeOnly };
    return { kind: 'package', name: packageOf(name), typeOnly };
  });
}

/** `undici/types` is part of `undici`, `node:fs/promises` of `node:fs`. */
const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
