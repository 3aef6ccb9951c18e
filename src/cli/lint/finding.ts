import type { Place } from '../documents.ts';

/** What a check can find, and how to fix it: the rules of SARIF and the table of the docs. */
export const lintRules = {
  'plaintext-secret':
    'A secret in plaintext. Keep it in a store, let a SecretReference make the Secret, and name that by secretKeyRef.',
  'unknown-field': 'A field that the kind does not have. The API server drops it without a word.',
  'invalid-field': 'A value that the API server or the operator refuses.',
  'not-allowed':
    'A reference to a source that does not serve its namespace, or to a key that it does not allow, or one that does not keep its policy.',
  unreadable: 'A file that cannot be read as YAML, so that nothing in it was checked.',
} as const;
export type LintRule = keyof typeof lintRules;

export interface LintFinding extends Place {
  readonly rule: LintRule;
  /** Names the field and never shows a value. */
  readonly message: string;
}
