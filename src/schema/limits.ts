import type { Structural } from './structural.ts';

/** The bounds of a field in words: `1 to 253 characters`, `at most 64 entries`. */
export function limits(field: Structural): readonly string[] {
  return [
    range(field.minLength, field.maxLength, 'characters'),
    range(field.minItems, field.maxItems, 'entries'),
    range(undefined, field.maxProperties, 'entries'),
  ].filter(text => text !== undefined);
}

function range(minimum: unknown, maximum: unknown, unit: string): string | undefined {
  if (maximum === undefined) return minimum === undefined ? undefined : `at least ${minimum} ${unit}`;
  return minimum === undefined ? `at most ${maximum} ${unit}` : `${minimum} to ${maximum} ${unit}`;
}

/** What the rules of a field say, and of its entries where those have no row of their own. */
export function ruleMessages(field: Structural): readonly string[] {
  const own = field['x-kubernetes-validations'];
  const inside = field.items ?? field.additionalProperties;
  return [...(Array.isArray(own) ? own.flatMap(message) : []), ...(inside === undefined ? [] : ruleMessages(inside))];
}

const message = (rule: unknown): readonly string[] =>
  typeof rule === 'object' && rule !== null && 'message' in rule ? [String(rule.message)] : [];
