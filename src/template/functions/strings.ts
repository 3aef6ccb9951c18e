import { ExactNumber, inPieces, kindOf, maxEntries, maxLength, refuse, textOf, toJson, type Value } from '../value.ts';
import type { Arguments } from './functions.ts';
import type { Chapter } from './index.ts';
import { library } from './libraries.ts';

/** Text: what CEL's string extensions have. */
export const strings: Chapter = {
  title: 'Text',
  about: 'Each may also be written behind its first argument: `upper(user)` is `user.upper()`.',
  functions: [
    {
      name: 'upper',
      parameters: ['text'],
      doc: 'The text in capital letters.',
      example: ['$(user.upper())', 'ETL'],
      call: args => args.text(0).toUpperCase(),
    },
    {
      name: 'lower',
      parameters: ['text'],
      doc: 'The text in small letters.',
      example: ['$(lower("ETL"))', 'etl'],
      call: args => args.text(0).toLowerCase(),
    },
    {
      name: 'upperAscii',
      parameters: ['text'],
      doc: 'The same for the letters a to z alone.',
      example: ['$("é-a".upperAscii())', 'é-A'],
      call: args => inPieces(args.text(0), piece => piece.replace(/[a-z]/g, letter => letter.toUpperCase())),
    },
    {
      name: 'lowerAscii',
      parameters: ['text'],
      doc: 'The same for the letters A to Z alone.',
      example: ['$("É-A".lowerAscii())', 'É-a'],
      call: args => inPieces(args.text(0), piece => piece.replace(/[A-Z]/g, letter => letter.toLowerCase())),
    },
    {
      name: 'trim',
      parameters: ['text'],
      doc: 'The text without space and line ends around it.',
      example: ['$(" etl\\n".trim())', 'etl'],
      call: args => args.text(0).trim(),
    },
    {
      name: 'replace',
      parameters: ['text', 'old', 'new', 'limit?'],
      doc: 'The text with each `old` replaced, or the first ones up to the limit.',
      example: ['$("a-b-c".replace("-", "_", 1))', 'a_b-c'],
      call: replace,
    },
    {
      name: 'split',
      parameters: ['text', 'separator', 'limit?'],
      doc: 'The parts between the separators, at most so many; the last one holds the rest.',
      example: ['$("a,b,c".split(",", 2))', '["a","b,c"]'],
      call: split,
    },
    {
      name: 'join',
      parameters: ['list', 'separator?'],
      doc: 'The texts of a list, one behind the other.',
      example: ['$(["a", "b"].join(", "))', 'a, b'],
      call: join,
    },
    {
      name: 'charAt',
      parameters: ['text', 'position'],
      doc: 'The character at a position, beginning with 0.',
      example: ['$(user.charAt(0))', 'e'],
      call: args => args.text(0).at(args.int(1)) ?? refuse('charAt: the position is beyond the end of the text'),
    },
    {
      name: 'reverse',
      parameters: ['text'],
      doc: 'The characters in reverse.',
      example: ['$(reverse("abc"))', 'cba'],
      call: args => reversed(args.text(0)),
    },
    {
      name: 'format',
      parameters: ['text', 'values'],
      doc: 'The text with values in it: `%s` as text, `%d` whole numbers, `%x` and `%X` hexadecimal, `%b` binary, `%o` octal, `%.2f` with so many decimals, `%%` a percent sign.',
      example: ['$("%s:%d %.1f%%".format([user, 7, 1.25]))', 'etl:7 1.3%'],
      call: format,
    },
    {
      name: 'indent',
      parameters: ['text', 'spaces'],
      doc: 'The text with so many spaces before each line but the first one: for a block in YAML.',
      example: ['$(indent("a\\nb", 2))', 'a\n  b'],
      call: indent,
    },
    {
      name: 'matches',
      parameters: ['text', 'expression'],
      doc: 'Whether an expression of RE2 is found in the text, with the bounds of `find.name.regexp`; `^…$` for all of it.',
      example: ['$(matches(user, "^[a-z]+$") ? "yes" : "no")', 'yes'],
      needs: 'matches',
      call: matches,
    },
    {
      name: 'string',
      parameters: ['value'],
      doc: 'Numbers, `true` and `false` as text, and bytes that are text.',
      example: ['$("port " + string(2 + 3))', 'port 5'],
      call: args => args.text(0),
    },
    {
      name: 'int',
      parameters: ['value'],
      doc: 'A whole number from text or another number.',
      example: ['$(int(port) + 1)', '5433'],
      call: int,
    },
    {
      name: 'double',
      parameters: ['value'],
      doc: 'A number from text or another number.',
      example: ['$(double("1.5") * 2.0)', '3'],
      call: args => finite(Number(args.text(0).trim() || 'none')),
    },
    {
      name: 'bytes',
      parameters: ['value'],
      doc: 'The bytes of a text.',
      example: ['$(size(bytes("é")))', '2'],
      call: args => args.bytes(0),
    },
  ],
};

/** By code units, for a list of all characters would be too large to make in one piece; then pairs are put right. */
const reversed = (text: string): string =>
  Buffer.from(text, 'utf16le')
    .swap16()
    .reverse()
    .toString('utf16le')
    .replaceAll(/([\uDC00-\uDFFF])([\uD800-\uDBFF])/g, '$2$1');

function replace(args: Arguments): string {
  const [text, old, replacement] = [args.text(0), args.text(1), args.text(2)];
  const found = text.split(old, mostReplaced + 2);
  if (found.length > mostReplaced + 1) return refuse(`replace: old is found more than ${mostReplaced} times`);
  const parts = limited(found, old, args.int(3, -1) < 0 ? -1 : args.int(3) + 1);
  const length = text.length + (parts.length - 1) * replacement.length;
  return length <= maxLength ? parts.join(replacement) : refuse('replace: the result is too large');
}

const mostReplaced = 100_000;

function split(args: Arguments): readonly string[] {
  const separator = args.text(1);
  const text = args.text(0);
  // A character that takes two of JavaScript's stays whole.
  const parts = separator === '' && text.length <= 2 * maxEntries ? [...text] : text.split(separator, maxEntries + 1);
  if (parts.length > maxEntries) return refuse(`split: it has more than ${maxEntries} parts`);
  return limited(parts, separator, args.int(2, -1));
}

function limited(parts: readonly string[], separator: string, limit: number): readonly string[] {
  if (limit < 0 || parts.length <= limit) return parts;
  return limit === 0 ? [] : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function join(args: Arguments): string {
  const separator = args.text(1, '');
  const texts = args.list(0).map(each => textOf(each, 'join: an entry of the list'));
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
  return length <= maxLength ? texts.join(separator) : refuse('join: the result is too large');
}

function indent(args: Arguments): string {
  const spaces = args.int(1);
  if (spaces < 0 || spaces > 64) return refuse('indent: spaces must be 0 to 64');
  const lines = args.text(0).split('\n');
  if (lines.length * spaces > maxLength) return refuse('indent: the result is too large');
  return lines.join(`\n${' '.repeat(spaces)}`);
}

function matches(args: Arguments): boolean {
  const text = args.text(0);
  if (text.length > longestMatched) return refuse(`matches: the text is longer than ${longestMatched / 1024} KiB`);
  const found = library('matches').isFound(args.text(1), text);
  return found.ok ? found.value : refuse(`matches: the expression cannot be used: ${found.fault}`);
}

const longestMatched = 64 * 1024;

function int(args: Arguments): bigint {
  const value = args.any(0);
  const text = typeof value === 'number' ? String(Math.trunc(value)) : args.text(0).trim();
  const whole = /^[+-]?\d{1,19}$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
  if (whole === undefined || BigInt.asIntN(64, whole) !== whole)
    return refuse('int: the value is no whole number of 64 bits');
  return whole;
}

const finite = (value: number): number => (Number.isFinite(value) ? value : refuse('double: the value is no number'));

/** One directive, with its decimals. */
const directive = /%(?:\.(\d{1,2}))?([sdxXbof%])/g;

function format(args: Arguments): string {
  const values = args.list(1);
  let next = 0;
  let length = 0;
  const text = args.text(0).replace(directive, (_, decimals: string | undefined, kind: string) => {
    if (kind === '%') return '%';
    const value = values[next++];
    if (value === undefined) return refuse('format: there are fewer values than places for them');
    const shown = shownAs(kind, value, Number(decimals ?? 6));
    length += shown.length;
    return length <= maxLength ? shown : refuse('format: the result is too large');
  });
  return next === values.length ? text : refuse('format: there are more values than places for them');
}

const radix: Readonly<Record<string, number>> = { d: 10, x: 16, X: 16, b: 2, o: 8 };

function shownAs(kind: string, value: Value, decimals: number): string {
  if (kind === 's') return isNested(value) ? toJson(value) : textOf(value, 'format: a value');
  if (kind === 'f') {
    const number = typeof value === 'bigint' || value instanceof ExactNumber ? Number(textOf(value, '')) : value;
    return typeof number === 'number'
      ? number.toFixed(decimals)
      : refuse(`format: %f takes a number, not ${kindOf(value)}`);
  }
  if (typeof value !== 'bigint') return refuse(`format: %${kind} takes a whole number, not ${kindOf(value)}`);
  const digits = value.toString(radix[kind]);
  return kind === 'X' ? digits.toUpperCase() : digits;
}

const isNested = (value: Value): boolean => Array.isArray(value) || value instanceof Map;
