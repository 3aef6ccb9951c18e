import { quoted } from '../core/quoted.ts';
import { utf8Text } from '../core/utf8.ts';

/**
 * What an expression computes with: text, bytes, whole numbers (bigint), others (number, or their text where a number
 * would round them), booleans, null, lists and maps. Maps are `Map`s: no key of a tenant meets a prototype.
 */
export type Value =
  | string
  | Uint8Array
  | bigint
  | number
  | boolean
  | null
  | ExactNumber
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** A number as it was written, where JavaScript would write it differently: 1.10, 1e400, 12345678901234567890. */
export class ExactNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** What a function cannot do, in words that quote no value. Thrown, because CEL's library is between it and us. */
export class Refusal extends Error {}

/** Ends the expression with words of our own. */
export function refuse(message: string): never {
  throw new Refusal(message);
}

/**
 * A key of a map, for a message, which shows it only if the expression names it or it is one of a value: a key may be a
 * value itself. Without quotes, as in `{password: "x"}`, it is the password.
 */
export const keyName = (key: string): string => `\0${Buffer.from(key).toString('base64url')}\0`;

/** A message with the keys in it that may be shown. */
export const withKeys = (message: string, mayBeShown: (key: string) => boolean): string =>
  message.replaceAll(/\0([\w-]*)\0/g, (_, encoded: string) => {
    const key = Buffer.from(encoded, 'base64url').toString();
    return mayBeShown(key) ? quoted(key) : 'a key that the template does not name';
  });

/** UTF-16 units or bytes of one text on the way: what is made in one piece must fit into the worker. */
export const maxLength = 2 * 1024 * 1024;
/**
 * What makes of each character others, piece by piece: what an engine keeps of a text on the way is many times as large,
 * and it is made in one piece.
 */
export function inPieces(text: string, change: (piece: string) => string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += pieceLength) pieces.push(change(text.slice(at, at + pieceLength)));
  return pieces.join('');
}

const pieceLength = 32 * 1024;

/** Entries of a list. */
export const maxEntries = 20_000;
/** Levels of lists and maps. */
export const maxDepth = 64;

/** The text itself; of a number its digits. */
export function textOf(value: unknown, what: string): string {
  if (value instanceof Uint8Array)
    return utf8Text(value) ?? refuse(`${what} is bytes that are no text: use base64.encode or hex.encode`);
  return scalarOf(value) ?? refuse(`${what} is ${kindOf(value)}, not text`);
}

/** The bytes itself, or the UTF-8 of a text. */
export const bytesOf = (value: unknown, what: string): Uint8Array =>
  value instanceof Uint8Array ? value : Buffer.from(textOf(value, what));

function scalarOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : String(value);
  return value instanceof ExactNumber ? value.source : undefined;
}

/** For messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return 'bytes';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a map';
  if (value instanceof ExactNumber || typeof value === 'bigint' || typeof value === 'number') return 'a number';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : 'of a kind that is not text';
}

/** JSON with exact numbers, keys in the order in which they are. */
export const toJson = (value: unknown, indent = ''): string => new JsonWriter(indent).write(value, 1);

/** Counts while it writes: a list may have one text of a MB a thousand times. */
class JsonWriter {
  readonly #indent: string;
  #left = maxLength;

  constructor(indent: string) {
    this.#indent = indent;
  }

  write(value: unknown, depth: number): string {
    if (depth > maxDepth) return refuse(`it is nested more than ${maxDepth} levels deep`);
    if (value === null) return this.#counted('null');
    if (typeof value === 'string') return this.#counted(JSON.stringify(value));
    if (Array.isArray(value))
      return this.#wrapped(
        '[]',
        value.map(each => this.write(each, depth + 1)),
        depth,
      );
    if (value instanceof Map)
      return this.#wrapped(
        '{}',
        Array.from(value, entry => this.#member(entry, depth)),
        depth,
      );
    if (value instanceof Uint8Array) return refuse('JSON cannot hold bytes that are no text: use base64.encode');
    if (typeof value === 'number' && !Number.isFinite(value)) return refuse('JSON has no word for this number');
    return this.#counted(scalarOf(value) ?? refuse(`JSON cannot hold ${kindOf(value)}`));
  }

  #member([key, value]: [unknown, unknown], depth: number): string {
    const name = this.#counted(JSON.stringify(textOf(key, 'a key of the map')));
    return `${name}:${this.#indent === '' ? '' : ' '}${this.write(value, depth + 1)}`;
  }

  #wrapped(brackets: '[]' | '{}', items: readonly string[], depth: number): string {
    if (items.length === 0) return this.#counted(brackets);
    const line = (level: number): string => (this.#indent === '' ? '' : `\n${this.#indent.repeat(level)}`);
    const [inner, outer] = [line(depth), line(depth - 1)];
    this.#spend(items.length * (inner.length + 1));
    return `${brackets[0]}${inner}${items.join(`,${inner}`)}${outer}${brackets[1]}`;
  }

  #counted(text: string): string {
    this.#spend(text.length);
    return text;
  }

  #spend(length: number): void {
    this.#left -= length;
    if (this.#left < 0) refuse('the JSON is too large');
  }
}
