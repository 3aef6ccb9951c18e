import { isJsonObject } from '../../core/untyped.ts';
import { type ManifestDocument, readDocuments } from '../documents.ts';
import { isYaml } from '../files.ts';
import { invalidFields, ownKind, pathText, unknownFields } from '../own-kinds.ts';
import type { LintFinding } from './finding.ts';
import { plaintextLines } from './lines.ts';
import { plaintextIn } from './plaintext.ts';
import { notAllowed } from './policy.ts';

/** All checks over some files: each by itself, and what references may read over all of them. */

export interface LintFile {
  readonly name: string;
  /** Undefined: it cannot be read, or is too large. */
  readonly text: string | undefined;
}

/** One file after the other: of each only the objects that policies are about are kept. */
export function lintFiles(files: Iterable<LintFile>): readonly LintFinding[] {
  const found: LintFinding[] = [];
  const kept: ManifestDocument[] = [];
  const loud = new Map<string, (finding: LintFinding) => boolean>();
  for (const { name, text } of files) {
    const { documents, findings } = lintFile(name, text);
    const isLoud = (finding: LintFinding): boolean => !isSuppressed(lines, finding.line);
    const lines = text?.split('\n') ?? [];
    for (const finding of findings.filter(isLoud)) found.push(finding);
    const own = documents.filter(({ value }) => isForPolicies(value));
    for (const document of own) kept.push(document);
    if (own.length > 0) loud.set(name, isLoud);
  }
  const refused = notAllowed(kept).filter(finding => loud.get(finding.file)?.(finding) ?? true);
  return [...found, ...refused].toSorted(byPlace);
}

const byPlace = (a: LintFinding, b: LintFinding): number =>
  a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1;

const isForPolicies = (value: unknown): boolean =>
  isJsonObject(value) && (ownKind(value) !== undefined || value.kind === 'Namespace');

interface Linted {
  readonly findings: readonly LintFinding[];
  readonly documents: readonly ManifestDocument[];
}

function lintFile(name: string, text: string | undefined): Linted {
  if (text === undefined) return problem(name, 'cannot be read, or is larger than 4 MiB');
  if (!isYaml(name)) return { findings: plaintextLines(name, text), documents: [] };
  const read = readDocuments(name, text);
  if (read.ok) {
    const findings = read.value.flatMap(document => [...plaintextIn(document), ...ownFlaws(document)]);
    return { findings, documents: read.value };
  }
  // A template of Helm or Jinja becomes YAML later; JSON may have comments.
  if (/\{\{|\{%/.test(text) || name.endsWith('.json')) return { findings: plaintextLines(name, text), documents: [] };
  return problem(name, read.fault.message, read.fault);
}

const problem = (file: string, message: string, { line, column } = { line: 1, column: 1 }): Linted => ({
  findings: [{ file, line, column, rule: 'unreadable', message }],
  documents: [],
});

function ownFlaws(document: ManifestDocument): readonly LintFinding[] {
  const { value } = document;
  const kind = isJsonObject(value) ? ownKind(value) : undefined;
  if (!isJsonObject(value) || kind === undefined) return [];
  return [
    ...unknownFields(kind, value).map(path => ({
      ...document.placeOf(path),
      rule: 'unknown-field' as const,
      message: `${kind.kind} has no field ${pathText(path)}`,
    })),
    ...invalidFields(kind, value).map(({ path, message }) => ({
      ...document.placeOf(path),
      rule: 'invalid-field' as const,
      message: `${pathText(path)}: ${message}`,
    })),
  ];
}

const mark = /(#|\/\/|;)\s*shearline:ignore\b/;
const isComment = /^\s*(#|\/\/|;)/;

/** By a comment on the line, or by one alone on the line above. */
function isSuppressed(lines: readonly string[], line: number): boolean {
  const [above = '', own = ''] = [lines[line - 2], lines[line - 1]];
  return mark.test(own) || (isComment.test(above) && mark.test(above));
}
