import { ExactNumber, kindOf, maxEntries, maxLength, refuse, textOf, type Value } from '../value.ts';
import type { TemplateFunction } from './functions.ts';

/** What `translate` puts in the place of operators. */
export const operators: readonly TemplateFunction[] = [
  {
    name: 'add',
    parameters: ['terms'],
    doc: 'The sum of numbers, and one behind the other of texts, bytes and lists.',
    example: ['$(user + ":" + port)', 'etl:5432'],
    call: args => args.list(0).reduce(sum),
  },
  {
    name: 'map',
    parameters: ['keys and values'],
    doc: 'A map of its keys and values.',
    example: ['$({"a": user})', '{"a":"etl"}'],
    call: args => mapOf(args.list(0)),
  },
];

function sum(a: Value, b: Value): Value {
  if (typeof a === 'string' && typeof b === 'string') return bounded(a.length + b.length, maxLength) && a + b;
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return bounded(a.length + b.length, maxLength) && Buffer.concat([a, b]);
  if (isList(a) && isList(b)) return bounded(a.length + b.length, maxEntries) && [...a, ...b];
  if (typeof a === 'bigint' && typeof b === 'bigint') return int64(a + b);
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return refuse(`+ takes two of the same kind, not ${kindOf(a)} and ${kindOf(b)}: string(x), int(x), bytes(x) convert`);
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

const bounded = (size: number, most: number): true => size <= most || refuse('the result of + is too large');

const int64 = (value: bigint): bigint => (BigInt.asIntN(64, value) === value ? value : refuse('a number is too large'));

function mapOf(flat: readonly Value[]): ReadonlyMap<string, Value> {
  const map = new Map<string, Value>();
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const key = flat[index];
    if (key instanceof ExactNumber) refuse('a key of a map is no whole number');
    map.set(textOf(key, 'a key of a map'), flat[index + 1] ?? null);
  }
  return map;
}
