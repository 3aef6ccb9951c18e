import { invalidSpec } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';

/**
 * A pattern of `allowedKeys`, and a glob of `find`, taken apart.
 * `*` stands for any run inside one segment, a segment `**` for one or more whole segments;
 * `{namespace}` and `{labels.NAME}` stand for the namespace that asks. Everything that is unclear is a fault, never "allow".
 */
export interface KeyPattern {
  readonly segments: readonly Segment[];
}
type Segment = readonly PatternPart[];
export type PatternPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'depth' }
  | Variable;
type Variable = { readonly kind: 'namespace' } | { readonly kind: 'label'; readonly name: string };

/** Of a pattern. Matching takes as many steps as a pattern has segments, times those of a key. */
export const maxPatternSegments = 16;
/** Of a key: no pattern covers one that has more. */
export const maxKeySegments = 32;

/** What can be wrong with a pattern. The CRD says the same in CEL (pattern-rules.ts), in these words. */
export const patternFlaws = {
  segments:
    'must be segments joined by "/", none of them empty and no "/" in front; the only variables are {namespace} and {labels.NAME}, for example {namespace}/**',
  depth: '"**" must be a whole segment, as in etl/**; within a segment, use "*"',
  delimiter:
    'after a variable its segment must end, or go on with a character that the value cannot have, such as "_" after {namespace}: {namespace}-* would let namespace etl read etl-prod-db, {namespace}_* and {namespace}/* do not',
  position:
    'no "*" may be before a variable in its segment, and not "**" on both sides of one: it would not be clear which namespace a key is for',
  long: `must have at most ${maxPatternSegments} segments`,
} as const;
export type PatternFlaw = keyof typeof patternFlaws;

/** `what` names in messages where the pattern is. */
export function parseKeyPattern(pattern: string, what: string): Result<KeyPattern> {
  const parsed = parsePattern(pattern);
  if (parsed.ok) return parsed;
  return failed(invalidSpec(`${what} "${pattern}" cannot be used: ${patternFlaws[parsed.fault]}`));
}

/** The first flaw in the order of their list. */
export function parsePattern(pattern: string): Result<KeyPattern, PatternFlaw> {
  const segments: PatternPart[][] = [[]];
  for (const [token] of pattern.matchAll(/\{[^{}]*\}|\*+|\/|[^{}*/]+|[{}]/g)) {
    const part = token === '/' ? undefined : partOf(token);
    if (token === '/') segments.push([]);
    else if (part === undefined) return failed(token.startsWith('*') ? 'depth' : 'segments');
    else segments.at(-1)?.push(part);
  }
  if (segments.some(parts => parts.length === 0)) return failed('segments');
  if (segments.some(parts => parts.length > 1 && parts.some(isDepth))) return failed('depth');
  if (!segments.every(variablesEnd)) return failed('delimiter');
  if (!segments.every(variablesBegin) || isAdrift(segments)) return failed('position');
  // As CEL can count them: a "/" in the name of a label counts, too.
  return pattern.split('/').length > maxPatternSegments ? failed('long') : ok({ segments });
}

function partOf(token: string): PatternPart | undefined {
  if (token === '*') return { kind: 'any' };
  if (token === '**') return { kind: 'depth' };
  if (token === '{namespace}') return { kind: 'namespace' };
  const label = /^\{labels\.([-A-Za-z0-9_./]{1,317})\}$/.exec(token)?.[1];
  if (label !== undefined) return { kind: 'label', name: label };
  return /[{}*]/.test(token) ? undefined : { kind: 'text', text: token };
}

/** The name of a namespace is a DNS label; the value of a label is wider. */
const valueHas = { namespace: /^[-a-z0-9]/, label: /^[-_.A-Za-z0-9]/ } as const;

/** Otherwise the value of one namespace could go on where that of another ends: `etl` and `etl-prod`. */
const variablesEnd = (segment: Segment): boolean =>
  segment.every((part, index) => {
    const next = segment[index + 1];
    if (!isVariable(part) || next === undefined) return true;
    return next.kind === 'text' && !valueHas[part.kind].test(next.text);
  });

function variablesBegin(segment: Segment): boolean {
  const any = segment.findIndex(part => part.kind === 'any');
  return any < 0 || segment.findLastIndex(isVariable) < any;
}

/** Whether a variable can be any of several segments of one key, because `**` is before it and behind it. */
function isAdrift(segments: readonly Segment[]): boolean {
  const depths = segments.flatMap((segment, index) => (segment.some(isDepth) ? [index] : []));
  const [first = segments.length, last = 0] = [depths[0], depths.at(-1)];
  return segments.slice(first, last).some(segment => segment.some(isVariable));
}

const isDepth = (part: PatternPart): boolean => part.kind === 'depth';
const isVariable = (part: PatternPart): part is Variable => part.kind === 'namespace' || part.kind === 'label';
