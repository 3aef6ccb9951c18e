import { collect, type Result } from '../core/result.ts';
import { type KeyPattern, type PatternPart, parseKeyPattern } from './key-pattern.ts';

/** `allowedKeys` of a source: which remote keys a namespace may name. */
export interface AskingNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const parseKeyPatterns = (patterns: readonly string[]): Result<readonly KeyPattern[]> =>
  collect(patterns.map(pattern => parseKeyPattern(pattern, 'allowedKeys pattern')));

/**
 * `prefixes`: first segments that are words of the store (`certificate/…`), which no wildcard and no namespace of that
 * name stands for. A "/" in front of a key does not count: AWS has such names, and whoever owns `etl/…` owns `/etl/…`.
 */
export function keyIsAllowed(
  patterns: readonly KeyPattern[],
  key: string,
  asking: AskingNamespace,
  prefixes: readonly string[],
): boolean {
  const segments = key.replace(/^\//, '').split('/');
  if (segments.includes('')) return false;
  const [first = '', ...rest] = segments;
  const hasPrefix = rest.length > 0 && prefixes.includes(first);
  return patterns.some(pattern => {
    if (hasPrefix && !beginsWithText(pattern)) return false;
    const globs = pattern.segments.map(parts => globOf(parts, asking));
    return globs.every(glob => glob !== undefined) && matchSegments(globs, segments);
  });
}

const beginsWithText = ({ segments: [first = []] }: KeyPattern): boolean => first.every(({ kind }) => kind === 'text');

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
