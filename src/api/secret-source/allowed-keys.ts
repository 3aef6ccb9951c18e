import { invalidSpec } from '../../core/fault.ts';
import { collect, failed, flatMap, ok, type Result } from '../../core/result.ts';
import { type KeyPattern, maxKeySegments, type PatternPart, parseKeyPattern } from './key-pattern.ts';

/** `allowedKeys` and `deniedKeys` of a source: which remote keys a namespace may name. */
export interface AskingNamespace {
  readonly name: string;
  /** Undefined: not known, so that no pattern with a label allows anything. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** Of all patterns of a source together. Each is compared with each segment of a key: so a look takes 0.1 ms at most. */
const maxBehindDepth = 64;

export const parseKeyPatterns = (
  patterns: readonly string[],
  field: 'allowedKeys' | 'deniedKeys' = 'allowedKeys',
): Result<readonly KeyPattern[]> =>
  flatMap(collect(patterns.map(pattern => parseKeyPattern(pattern, `${field} pattern`))), parsed => {
    const count = parsed.reduce((sum, pattern) => sum + behindDepth(pattern), 0);
    return count <= maxBehindDepth ? ok(parsed) : failed(invalidSpec(tooDeep(field, count)));
  });

/** Segments that can be any of several segments of a key. */
function behindDepth({ segments }: KeyPattern): number {
  const first = segments.findIndex(isDepthSegment);
  return first < 0 ? 0 : segments.slice(first).filter(segment => !isDepthSegment(segment)).length;
}

const isDepthSegment = (segment: readonly PatternPart[]): boolean => segment.some(({ kind }) => kind === 'depth');

const tooDeep = (field: string, count: number): string =>
  `${field} has ${count} segments behind "**", in all its patterns together, and may have ${maxBehindDepth}: use fewer ` +
  'patterns that go on behind "**", such as **/a/b';

/**
 * Which keys one namespace may read, by patterns that are put together for it once.
 * `prefixes`: first segments that are words of the store (`certificate/…`), which no wildcard and no namespace of that
 * name stands for. A "/" in front of a key does not count: AWS has such names, and whoever owns `etl/…` owns `/etl/…`.
 */
export function keyTest(
  patterns: readonly KeyPattern[],
  asking: AskingNamespace,
  prefixes: readonly string[],
): (key: string) => boolean {
  const tests = patterns.map(pattern => ({ spelledOut: beginsWithText(pattern), fits: globTest(pattern, asking) }));
  return key => {
    const segments = segmentsOf(key.replace(/^\//, ''));
    if (segments.includes('')) return false;
    const [first = '', ...rest] = segments;
    const hasPrefix = rest.length > 0 && prefixes.includes(first);
    return tests.some(({ spelledOut, fits }) => (spelledOut || !hasPrefix) && fits(segments));
  };
}

/**
 * Which keys nobody of a namespace may read, whatever is allowed. What is not clear is denied: a key with an empty segment, and one
 * with more segments than a pattern covers. A wildcard stands for the words of a store, too.
 */
export function deniedTest(patterns: readonly KeyPattern[], asking: AskingNamespace): (key: string) => boolean {
  if (patterns.length === 0) return () => false;
  const tests = patterns.map(pattern => globTest(pattern, asking));
  return key => {
    const segments = segmentsOf(key.replace(/^\//, ''));
    return segments.includes('') || segments.length > maxKeySegments || tests.some(fits => fits(segments));
  };
}

const beginsWithText = ({ segments: [first = []] }: KeyPattern): boolean => first.every(({ kind }) => kind === 'text');

/** Which names a pattern without variables stands for. */
export function nameTest(pattern: KeyPattern): (name: string) => boolean {
  const fits = globTest(pattern, { name: '', labels: {} });
  return name => fits(segmentsOf(name));
}

/** One more than any pattern covers is enough to know that none does. */
const segmentsOf = (key: string): readonly string[] => key.split('/', maxKeySegments + 1);

function globTest({ segments }: KeyPattern, asking: AskingNamespace): (key: readonly string[]) => boolean {
  const globs = segments.map(parts => globOf(parts, asking)).filter(glob => glob !== undefined);
  if (globs.length < segments.length) return () => false;
  if (!segments.some(isDepthSegment)) return key => key.length === globs.length && matchSegments(globs, key);
  return key => key.length <= maxKeySegments && key.length >= globs.length && matchSegments(globs, key);
}

/** One segment: the literal pieces between its `*`. Without any, it is its first piece. */
type Glob = 'depth' | { readonly first: string; readonly middle: readonly string[]; readonly last: string | undefined };

/** Undefined when the namespace lacks a label that the pattern names. */
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
  const [first = '', ...middle] = pieces;
  return { first, last: middle.pop(), middle };
}

function textOf(part: Exclude<PatternPart, { kind: 'any' | 'depth' }>, asking: AskingNamespace): string | undefined {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'namespace') return asking.name;
  return asking.labels && Object.hasOwn(asking.labels, part.name) ? asking.labels[part.name] : undefined;
}

/** Step by step over the pattern, so that none can make it slow. `reached`: how many segments may be matched so far, ascending. */
function matchSegments(globs: readonly Glob[], segments: readonly string[]): boolean {
  let reached: readonly number[] = [0];
  for (const glob of globs) {
    reached = glob === 'depth' ? behind(reached, segments) : behindFits(glob, reached, segments);
    if (reached.length === 0) return false;
  }
  return reached.at(-1) === segments.length;
}

function behind([first = 0]: readonly number[], { length }: readonly string[]): readonly number[] {
  const next: number[] = [];
  for (let at = first + 1; at <= length; at++) next.push(at);
  return next;
}

function behindFits(
  glob: Exclude<Glob, 'depth'>,
  reached: readonly number[],
  segments: readonly string[],
): readonly number[] {
  const next: number[] = [];
  for (const at of reached) {
    const segment = segments[at];
    if (segment !== undefined && matchGlob(glob, segment)) next.push(at + 1);
  }
  return next;
}

/** First piece at the start, last at the end, the others in order between them: greedy is right because `*` is free. */
function matchGlob({ first, middle, last }: Exclude<Glob, 'depth'>, text: string): boolean {
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of middle) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at + last.length <= text.length;
}
