import { nearest } from '../nearest.ts';
import { keyName, kindOf, refuse, textOf, type Value } from '../value.ts';

/** A map whose keys a function knows: an unknown one is a mistake, and what a format cannot hold is named by its key. */
export class Settings {
  readonly #map: ReadonlyMap<string, Value>;
  readonly #of: string;

  constructor(of: string, value: unknown, known: readonly string[]) {
    if (!(value instanceof Map)) refuse(`${of} takes a map with ${known.join(', ')}, not ${kindOf(value)}`);
    const map: ReadonlyMap<string, Value> = value instanceof Map ? value : new Map();
    const unknown = [...map.keys()].find(key => !known.includes(key));
    if (unknown !== undefined)
      refuse(`${of} does not know ${keyName(unknown)}${nearest(unknown, known) || `: it takes ${known.join(', ')}`}`);
    this.#map = map;
    this.#of = of;
  }

  has(key: string): boolean {
    return this.#map.has(key);
  }

  text(key: string): string {
    return this.optional(key) ?? refuse(`${this.#of} needs ${key}`);
  }

  optional(key: string): string | undefined {
    const value = this.#map.get(key);
    return value === undefined || value === null ? undefined : textOf(value, this.what(key));
  }

  /** A number as text, which is not empty and has only digits. */
  port(key: string): string | undefined {
    const port = this.optional(key);
    return port === undefined || /^\d{1,5}$/.test(port) ? port : refuse(`${this.what(key)} is no number of a port`);
  }

  map(key: string): ReadonlyMap<string, Value> {
    const value = this.#map.get(key) ?? new Map<string, Value>();
    return value instanceof Map ? value : refuse(`${this.what(key)} is ${kindOf(value)}, not a map`);
  }

  what(key: string): string {
    return `${this.#of}: ${key}`;
  }
}

/** The keys and texts of a map, in its order. */
export const textsOf = (
  map: ReadonlyMap<string, Value>,
  of: string,
): readonly (readonly [key: string, text: string])[] =>
  Array.from(map, ([key, value]) => [key, textOf(value, `${of}: ${keyName(key)}`)] as const);

/** Refuses a text in which there is what a format has no words for. */
export function without(pattern: RegExp, why: string, text: string, what: string): string {
  return pattern.test(text) ? refuse(`${what} has ${why}`) : text;
}

/** For formats of lines: a value must not begin another line. */
export const oneLine = (text: string, what: string): string =>
  without(/[\r\n\0]/, 'a line end or NUL, which this format cannot hold', text, what);

/** For formats that drop space around a value. */
export const trimmed = (text: string, what: string): string =>
  text === text.trim() ? text : refuse(`${what} has space around it, which this format would drop`);

/** What C's strings cannot hold, and with them no environment and no file of most tools. */
export const withoutNul = (text: string, what: string): string =>
  without(/\0/, 'NUL, which this format cannot hold', text, what);

/** Whether there is a `${…}` in it, which some readers replace. */
export function hasPlaceholder(text: string): boolean {
  const at = text.indexOf('$\u007b');
  return at >= 0 && text.includes('}', at);
}
