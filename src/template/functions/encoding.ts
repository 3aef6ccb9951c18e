import { createHash } from 'node:crypto';
import { fromBase64 } from '../../core/base64.ts';
import { type JsonNode, jsonFlaws, parseJson } from '../../core/json.ts';
import { utf8Text } from '../../core/utf8.ts';
import { ExactNumber, inPieces, refuse, toJson, type Value } from '../value.ts';
import type { Arguments } from './functions.ts';
import type { Chapter } from './index.ts';

/** What other programs write values in. */
export const encoding: Chapter = {
  title: 'Encodings',
  functions: [
    {
      name: 'base64.encode',
      parameters: ['value'],
      doc: 'Base64 of a text or bytes.',
      example: ['$(base64.encode(user))', 'ZXRs'],
      call: args => base64(args, 'base64'),
    },
    {
      name: 'base64.decode',
      parameters: ['text'],
      doc: 'What base64 stands for: text, or bytes if it is no UTF-8. Line ends in it are ignored.',
      example: ['$(base64.decode("ZXRs"))', 'etl'],
      call: args => decoded(args, 'base64'),
    },
    {
      name: 'base64url.encode',
      parameters: ['value'],
      doc: 'Base64 with `-` and `_`, without `=`.',
      example: ['$(base64url.encode("~~?"))', 'fn4_'],
      call: args => base64(args, 'base64url'),
    },
    {
      name: 'base64url.decode',
      parameters: ['text'],
      doc: 'What it stands for, with or without `=`.',
      example: ['$(base64url.decode("fn4_"))', '~~?'],
      call: args => decoded(args, 'base64url'),
    },
    {
      name: 'hex.encode',
      parameters: ['value'],
      doc: 'Two hexadecimal digits a byte.',
      example: ['$(hex.encode(user))', '65746c'],
      call: args => Buffer.from(args.bytes(0)).toString('hex'),
    },
    {
      name: 'hex.decode',
      parameters: ['text'],
      doc: 'What hexadecimal digits stand for: text, or bytes if it is no UTF-8.',
      example: ['$(hex.decode("65746c"))', 'etl'],
      call: args => fromHex(args),
    },
    {
      name: 'json.encode',
      parameters: ['value', 'indent?'],
      doc: 'JSON of any value, on one line or with so many spaces a level.',
      example: ['$(json.encode({"user": user, "n": [1, 2.5, true]}))', '{"user":"etl","n":[1,2.5,true]}'],
      call: args => toJson(args.any(0), ' '.repeat(Math.min(Math.max(args.int(1, 0), 0), 8))),
    },
    {
      name: 'json.decode',
      parameters: ['text'],
      doc: 'What JSON holds. Numbers stay as they are written; the same key twice is refused.',
      example: ['$(json.decode("{\\"a\\": {\\"b\\": [1, 12345678901234567890]}}").a.b[1])', '12345678901234567890'],
      call: args => fromJson(args),
    },
    {
      name: 'urlEncode',
      parameters: ['value'],
      doc: 'A part of a URL: all but letters, digits and `-._~` as `%` and hexadecimal.',
      example: ['$(urlEncode("p@ss:w/rd #1"))', 'p%40ss%3Aw%2Frd%20%231'],
      call: args => urlEncode(args.bytes(0)),
    },
    {
      name: 'urlDecode',
      parameters: ['text'],
      doc: 'What a part of a URL stands for. A `+` stays a `+`.',
      example: ['$(urlDecode("p%40ss"))', 'p@ss'],
      call: args => urlDecode(args.text(0)),
    },
    {
      name: 'sha256',
      parameters: ['value'],
      doc: 'The SHA-256 of a text or bytes, as bytes: `hex.encode(sha256(x))`.',
      example: ['$(hex.encode(sha256(user)))', '631fd8e1ffac93e47a9eeeaeb7c7ffa4ed64c93ebc79450f33ff81bd2ff69a91'],
      call: args => createHash('sha256').update(args.bytes(0)).digest(),
    },
  ],
};

const base64 = (args: Arguments, alphabet: 'base64' | 'base64url'): string =>
  Buffer.from(args.bytes(0)).toString(alphabet);

function decoded(args: Arguments, alphabet: 'base64' | 'base64url'): Value {
  const bytes = fromBase64(args.text(0).replaceAll(/[\r\n]/g, ''), alphabet);
  return bytes === undefined ? refuse(`${args.what(0)} is no ${alphabet}`) : (utf8Text(bytes) ?? bytes);
}

function fromHex(args: Arguments): Value {
  const digits = args.text(0);
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits))
    return refuse(`${args.what(0)} is not made of pairs of hexadecimal digits`);
  const bytes = Buffer.from(digits, 'hex');
  return utf8Text(bytes) ?? bytes;
}

/** What the first argument holds as JSON. */
export function fromJson(args: Arguments): Value {
  const parsed = parseJson(args.text(0));
  if (parsed.ok) return fromNode(parsed.value);
  return refuse(`${args.what(0)} ${parsed.fault === 'malformed' ? 'is no JSON' : jsonFlaws[parsed.fault]}`);
}

function fromNode(node: JsonNode): Value {
  switch (node.kind) {
    case 'object':
      return new Map([...node.members].map(([key, member]) => [key, fromNode(member)]));
    case 'array':
      return node.items.map(fromNode);
    case 'string':
      return node.text;
    case 'literal':
      return literalOf(node.source);
    default:
      return node satisfies never;
  }
}

const words: Readonly<Record<string, Value>> = { true: true, false: false, null: null };

const literalOf = (source: string): Value => words[source] ?? (source === 'null' ? null : numberOf(source));

/** Exact: a whole number of 64 bits, or one that is written as JavaScript would; of all others the text. */
export function numberOf(source: string): Value {
  if (/^-?\d{1,19}$/.test(source) && source !== '-0') {
    const whole = BigInt(source);
    if (BigInt.asIntN(64, whole) === whole) return whole;
  }
  const double = Number(source);
  return String(double) === source ? double : new ExactNumber(source);
}

/** As RFC 3986 has it, where encodeURIComponent leaves !'()* as they are. */
export const urlEncode = (bytes: Uint8Array): string =>
  inPieces(Buffer.from(bytes).toString('latin1'), piece => piece.replaceAll(/[^A-Za-z0-9._~-]/g, escaped));

const escaped = (byte: string): string => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

function urlDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('urlDecode: the text has a % without two hexadecimal digits of UTF-8');
  }
}
