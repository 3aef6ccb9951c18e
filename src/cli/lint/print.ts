import { version } from '../../version.ts';
import { type LintFinding, lintRules } from './finding.ts';

/** Findings for people, for programs, and for what shows SARIF beside a change. */
export const lintFormats = ['text', 'json', 'sarif'] as const;
export type LintFormat = (typeof lintFormats)[number];

export function printFindings(findings: readonly LintFinding[], format: LintFormat): string {
  if (format === 'json') return `${JSON.stringify({ findings }, undefined, 2)}\n`;
  if (format === 'sarif') return `${JSON.stringify(sarif(findings), undefined, 2)}\n`;
  return findings
    .map(({ file, line, column, rule, message }) => `${file}:${line}:${column}: ${message} [${rule}]\n`)
    .join('');
}

/** SARIF 2.1.0. */
const sarif = (findings: readonly LintFinding[]) => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'shearline',
          version,
          rules: Object.entries(lintRules).map(([id, text]) => ({ id, shortDescription: { text } })),
        },
      },
      results: findings.map(resultOf),
    },
  ],
});

const resultOf = ({ rule, message, file, line, column }: LintFinding) => ({
  ruleId: rule,
  level: rule === 'unreadable' ? 'warning' : 'error',
  message: { text: message },
  locations: [
    {
      physicalLocation: {
        artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
        region: { startLine: line, startColumn: column },
      },
    },
  ],
});
