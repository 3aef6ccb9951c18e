import type * as z from 'zod';

/**
 * What is wrong with a field and how to fix it, in our own words. The text of the parser's library is never used,
 * because it may quote what it was given; a rule's own message is ours already.
 */
export function explainIssues(root: string, issues: readonly z.core.$ZodIssue[]): string {
  const byField = new Map<string, string>();
  for (const issue of issues) {
    const field = fieldPath(root, issue.path);
    if (!byField.has(field)) byField.set(field, issue.message);
  }
  const lines = [...byField].map(([field, message]) => `${field}: ${message}`);
  return lines.slice(0, shown).join('; ') + (lines.length > shown ? `; and ${lines.length - shown} more` : '');
}
const shown = 3;

/** Says what an issue without a message of its own means. Given to the parser, which asks it for each. */
export function explainIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${typeNames[issue.expected] ?? 'of another type'}`;
    case 'too_big':
      return `must have at most ${issue.maximum}${units[issue.origin] ?? ''}`;
    case 'too_small':
      return `must have at least ${issue.minimum}${units[issue.origin] ?? ''}`;
    case 'invalid_format':
      return `must match ${issue.pattern ?? issue.format}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    default:
      return 'is not valid here';
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'a map of strings',
};
const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

/** `spec.data[3].remoteRef.key`. Names of fields and keys of maps only, cut when somebody made them long. */
function fieldPath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part).slice(0, 63)}`),
    root,
  );
}
