import {
  code,
  decodeString,
  eachEntry,
  endOfLiteral,
  endOfString,
  isOpener,
  type Place,
  readName,
} from './json-text.ts';

/**
 * A place in a text: so 12345678901234567890, 1.0 and the spaces of a nested object arrive as they were sent. What is in
 * a container is made when it is asked for, and only its own entries: whoever wants `b` of `{"a":[{},{}],"b":1}` never
 * has a node for `{}`.
 */
export type JsonNode =
  | { readonly kind: 'object'; readonly source: string; readonly members: ReadonlyMap<string, JsonNode> }
  | { readonly kind: 'array'; readonly source: string; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly source: string; readonly text: string }
  /** Numbers, booleans and null. */
  | { readonly kind: 'literal'; readonly source: string };

/** A text that is JSON. Its containers are numbered in the order in which they begin. */
export interface Document {
  readonly text: string;
  /** The position behind each container. */
  readonly ends: number[];
  /** The number of the first container that begins behind each. */
  readonly next: number[];
}

/** The node that begins at a place, which moves behind it. */
export function nodeAt(document: Document, place: Place): JsonNode {
  const { text, ends, next } = document;
  const { at: start, container: own } = place;
  const char = text.charCodeAt(start);
  if (isOpener(char)) {
    place.at = ends[own] ?? text.length;
    place.container = next[own] ?? ends.length;
    const entries = { document, start, own };
    return char === code.openObject ? new ObjectNode(entries) : new ArrayNode(entries);
  }
  place.at = char === code.quote ? endOfString(text, start) : endOfLiteral(text, start);
  const source = text.slice(start, place.at);
  return char === code.quote ? new StringNode(source) : { kind: 'literal', source };
}

/** A container of a document. */
interface Span {
  readonly document: Document;
  readonly start: number;
  readonly own: number;
}

const sourceOf = ({ document, start, own }: Span): string => document.text.slice(start, document.ends[own]);

const insideOf = ({ start, own }: Span): Place => ({ at: start, container: own + 1 });

class ObjectNode {
  readonly kind = 'object';
  readonly #span: Span;
  #members: ReadonlyMap<string, JsonNode> | undefined;

  constructor(span: Span) {
    this.#span = span;
  }

  get source(): string {
    return sourceOf(this.#span);
  }

  get members(): ReadonlyMap<string, JsonNode> {
    this.#members ??= membersOf(this.#span);
    return this.#members;
  }
}

function membersOf(span: Span): ReadonlyMap<string, JsonNode> {
  const { document } = span;
  const place = insideOf(span);
  const members = new Map<string, JsonNode>();
  eachEntry(document.text, place, () => members.set(readName(document.text, place), nodeAt(document, place)));
  return members;
}

class ArrayNode {
  readonly kind = 'array';
  readonly #span: Span;
  #items: readonly JsonNode[] | undefined;

  constructor(span: Span) {
    this.#span = span;
  }

  get source(): string {
    return sourceOf(this.#span);
  }

  get items(): readonly JsonNode[] {
    this.#items ??= itemsOf(this.#span);
    return this.#items;
  }
}

function itemsOf(span: Span): readonly JsonNode[] {
  const place = insideOf(span);
  const items: JsonNode[] = [];
  eachEntry(span.document.text, place, () => items.push(nodeAt(span.document, place)));
  return items;
}

class StringNode {
  readonly kind = 'string';
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  get text(): string {
    return decodeString(this.source);
  }
}
