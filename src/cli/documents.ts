import { isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseAllDocuments, stringify } from 'yaml';
import { failed, ok, type Result } from '../core/result.ts';

/** YAML and JSON files as people keep them: several documents a file, and each field at a place that can be pointed at. */

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
/** How a field is reached: names of fields and indices of lists. */
export type Path = readonly (string | number)[];

export interface ManifestDocument {
  readonly value: unknown;
  /** Of a field, or of the nearest one around it that is there. */
  placeOf(path: Path): Place;
}

/** What is wrong with a file. The parser's own text may quote the file, so there is none. */
export interface Unreadable extends Place {
  readonly message: string;
}

/** Enough for every manifest that a cluster takes; a file that is larger is data. */
export const mostBytes = 4 * 1024 * 1024;
const mostAliases = 100;

export function readDocuments(file: string, text: string): Result<readonly ManifestDocument[], Unreadable> {
  if (text.length > mostBytes) return failed({ file, line: 1, column: 1, message: 'is larger than 4 MiB: not read' });
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  try {
    const documents = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'silent',
      uniqueKeys: false, // the library compares each with each
    });
    const found: ManifestDocument[] = [];
    for (const document of documents) {
      const [problem] = document.errors;
      if (problem) return failed({ ...at(problem.pos[0]), message: `is not YAML (${problem.code})` });
      const double = doubleKey(document.contents);
      if (double !== undefined) return failed({ ...at(double), message: 'has a field twice in one object' });
      const value: unknown = document.toJS({ maxAliasCount: mostAliases });
      const root = document.contents;
      if (value !== null) found.push({ value, placeOf: path => at(offsetOf(root, path)) });
    }
    return ok(found);
  } catch {
    // Nested too deeply, or with aliases that grow without end: the library throws what the stack throws.
    return failed({ file, line: 1, column: 1, message: 'is not YAML that can be read: too deep, or too many aliases' });
  }
}

/** Where a name is for the second time. */
function doubleKey(node: unknown): number | undefined {
  if (isSeq(node)) return first(node.items, doubleKey);
  if (!isMap(node)) return undefined;
  const seen = new Set<string>();
  return first(node.items, ({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : undefined;
    if (name !== undefined && name !== '<<' && seen.has(name)) return hasRange(key) ? key.range[0] : 0;
    if (name !== undefined) seen.add(name);
    return doubleKey(value);
  });
}

function first<T>(items: readonly T[], find: (item: T) => number | undefined): number | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function offsetOf(root: ParsedNode | null, path: Path): number {
  let node: unknown = root;
  let offset = root?.range[0] ?? 0;
  for (const part of path) {
    const next = child(node, part);
    if (next === undefined) break;
    offset = next.offset;
    node = next.value;
  }
  return offset;
}

interface Child {
  readonly value: unknown;
  readonly offset: number;
}

/** A field is at its name, an entry of a list at its beginning. */
function child(node: unknown, part: string | number): Child | undefined {
  if (isSeq(node) && typeof part === 'number') return placed(node.items[part], node.items[part]);
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : undefined) === String(part));
  return pair && placed(pair.key, pair.value);
}

function placed(named: unknown, value: unknown): Child | undefined {
  return hasRange(named) ? { value, offset: named.range[0] } : undefined;
}

const hasRange = (node: unknown): node is Node & { readonly range: readonly [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);

/** One document, without aliases and folded lines, as kubectl reads it too: there `yes` is no text. Comments are on top. */
export function printDocument(object: unknown, comments: readonly string[] = []): string {
  const top = comments.map(comment => `# ${comment}\n`).join('');
  return `---\n${top}${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' })}`;
}
