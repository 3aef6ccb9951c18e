import { invalidSpec } from '../core/fault.ts';
import { collect, failed, ok, type Result } from '../core/result.ts';

/**
 * `allowedKeys` of a source: which remote keys a namespace may name.
 * `*` stands for any run inside one segment, a segment `**` for one or more whole segments;
 * `{namespace}` and `{labels.NAME}` stand for the namespace that asks. Everything that is unclear is a fault, never "allow".
 */
export interface KeyPattern {
  readonly segments: readonly (readonly PatternPart[])[];
}
type PatternPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'depth' }
  | { readonly kind: 'namespace' }
  | { readonly kind: 'label'; readonly name: string };

export interface AskingNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const parseKeyPatterns = (patterns: readonly string[]): Result<readonly KeyPattern[]> =>
  collect(patterns.map(pattern => parseKeyPattern(pattern, 'allowedKeys pattern')));

/** `what` names in messages where the pattern stands. */
export function parseKeyPattern(pattern: string, what: string): Result<KeyPattern> {
  const badPattern = (why: string) => failed(invalidSpec(`${what} "${pattern}" cannot be used: ${why}`));
  const segments: PatternPart[][] = [[]];
  for (const [token] of pattern.matchAll(/\{[^{}]*\}|\*+|\/|[^{}*/]+|[{}]/g)) {
    if (token === '/') segments.push([]);
    else {
      const part = partOf(token);
      if (part === undefined) return badPattern(`"${token}" is neither {namespace}, {labels.NAME}, * nor **`);
      segments.at(-1)?.push(part);
    }
  }
  if (segments.some(parts => parts.length === 0)) return badPattern('it has an empty segment or a "/" at its end');
  if (segments.some(parts => parts.length > 1 && parts.some(part => part.kind === 'depth')))
    return badPattern('"**" must be a whole segment');
  return ok({ segments });
}

function partOf(token: string): PatternPart | undefined {
  if (token === '*') return { kind: 'any' };
  if (token === '**') return { kind: 'depth' };
  if (token === '{namespace}') return { kind: 'namespace' };
  const label = /^\{labels\.([^{}]{1,317})\}$/.exec(token)?.[1];
  if (label !== undefined) return { kind: 'label', name: label };
  return /[{}*]/.test(token) ? undefined : { kind: 'text', text: token };
}

export function keyIsAllowed(patterns: readonly KeyPattern[], key: string, asking: AskingNamespace): boolean {
  const segments = key.split('/');
  if (segments.includes('')) return false;
  return patterns.some(pattern => {
    const globs = pattern.segments.map(parts => globOf(parts, asking));
    return globs.every(glob => glob !== undefined) && matchSegments(globs, segments);
  });
}

/** Whether a pattern without variables matches a name, segment by segment. */
export function globMatches({ segments }: KeyPattern, name: string): boolean {
  return matchSegments(
    segments.map(parts => globOf(parts, nobody)),
    name.split('/'),
  );
}

const nobody: AskingNamespace = { name: '', labels: {} };

type Glob = 'depth' | readonly string[];

/** The literal pieces between the `*` of one segment; undefined when the namespace lacks a label that the pattern names. */
function globOf(parts: readonly PatternPart[], asking: AskingNamespace): Glob | undefined {
  const pieces = [''];
  for (const part of parts) {
    if (part.kind === 'depth') return 'depth';
    if (part.kind === 'any') pieces.push('');
    else {
      const text = textOf(part, asking);
      if (text === undefined || text === '') return undefined;
      pieces.push(pieces.pop() + text);
    }
  }
  return pieces;
}

function textOf(part: Exclude<PatternPart, { kind: 'any' | 'depth' }>, asking: AskingNamespace): string | undefined {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'namespace') return asking.name;
  return Object.hasOwn(asking.labels, part.name) ? asking.labels[part.name] : undefined;
}

/** Row by row over the pattern, so that no pattern can make it slow: reachable[i] means "the first i segments are matched". */
function matchSegments(globs: readonly (Glob | undefined)[], segments: readonly string[]): boolean {
  let reachable = [true, ...segments.map(() => false)];
  for (const glob of globs) {
    const next = reachable.map(() => false);
    for (const [index, segment] of segments.entries()) {
      const from = reachable[index] === true || (glob === 'depth' && next[index] === true);
      if (from && (glob === 'depth' || (glob !== undefined && matchGlob(glob, segment)))) next[index + 1] = true;
    }
    reachable = next;
  }
  return reachable.at(-1) === true;
}

/** First piece at the start, last at the end, the others in order between them: greedy is right because `*` is free. */
function matchGlob(pieces: readonly string[], text: string): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at + last.length <= text.length;
}
