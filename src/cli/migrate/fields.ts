import { isJsonObject, type JsonObject, listOf, textOf } from '../../core/untyped.ts';

/**
 * An object of somebody else's API that remembers which of its fields were read: what is left unread at the end is what
 * nobody translated, so that nothing is lost without a word.
 */
export class Fields {
  readonly path: string;
  readonly #value: JsonObject;
  readonly #read = new Set<string>();
  readonly #below: Fields[] = [];

  constructor(value: unknown, path: string) {
    this.path = path;
    this.#value = isJsonObject(value) ? value : {};
  }

  has(name: string): boolean {
    return this.#value[name] !== undefined && this.#value[name] !== null;
  }

  /** Numbers and booleans too: YAML makes them of texts that look alike. */
  text(name: string): string | undefined {
    const value = this.#take(name);
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : textOf(value);
  }

  isTrue(name: string): boolean {
    return this.#take(name) === true;
  }

  texts(name: string): readonly string[] {
    return listOf(this.#take(name)).flatMap(each => textOf(each) ?? []);
  }

  map(name: string): Readonly<Record<string, string>> {
    const value = this.#take(name);
    const all = isJsonObject(value) ? Object.entries(value) : [];
    return Object.fromEntries(all.map(([key, each]) => [key, typeof each === 'string' ? each : JSON.stringify(each)]));
  }

  /** As it is, for what has the same shape on our side. */
  raw(name: string): unknown {
    return this.#take(name);
  }

  /** An object; without fields when there is none. */
  object(name: string): Fields {
    return this.#child(this.#take(name), name);
  }

  maybe(name: string): Fields | undefined {
    return this.has(name) ? this.object(name) : undefined;
  }

  list(name: string): readonly Fields[] {
    return listOf(this.#take(name)).map((each, at) => this.#child(each, `${name}[${at}]`));
  }

  /** Paths of the fields that nobody read. */
  unread(): readonly string[] {
    const own = Object.keys(this.#value).filter(name => !this.#read.has(name) && !isEmpty(this.#value[name]));
    return [...own.map(name => this.at(name)), ...this.#below.flatMap(each => each.unread())];
  }

  at(name: string): string {
    return `${this.path}.${name}`;
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#value[name] ?? undefined;
  }

  #child(value: unknown, name: string): Fields {
    const child = new Fields(value, this.at(name));
    this.#below.push(child);
    return child;
  }
}

/** Says nothing, so that there is nothing to translate. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
