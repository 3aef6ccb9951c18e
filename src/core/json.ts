import type { Result } from './result.ts';
import { failed, ok } from './result.ts';

/**
 * Lossless JSON: every node keeps its own slice of the text, so that 12345678901234567890, 1.0 and the spaces of a
 * nested object arrive as they were sent. `JSON.parse` decides what is JSON; the walk after it only finds where
 * things are. A duplicate key is refused wherever it stands: two readers would see two different values.
 */
export type JsonNode =
  | { readonly kind: 'object'; readonly source: string; readonly members: ReadonlyMap<string, JsonNode> }
  | { readonly kind: 'array'; readonly source: string; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly source: string; readonly text: string }
  /** Numbers, booleans and null. */
  | { readonly kind: 'literal'; readonly source: string };

/** Words of our own: a parser's message quotes what it parsed. */
export type JsonFault = 'malformed' | 'duplicate-key' | 'too-deep' | 'too-large';

/** Levels of objects and arrays. */
export const maxJsonDepth = 64;
/** UTF-16 units of text. */
export const maxJsonSize = 4 * 1024 * 1024;

export function parseJson(text: string): Result<JsonNode, JsonFault> {
  if (text.length > maxJsonSize) return failed('too-large');
  if (isTooDeep(text)) return failed('too-deep');
  if (!isJson(text)) return failed('malformed');
  const walk: Walk = { text, at: 0, fault: undefined };
  const node = readValue(walk);
  return walk.fault === undefined ? ok(node) : failed(walk.fault);
}

/**
 * What is under a name of an object, or at a number of a list. JSON null is how many stores write that there is
 * nothing, so it is found as little as a name that is not there.
 */
export function childOf(node: JsonNode, name: string): JsonNode | undefined {
  const child = entryOf(node, name);
  return child && isNull(child) ? undefined : child;
}

/** Only the word itself: `"null"` is text. */
export const isNull = ({ kind, source }: JsonNode): boolean => kind === 'literal' && source === 'null';

function entryOf(node: JsonNode, name: string): JsonNode | undefined {
  if (node.kind === 'object') return node.members.get(name);
  if (node.kind === 'array' && /^(0|[1-9]\d{0,6})$/.test(name)) return node.items[Number(name)];
  return undefined;
}

interface Walk {
  readonly text: string;
  at: number;
  /** The first one; the walk goes on, because the text is known to be well-formed and the walk to end. */
  fault: JsonFault | undefined;
}

const code = { quote: 34, comma: 44, backslash: 92, openArray: 91, closeArray: 93, openObject: 123, closeObject: 125 };

/** One flat pass before anything recursive sees the text. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === code.quote) at = endOfString(text, at) - 1;
    else if (char === code.openObject || char === code.openArray) depth++;
    else if (char === code.closeObject || char === code.closeArray) depth--;
    if (depth > maxJsonDepth) return true;
  }
  return false;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readValue(walk: Walk): JsonNode {
  const start = skipSpace(walk);
  switch (walk.text.charCodeAt(start)) {
    case code.openObject: {
      const members = readMembers(walk);
      return { kind: 'object', source: walk.text.slice(start, walk.at), members };
    }
    case code.openArray: {
      const items = readItems(walk);
      return { kind: 'array', source: walk.text.slice(start, walk.at), items };
    }
    case code.quote: {
      const text = readString(walk);
      return { kind: 'string', source: walk.text.slice(start, walk.at), text };
    }
    default:
      walk.at = endOfLiteral(walk.text, start);
      return { kind: 'literal', source: walk.text.slice(start, walk.at) };
  }
}

function readMembers(walk: Walk): ReadonlyMap<string, JsonNode> {
  const members = new Map<string, JsonNode>();
  eachEntry(walk, code.closeObject, () => {
    const key = readString(walk);
    skipSpace(walk);
    walk.at++; // the colon
    if (members.has(key)) walk.fault ??= 'duplicate-key';
    members.set(key, readValue(walk));
  });
  return members;
}

function readItems(walk: Walk): readonly JsonNode[] {
  const items: JsonNode[] = [];
  eachEntry(walk, code.closeArray, () => items.push(readValue(walk)));
  return items;
}

/** From the opening bracket to behind the closing one. */
function eachEntry(walk: Walk, close: number, readEntry: () => void): void {
  walk.at++;
  while (walk.text.charCodeAt(skipSpace(walk)) !== close) {
    if (walk.text.charCodeAt(walk.at) === code.comma) walk.at++;
    skipSpace(walk);
    readEntry();
  }
  walk.at++;
}

/** Half of a surrogate pair (only an escape can write it) has no bytes in UTF-8: it could not arrive as it was sent. */
function readString(walk: Walk): string {
  const start = walk.at;
  walk.at = endOfString(walk.text, start);
  const inner = walk.text.slice(start + 1, walk.at - 1);
  const decoded: unknown = inner.includes('\\') ? JSON.parse(walk.text.slice(start, walk.at)) : inner;
  const text = typeof decoded === 'string' ? decoded : '';
  if (!text.isWellFormed()) walk.fault ??= 'malformed';
  return text;
}

/** Position behind the closing quote, or behind the text when there is none. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== code.quote) at += text.charCodeAt(at) === code.backslash ? 2 : 1;
  return at + 1;
}

function endOfLiteral(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[-+.\w]/.test(text.charAt(at))) at++;
  return at;
}

function skipSpace(walk: Walk): number {
  while (walk.at < walk.text.length && walk.text.charCodeAt(walk.at) <= 32) walk.at++;
  return walk.at;
}
