import { type GoFunction, one, textOf } from './go-arguments.ts';
import { type GoValue, goText, notChecked, plain } from './go-values.ts';

/** How Go writes values as text: fmt, strconv, encoding/json, net/url. */

/** strconv.Quote, and %q. */
export const quoted = (text: string): string => `"${[...text].map(quotedRune).join('')}"`;
const shortEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
function quotedRune(rune: string): string {
  const short = shortEscapes[rune];
  if (short !== undefined) return short;
  if (rune === ' ' || !/[\p{C}\p{Z}]/u.test(rune)) return rune;
  const hex = (rune.codePointAt(0) ?? 0).toString(16);
  return hex.length <= 2 && rune < '\x80'
    ? `\\x${hex.padStart(2, '0')}`
    : hex.length <= 4
      ? `\\u${hex.padStart(4, '0')}`
      : `\\U${hex.padStart(8, '0')}`;
}

/** As encoding/json and the YAML of External Secrets see a value. */
export function jsonValue(value: GoValue): unknown {
  switch (value.kind) {
    case 'text':
      return value.text;
    case 'number':
    case 'bool':
      return value.value;
    case 'nil':
      return null;
    case 'list':
      return value.items.map(jsonValue);
    case 'map':
      return Object.fromEntries(
        [...value.entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, jsonValue(each)]),
      );
    default:
      return value satisfies never;
  }
}
const forHtml = /[<>&\u2028\u2029]/g;
const escaped = (text: string): string => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`;
/** With what HTML could take for its own escaped. */
export const toJson: GoFunction = value => goText(JSON.stringify(jsonValue(one(value))).replaceAll(forHtml, escaped));
/** Without that. */
export const toRawJson: GoFunction = value =>
  goText(JSON.stringify(jsonValue(one(value))).replaceAll(/[\u2028\u2029]/g, escaped));

/** fmt.Sprintf, of the verbs that the translation knows. */
export function printf(format: GoValue | undefined, ...args: readonly GoValue[]): GoValue {
  let next = 0;
  return goText(
    textOf(format).replaceAll(/%([-+# 0-9.]*[a-zA-Z%])/g, (piece, verb: string) => {
      if (verb === '%') return '%';
      if (!['s', 'v', 'd', 'q'].includes(verb)) return notChecked(`printf with ${piece}`);
      return formatted(verb, args[next++] ?? notChecked('printf with fewer values than it prints'));
    }),
  );
}
function formatted(verb: string, value: GoValue): string {
  if (verb === 'q' && value.kind === 'text') return quoted(value.text);
  const isOwn = verb === 'v' || (verb === 's' && value.kind === 'text') || (verb === 'd' && value.kind === 'number');
  if (isOwn) return plain(value);
  return value.kind === 'text' ? `%!${verb}(string=${value.text})` : notChecked('printf with a value of another type');
}

/** fmt.Sprint: a space between two that are both no text. */
export const sprint = (args: readonly GoValue[]): string =>
  args
    .map((each, at) => `${at > 0 && each.kind !== 'text' && args[at - 1]?.kind !== 'text' ? ' ' : ''}${plain(each)}`)
    .join('');

/** url.QueryEscape. */
export const queryEscaped = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
