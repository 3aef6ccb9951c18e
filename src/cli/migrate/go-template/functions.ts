import { functionNames } from '../../../template/functions/index.ts';
import { type Cel, type CelType, celText, chosen, joined, literal, present, tight, truth } from './cel.ts';
import { untranslatable } from './syntax.ts';

/** Functions of Go templates, of sprig and of External Secrets, by what says the same here. */
type Translate = (...args: readonly Cel[]) => Cel;

const call = (name: string, type: CelType = 'text'): Translate => {
  return (...args) => {
    if (name !== 'size' && !functionNames.has(name))
      untranslatable(`it needs ${name}, which this version does not have`);
    return { text: `${name}(${args.map(({ text }) => text).join(', ')})`, type };
  };
};
/** Theirs take last what ours are called on. */
const method = (name: string, type: CelType): Translate => {
  return (...args) => {
    const [receiver, rest] = [one(args.at(-1)), args.slice(0, -1)];
    return { text: `${tight(receiver)}.${name}(${rest.map(({ text }) => text).join(', ')})`, type };
  };
};
const infix =
  (mark: string): Translate =>
  (a, b) =>
    compared(a, mark, b);

function compared(a: Cel | undefined, mark: string, b: Cel | undefined): Cel {
  if (a === undefined || b === undefined) return untranslatable('a comparison wants two values');
  return { text: `${tight(a)} ${mark} ${tight(b)}`, type: 'bool' };
}

const identity: Translate = value => value ?? untranslatable('a function is called without arguments');
const one = (cel: Cel | undefined): Cel => cel ?? untranslatable('a function is called without arguments');
const many = (args: readonly Cel[], mark: string): Cel => ({
  text: args.map(arg => `(${truth(arg)})`).join(` ${mark} `),
  type: args.every(({ type }) => type === 'bool') ? 'bool' : 'condition',
});

/** Of Go's own formats those that are text. */
function printf(format: Cel | undefined, ...args: readonly Cel[]): Cel {
  const text = literalOf(format, 'a format that is computed');
  const parts: Cel[] = [];
  let next = 0;
  for (const [piece] of text.matchAll(/%[-+# 0-9.]*[a-zA-Z%]|[^%]+|%/g)) {
    if (piece === '%%') parts.push(literal('%'));
    else if (!piece.startsWith('%')) parts.push(literal(piece));
    else if (piece === '%s' || piece === '%v' || piece === '%d') parts.push(one(args[next++]));
    else if (piece === '%q') parts.push(call('json.encode')(one(args[next++])));
    else untranslatable(`printf with ${piece}`);
  }
  return joined(parts.length > 0 ? parts : [literal('')]);
}

function literalOf(cel: Cel | undefined, otherwise: string): string {
  if (cel === undefined || !/^"(?:[^"\\]|\\.)*"$/.test(cel.text)) return untranslatable(otherwise);
  return String(JSON.parse(cel.text));
}

function countOf(cel: Cel | undefined): number {
  const count = Number(cel?.text);
  return Number.isInteger(count) && count >= 0 && count <= 64
    ? count
    : untranslatable('a number of spaces that is computed');
}

/** sprig indents the first line, too. */
const indent =
  (before: string): Translate =>
  (spaces, text) => {
    const count = countOf(spaces);
    return joined([
      literal(before + ' '.repeat(count)),
      call('indent')(one(text), { text: String(count), type: 'number' }),
    ]);
  };

/** Theirs has no line end; spaces at the end of the last value stay. */
function toYaml(value?: Cel): Cel {
  const { text } = call('yaml.encode')(one(value));
  return celText(`${text}.substring(0, ${text}.lastIndexOf("\\n"))`);
}

function index(of: Cel | undefined, ...path: readonly Cel[]): Cel {
  const value = one(of);
  const [first, ...rest] = path;
  if (value.text === 'data' && first !== undefined && rest.length === 0 && /^"/.test(first.text))
    return { text: `data[${first.text}]`, type: 'text', key: String(JSON.parse(first.text)) };
  return {
    text: `${tight(value)}${path.map(({ text }) => `[${text}]`).join('')}`,
    type: value.text === 'data' ? 'text' : 'nested',
  };
}

function dict(...args: readonly Cel[]): Cel {
  const pairs = Array.from({ length: Math.floor(args.length / 2) }, (_, at) => args.slice(at * 2, at * 2 + 2));
  const sorted = pairs.toSorted(([a], [b]) => (one(a).text < one(b).text ? -1 : 1)); // as Go writes them
  return { text: `{${sorted.map(pair => pair.map(({ text }) => text).join(': ')).join(', ')}}`, type: 'map' };
}

export const functions: Readonly<Record<string, Translate>> = {
  toString: identity,
  b64enc: call('base64.encode'),
  b64dec: text => (text?.bytes === undefined ? call('base64.decode')(one(text)) : celText(text.bytes)),
  base64encode: call('base64.encode'),
  base64decode: call('base64.decode'),
  upper: call('upper'),
  toUpper: call('upper'),
  lower: call('lower'),
  toLower: call('lower'),
  trim: call('trim'),
  urlquery: call('urlEncode'),
  sha256sum: text => call('hex.encode')(call('sha256')(one(text))),
  toJson: call('json.encode'),
  mustToJson: call('json.encode'),
  toRawJson: call('json.encode'),
  fromJson: call('json.decode', 'nested'),
  mustFromJson: call('json.decode', 'nested'),
  toYaml,
  fromYaml: call('yaml.decode', 'nested'),
  toToml: call('toml.encode'),
  fromToml: call('toml.decode', 'nested'),
  quote: call('json.encode'),
  squote: text => joined([literal("'"), one(text), literal("'")]),
  replace: method('replace', 'text'),
  contains: method('contains', 'bool'),
  hasPrefix: method('startsWith', 'bool'),
  hasSuffix: method('endsWith', 'bool'),
  splitList: method('split', 'list'),
  join: method('join', 'text'),
  indent: indent(''),
  nindent: indent('\n'),
  printf,
  print: (...args) => joined(args),
  index,
  get: index,
  list: (...args) => ({ text: `[${args.map(({ text }) => text).join(', ')}]`, type: 'list' }),
  dict,
  hasKey: (map, key) => ({ text: `${one(key).text} in ${tight(one(map))}`, type: 'bool' }),
  len: value => call('size', 'number')(one(value).type === 'text' ? call('bytes')(one(value)) : one(value)), // Go counts bytes
  int: call('int', 'number'),
  atoi: call('int', 'number'),
  eq: infix('=='),
  ne: infix('!='),
  lt: infix('<'),
  le: infix('<='),
  gt: infix('>'),
  ge: infix('>='),
  and: (...args) => many(args, '&&'),
  or: (...args) => many(args, '||'),
  not: value => ({ text: `!(${truth(one(value))})`, type: 'bool' }),
  empty: value => ({ text: `!(${truth(one(value))})`, type: 'bool' }),
  default: (fallback, value) => chosen(truth(one(value)), present(one(value)), one(fallback)),
  coalesce: (...args) =>
    args.slice(0, -1).reduceRight((rest, arg) => chosen(truth(arg), present(arg), rest), one(args.at(-1))),
  filterPEM: (type, text) => pemOf(literalOf(type, 'filterPEM with a type that is computed'), one(text)),
  filterCertChain: (type, text) =>
    call(chainPart(literalOf(type, 'filterCertChain with a part that is computed')))(one(text)),
  pkcs12key: store => call('pkcs12.key')(one(store), literal('')),
  pkcs12keyPass: (password, store) => call('pkcs12.key')(one(store), one(password)),
  pkcs12cert: store => call('pkcs12.certificates')(one(store), literal('')),
  pkcs12certPass: (password, store) => call('pkcs12.certificates')(one(store), one(password)),
  pemToPkcs12: keystore,
  fullPemToPkcs12: keystore,
  pemToPkcs12Pass: keystore,
  fullPemToPkcs12Pass: keystore,
  pemTruststoreToPKCS12: certificates => inBase64(call('pkcs12.truststore')(one(certificates), literal(''))),
  pemTruststoreToPKCS12Pass: (certificates, password) =>
    inBase64(call('pkcs12.truststore')(one(certificates), one(password))),
  jwkPublicKeyPem: call('jwk.decode'),
  jwkPrivateKeyPem: call('jwk.decode'),
  htpasswd: call('htpasswd'),
  ternary: (then, otherwise, condition) => chosen(truth(one(condition)), one(then), one(otherwise)),
};

function pemOf(type: string, text: Cel): Cel {
  if (type === 'CERTIFICATE') return call('pem.certificates')(text);
  return type.endsWith('PRIVATE KEY') ? call('pem.key')(text) : untranslatable(`filterPEM "${type}"`);
}

const chainParts: Readonly<Record<string, string>> = { leaf: 'pem.leaf', intermediate: 'pem.ca' };
const chainPart = (part: string): string => chainParts[part] ?? untranslatable(`filterCertChain "${part}"`);

function keystore(certificates?: Cel, key?: Cel, password: Cel = literal('')): Cel {
  return inBase64(call('pkcs12.create')(one(certificates), one(key), password));
}

/** Theirs is base64, which their templates decode again; ours are bytes. */
const inBase64 = (bytes: Cel): Cel => ({ ...call('base64.encode')(bytes), bytes: bytes.text });
