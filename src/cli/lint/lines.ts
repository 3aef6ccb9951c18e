import type { LintFinding } from './finding.ts';
import { secretText } from './plaintext.ts';

/**
 * Files of names and values, a line each: .env, .properties, .ini, airflow.cfg, spark-defaults.conf; and YAML that is a
 * template still, which nobody can parse before Helm has.
 */
export function plaintextLines(file: string, text: string): readonly LintFinding[] {
  const isSpaced = file.endsWith('.conf');
  return text.split('\n').flatMap((line, at): readonly LintFinding[] => {
    const { name, value, column } = partsOf(line.slice(0, mostOfLine), isSpaced ? spaced : separated);
    const what = value === '' ? undefined : secretText(name, value);
    const message = `${name.slice(0, 80)} is ${what}: ********`;
    return what === undefined ? [] : [{ file, line: at + 1, column, rule: 'plaintext-secret', message }];
  });
}
const mostOfLine = 4096;

const separated = /^(\s*(?:export\s+|-\s+)?["']?)([A-Za-z_][\w.-]{0,250})["']?\s*[=:]\s*/;
/** As Spark's own file has it. */
const spaced = /^(\s*)([A-Za-z_][\w.-]{0,250})(?:\s*[=:]\s*|\s+)/;

/** `export A="b" # note`, `a.b = c`, `- a: "b"`. A comment has no value. */
function partsOf(
  line: string,
  pattern: RegExp,
): { readonly name: string; readonly value: string; readonly column: number } {
  const [all = '', before = '', name = ''] = pattern.exec(line) ?? [];
  const value = line
    .slice(all.length)
    .trim()
    .replace(/,$/, '')
    .replace(/\s+#.*$/, '');
  return { name, value: all === '' ? '' : value.replace(/^(["'])(.*)\1$/, '$2'), column: before.length + 1 };
}
