import { bytesOf, kindOf, refuse, textOf, type Value } from '../value.ts';
import type { Context } from './context.ts';
import type { Library } from './libraries.ts';

/** A function of templates: pure and deterministic, for equal inputs must give equal bytes. */
export interface TemplateFunction {
  /** Of a group (`base64.encode`), or by itself, and then also behind its first argument: `password.upper()`. */
  readonly name: string;
  /** As docs show them; a `?` marks what may be left out. */
  readonly parameters: readonly string[];
  /** One sentence. */
  readonly doc: string;
  /** A template, and what becomes of it with the values that docs and tests use. */
  readonly example: readonly [template: string, output: string];
  /** What must be loaded first. */
  readonly needs?: Library;
  readonly call: (args: Arguments, context: Context) => Value;
}

/** What a function was called with. Each message names the function and the parameter. */
export class Arguments {
  readonly #values: readonly unknown[];
  readonly #of: TemplateFunction;

  constructor(of: TemplateFunction, values: readonly unknown[]) {
    this.#of = of;
    this.#values = values;
  }

  get count(): number {
    return this.#values.length;
  }

  any(index: number): unknown {
    return this.#values[index];
  }

  text(index: number, fallback?: string): string {
    const value = this.#values[index];
    return value === undefined && fallback !== undefined ? fallback : textOf(value, this.what(index));
  }

  bytes(index: number): Uint8Array {
    return bytesOf(this.#values[index], this.what(index));
  }

  int(index: number, fallback?: number): number {
    const value = this.#values[index];
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'bigint' && value >= -maxInt && value <= maxInt) return Number(value);
    return refuse(`${this.what(index)} is ${kindOf(value)}, not a whole number`);
  }

  list(index: number): readonly Value[] {
    const value = this.#values[index];
    return Array.isArray(value) ? value : refuse(`${this.what(index)} is ${kindOf(value)}, not a list`);
  }

  map(index: number): ReadonlyMap<string, Value> {
    const value = this.#values[index];
    return value instanceof Map ? value : refuse(`${this.what(index)} is ${kindOf(value)}, not a map`);
  }

  /** For messages: `upper: its text`. */
  what(index: number): string {
    return `${this.#of.name}: ${this.#of.parameters[index]?.replace('?', '') ?? 'an argument'}`;
  }
}

const maxInt = 2n ** 31n;
