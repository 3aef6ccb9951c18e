import { ExactNumber, maxDepth, maxLength, refuse, textOf, type Value } from '../value.ts';
import type { Arguments } from './functions.ts';
import type { Chapter } from './index.ts';
import { library } from './libraries.ts';

/** Documents of other languages than JSON. */
export const documents: Chapter = {
  title: 'YAML and TOML',
  functions: [
    {
      name: 'yaml.encode',
      parameters: ['value'],
      doc: 'YAML of any value. Texts that look like something else are quoted.',
      example: [
        '$(yaml.encode({"user": user, "ports": [5432], "version": "1.10"}))',
        'user: etl\nports:\n  - 5432\nversion: "1.10"\n',
      ],
      needs: 'yaml',
      call: args => library('yaml').encode(printable(args.any(0), 0)),
    },
    {
      name: 'yaml.decode',
      parameters: ['text'],
      doc: 'What a YAML document holds (1.2: `no` is text). Numbers stay as they are written; the same key twice is refused.',
      example: ['$(yaml.decode("a: {b: [no, 1.10]}").a.b)', '["no",1.10]'],
      needs: 'yaml',
      call: args => library('yaml').decode(documentOf(args), args.what(0)),
    },
    {
      name: 'toml.encode',
      parameters: ['map'],
      doc: 'TOML of a map.',
      example: ['$(toml.encode({"db": {"user": user, "port": 5432}}))', '[db]\nuser = "etl"\nport = 5432\n'],
      needs: 'toml',
      call: toToml,
    },
    {
      name: 'toml.decode',
      parameters: ['text'],
      doc: 'What a TOML document holds. Dates are text.',
      example: ['$(toml.decode("[db]\\nport = 5432").db.port)', '5432'],
      needs: 'toml',
      call: fromToml,
    },
  ],
};

/** Characters; parsers of these languages are slow, and make much of little. */
const longest = 256 * 1024;

function documentOf(args: Arguments): string {
  const text = args.text(0);
  return text.length <= longest ? text : refuse(`${args.what(0)} is longer than ${longest / 1024} KiB`);
}

/** Refuses what neither language has a word for, before a library meets it. */
function printable(value: unknown, depth: number): unknown {
  if (depth > maxDepth) return refuse(`it is nested more than ${maxDepth} levels deep`);
  if (value instanceof Uint8Array) return refuse('the document cannot hold bytes that are no text: use base64.encode');
  if (Array.isArray(value)) return value.map(each => printable(each, depth + 1));
  if (!(value instanceof Map)) return value;
  return new Map(Array.from(value, ([key, each]) => [textOf(key, 'a key'), printable(each, depth + 1)]));
}

function toToml(args: Arguments): string {
  const text = library('toml').stringify(tomlOf(printable(args.map(0), 0)), { numbersAsFloat: true });
  return text.length <= maxLength ? text : refuse('toml.encode: the document is too large');
}

/** Objects without a prototype, as its library wants them. */
function tomlOf(value: unknown): unknown {
  if (value === null) return refuse('toml.encode: TOML has no null');
  if (Array.isArray(value)) return value.map(tomlOf);
  if (value instanceof ExactNumber) return tomlNumber(value.source);
  if (!(value instanceof Map)) return value;
  const table: Record<string, unknown> = Object.create(null);
  for (const [key, each] of value) table[key] = tomlOf(each);
  return table;
}

/** Its floats are those of JavaScript; its whole numbers have 64 bits. */
function tomlNumber(source: string): number {
  const number = Number(source);
  return Number.isFinite(number) && !/^-?\d+$/.test(source)
    ? number
    : refuse('toml.encode: a number is too large for TOML');
}

function fromToml(args: Arguments): Value {
  const { parse, TomlError } = library('toml');
  try {
    return plain(parse(documentOf(args), { integersAsBigInt: true, maxDepth }));
  } catch (error) {
    return error instanceof TomlError ? refuse(`${args.what(0)} is no TOML`) : refuseOther(error);
  }
}

function refuseOther(error: unknown): never {
  throw error;
}

function plain(value: unknown): Value {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  return new Map(Object.entries(Object(value)).map(([key, each]) => [key, plain(each)]));
}
