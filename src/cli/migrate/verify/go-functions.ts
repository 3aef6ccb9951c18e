import { createHash } from 'node:crypto';
import { parse, stringify } from 'yaml';
import { parseUntyped } from '../../../core/untyped.ts';
import { type GoFunction, needs, one, textOf } from './go-arguments.ts';
import { filterCertChain, filterPem, jwkPrivateKeyPem, jwkPublicKeyPem } from './go-certificates.ts';
import { jsonValue, printf, queryEscaped, quoted, sprint, toJson, toRawJson } from './go-texts.ts';
import {
  fails,
  field,
  type GoValue,
  goBool,
  goNumber,
  goText,
  goValueOf,
  isTrue,
  Needs,
  nil,
  notChecked,
  plain,
} from './go-values.ts';
import { type Shape, text as textShape } from './shapes.ts';

/** Functions of text/template, of sprig and of External Secrets, as Go computes them. */

const ofText =
  (compute: (text: string) => string): GoFunction =>
  value =>
    goText(compute(textOf(value)));
const ofTwo =
  (compute: (a: string, b: string) => GoValue): GoFunction =>
  (a, b) =>
    compute(textOf(a), textOf(b));

/** A rune at a time: none becomes two. */
const eachRune = (change: (rune: string) => string): GoFunction =>
  ofText(text =>
    [...text]
      .map(rune => {
        const changed = change(rune);
        return [...changed].length === 1 ? changed : rune;
      })
      .join(''),
  );

/** What is inside an encoded value. A made-up one that is not encoded so is to be made again. */
function decoded(
  value: GoValue | undefined,
  kind: 'base64' | 'json' | 'yaml',
  read: (text: string) => unknown,
  inside: Shape,
): GoValue {
  const text = textOf(value);
  const made = value?.kind === 'text' ? value.made : undefined;
  if (made === undefined) return goValueOf(read(text));
  if (made.shape.kind !== kind) throw new Needs(made.at, { kind, of: inside });
  return goValueOf(read(text), { at: { ...made.at, steps: [...made.at.steps, 'inside'] }, shape: made.shape.of });
}
/** What is not base64 becomes the words of an error in Go, and what is no text a text all the same. */
function fromBase64(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text
    ? bytes.toString()
    : notChecked('what Go makes of a text that is not base64');
}
const anObject: Shape = { kind: 'object', fields: { a: textShape, b: textShape } };

function order(a: GoValue | undefined, b: GoValue | undefined): number {
  if (a?.kind === 'text' && b?.kind === 'text') return Buffer.compare(Buffer.from(a.text), Buffer.from(b.text));
  if (a?.kind === 'number' && b?.kind === 'number') return a.value - b.value;
  return fails('values of these types are not compared');
}
const isEqual = (a: GoValue | undefined, b: GoValue): boolean =>
  a?.kind === 'bool' && b.kind === 'bool' ? a.value === b.value : order(a, b) === 0;
const compared =
  (holds: (order: number) => boolean): GoFunction =>
  (a, b) =>
    goBool(holds(order(a, b)));

function index(of: GoValue | undefined, ...path: readonly GoValue[]): GoValue {
  return path.reduce((value, step) => {
    if (step.kind === 'text') return field(value, step.text);
    if (value.kind === 'text' && value.made?.at.steps.length)
      throw new Needs(value.made.at, { kind: 'list', of: textShape });
    if (value.kind !== 'list' || step.kind !== 'number') return fails('an index of what has none');
    return value.items[step.value] ?? fails('an index out of range');
  }, one(of));
}

/** sprig's functions for maps do not take the values themselves. */
const mapOf = (value: GoValue | undefined) =>
  value?.kind === 'map' && !value.isRoot ? value : fails('a function wants a map of any values');

function dict(...args: readonly GoValue[]): GoValue {
  const entries = new Map<string, GoValue>();
  for (let at = 0; at < args.length; at += 2) entries.set(plain(args[at] ?? nil), args[at + 1] ?? goText(''));
  return { kind: 'map', entries };
}

function join(separator: GoValue | undefined, list: GoValue | undefined): GoValue {
  const items = list?.kind === 'list' ? list.items : list?.kind === 'nil' || list === undefined ? [] : [list];
  return goText(
    items
      .filter(({ kind }) => kind !== 'nil')
      .map(plain)
      .join(textOf(separator)),
  );
}

const indented = (spaces: GoValue | undefined, text: GoValue | undefined): string => {
  const pad = ' '.repeat(spaces?.kind === 'number' ? spaces.value : fails('a number of spaces'));
  return pad + textOf(text).replaceAll('\n', `\n${pad}`);
};

/** Nothing is found before each character and behind the last. */
const replaced = (text: string, from: string, to: string): string =>
  from === '' ? ['', ...text, ''].join(to) : text.replaceAll(from, () => to);

const isDecimal = (text: string): boolean => /^-?\d+$/.test(text);
const toInt: GoFunction = value => {
  if (value?.kind === 'number') return value;
  const text = needs(value, 'number');
  return goNumber(isDecimal(text) ? Number(text) : 0);
};

const inKeystore = (): never => notChecked('no PKCS#12 is made up');
const salted = (): never => notChecked('it has new random bytes each time');
const unknown = (name: string) => (): never => notChecked(`External Secrets has no function ${name}`);

export type GoFunctions = Readonly<Record<string, GoFunction>>;

export const goFunctions: GoFunctions = {
  toString: (value?: GoValue) => (value?.kind === 'text' ? value : goText(plain(one(value)))),
  b64enc: ofText(text => Buffer.from(text).toString('base64')),
  b64dec: value => decoded(value, 'base64', fromBase64, textShape),
  base64encode: unknown('base64encode'),
  base64decode: unknown('base64decode'),
  toToml: unknown('toToml'),
  fromToml: unknown('fromToml'),
  toUpper: unknown('toUpper'),
  toLower: unknown('toLower'),
  upper: eachRune(rune => rune.toUpperCase()),
  lower: eachRune(rune => rune.toLowerCase()),
  trim: ofText(text => text.trim()),
  urlquery: (...args) => goText(queryEscaped(sprint(args))),
  sha256sum: ofText(text => createHash('sha256').update(text).digest('hex')),
  toJson,
  mustToJson: toJson,
  toRawJson,
  fromJson: value => decoded(value, 'json', parseUntyped, anObject),
  mustFromJson: value => decoded(value, 'json', parseUntyped, anObject),
  toYaml: value =>
    goText(stringify(jsonValue(one(value)), { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE' }).replace(/\n$/, '')),
  fromYaml: value => decoded(value, 'yaml', parse, anObject),
  quote: (...args) =>
    goText(
      args
        .filter(({ kind }) => kind !== 'nil')
        .map(each => quoted(plain(each)))
        .join(' '),
    ),
  squote: (...args) =>
    goText(
      args
        .filter(({ kind }) => kind !== 'nil')
        .map(each => `'${plain(each)}'`)
        .join(' '),
    ),
  replace: (from, to, text) => goText(replaced(textOf(text), textOf(from), textOf(to))),
  contains: ofTwo((part, text) => goBool(text.includes(part))),
  hasPrefix: ofTwo((part, text) => goBool(text.startsWith(part))),
  hasSuffix: ofTwo((part, text) => goBool(text.endsWith(part))),
  splitList: ofTwo((separator, text) => ({
    kind: 'list',
    items: (separator === '' ? [...text] : text.split(separator)).map(goText),
  })),
  join,
  indent: (spaces, text) => goText(indented(spaces, text)),
  nindent: (spaces, text) => goText(`\n${indented(spaces, text)}`),
  printf,
  print: (...args) => goText(sprint(args)),
  index,
  get: (map, key) => field(mapOf(map), textOf(key)),
  list: (...items) => ({ kind: 'list', items }),
  dict,
  hasKey: (map, key) => goBool(mapOf(map).entries.has(textOf(key))),
  len: value => goNumber(lengthOf(one(value))),
  int: toInt,
  atoi: toInt,
  eq: (a, ...rest) => goBool(rest.some(each => isEqual(a, each))),
  ne: (a, b) => goBool(!isEqual(a, one(b))),
  lt: compared(order => order < 0),
  le: compared(order => order <= 0),
  gt: compared(order => order > 0),
  ge: compared(order => order >= 0),
  and: (...args) => args.find(each => !isTrue(each)) ?? one(args.at(-1)),
  or: (...args) => args.find(isTrue) ?? one(args.at(-1)),
  not: value => goBool(!isTrue(one(value))),
  empty: value => goBool(!isTrue(one(value))),
  default: (fallback, value) => (value !== undefined && isTrue(value) ? value : one(fallback)),
  coalesce: (...args) => args.find(isTrue) ?? nil,
  ternary: (then, otherwise, condition) =>
    condition?.kind === 'bool' ? one(condition.value ? then : otherwise) : fails('ternary wants true or false'),
  filterPEM: filterPem,
  filterCertChain,
  jwkPublicKeyPem,
  jwkPrivateKeyPem,
  htpasswd: salted,
  pkcs12key: inKeystore,
  pkcs12keyPass: inKeystore,
  pkcs12cert: inKeystore,
  pkcs12certPass: inKeystore,
  pemTruststoreToPKCS12: salted,
  pemTruststoreToPKCS12Pass: salted,
  pemToPkcs12: salted,
  pemToPkcs12Pass: salted,
  fullPemToPkcs12: salted,
  fullPemToPkcs12Pass: salted,
};

function lengthOf(value: GoValue): number {
  if (value.kind === 'text') return Buffer.byteLength(value.text);
  if (value.kind === 'list') return value.items.length;
  return value.kind === 'map' ? value.entries.size : fails('the length of what has none');
}

/** What ours does otherwise on purpose, as docs/from-external-secrets.md says: with these, the rest has to be equal. */
export const documentedDifferences: GoFunctions = {
  urlquery: (...args) => goText(queryEscaped(sprint(args)).replaceAll('+', '%20')),
  toJson: toRawJson,
  mustToJson: toRawJson,
  coalesce: (...args) => args.find(isTrue) ?? goText(''),
};

export const whatDiffers: Readonly<Record<string, string>> = {
  urlquery: 'a space in a URL is %20 here, + there',
  toJson: '< > & in JSON are as they are here, escaped there',
  mustToJson: '< > & in JSON are as they are here, escaped there',
  coalesce: 'when all are empty, it is an empty text here, "<no value>" there',
};
