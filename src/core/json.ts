import { type Document, type JsonNode, nodeAt } from './json-node.ts';
import {
  code,
  eachEntry,
  endOfLiteral,
  endOfSpace,
  endOfString,
  isCloser,
  isOpener,
  type Place,
  readName,
  readString,
} from './json-text.ts';
import type { Result } from './result.ts';
import { failed, ok } from './result.ts';

export type { JsonNode } from './json-node.ts';

/**
 * Lossless JSON. `JSON.parse` decides what is JSON; a walk after it refuses a duplicate key wherever it is (two readers
 * would see two different values) and remembers where objects and arrays end, so that what is not wanted is stepped over.
 */

/** Words of our own: a parser's message quotes what it parsed. */
export type JsonFault = 'malformed' | JsonFlaw;
export type JsonFlaw = 'duplicate-key' | 'half-character' | 'too-deep' | 'too-large' | 'too-many-nodes';

/** Levels of objects and arrays. */
export const maxJsonDepth = 64;
/** UTF-16 units of text: twice what a Secret holds. It is read in one go, which takes some 10 ms. */
export const maxJsonSize = 2 * 1024 * 1024;
/** Values and containers; an empty container counts for two. */
export const maxJsonNodes = 20_000;
/** In answers of an API that are no value: long lists among them. */
const maxAnswerNodes = 200_000;

/** What a fault means, to go on with after the name of the value. */
export const jsonFlaws: Readonly<Record<JsonFlaw, string>> = {
  'duplicate-key': 'has the same JSON key twice: readers would not agree on its value',
  'half-character': 'has half of a character (a lone surrogate), which no text can hold',
  'too-deep': `is JSON of more than ${maxJsonDepth} levels`,
  'too-large': 'is too large to be read as JSON',
  'too-many-nodes': `is JSON of more than ${maxJsonNodes} values`,
};

export function parseJson(text: string): Result<JsonNode, JsonFault> {
  if (text.length > maxJsonSize) return failed('too-large');
  const flaw = boundsFlaw(text, maxJsonNodes);
  if (flaw !== undefined) return failed(flaw);
  if (!isJson(text)) return failed('malformed');
  const start = endOfSpace(text, 0);
  const check: Check = { text, ends: [], next: [], place: { at: start, container: 0 }, fault: undefined };
  checkValue(check);
  return check.fault === undefined ? ok(nodeAt(check, { at: start, container: 0 })) : failed(check.fault);
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

/** Whether an answer of an API may be parsed by other means: what these build of it stays small. */
export const isModestJson = (text: string): boolean => boundsFlaw(text, maxAnswerNodes) === undefined;

/** One flat pass before anything that recurses or builds sees the text. */
function boundsFlaw(text: string, maxNodes: number): JsonFlaw | undefined {
  let depth = 0;
  let nodes = 1;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === code.quote) at = endOfString(text, at) - 1;
    else if (isOpener(char)) depth++;
    else if (isCloser(char)) depth--;
    if (isOpener(char) || char === code.comma) nodes++;
    if (depth > maxJsonDepth) return 'too-deep';
    if (nodes > maxNodes) return 'too-many-nodes';
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The walk over all of a text, which leaves nothing but a document. */
interface Check extends Document {
  readonly place: Place;
  /** The first one; the walk goes on, because the text is known to be well-formed and the walk to end. */
  fault: JsonFault | undefined;
}

function checkValue(check: Check): void {
  const { text, place } = check;
  const char = text.charCodeAt(place.at);
  if (char === code.openObject) checkObject(check);
  else if (char === code.openArray) checkContainer(check, () => checkValue(check));
  else if (char === code.quote) checkText(check, readString(text, place));
  else place.at = endOfLiteral(text, place.at);
}

function checkObject(check: Check): void {
  const names = new Set<string>();
  checkContainer(check, () => checkMember(check, names));
}

function checkContainer({ text, place, ends, next }: Check, checkEntry: () => void): void {
  const own = place.container++;
  eachEntry(text, place, checkEntry);
  ends[own] = place.at;
  next[own] = place.container;
}

function checkMember(check: Check, names: Set<string>): void {
  const name = readName(check.text, check.place);
  checkText(check, name);
  if (names.has(name)) check.fault ??= 'duplicate-key';
  names.add(name);
  checkValue(check);
}

/** Half of a surrogate pair (only an escape can write it) has no bytes in UTF-8: it could not arrive as it was sent. */
function checkText(check: Check, text: string): void {
  if (!text.isWellFormed()) check.fault ??= 'half-character';
}
