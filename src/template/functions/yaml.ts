import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
} from 'yaml';
import { ExactNumber, kindOf, maxDepth, maxEntries, maxLength, refuse, textOf, type Value } from '../value.ts';
import { numberOf } from './encoding.ts';

/** YAML: loaded only for templates that name it. */

/** Exact numbers stay as they are written. */
export function encode(value: unknown): string {
  const tag = (name: string, identify: (value: unknown) => boolean, print: (value: unknown) => string) => ({
    tag: `tag:shearline.dev:${name}`,
    default: true as const,
    identify,
    resolve: (text: string) => text,
    stringify: ({ value }: { value?: unknown }) => print(value),
  });
  const ours = [
    tag(
      'number',
      value => value instanceof ExactNumber,
      value => textOf(value, 'a number'),
    ),
    // A word of YAML 1.1 of which PyYAML knows no meaning.
    tag(
      'value',
      value => value === '=',
      () => '"="',
    ),
  ];
  // Many readers still have 1.1, in which `no` is false.
  const text = stringify(value, {
    compat: 'yaml-1.1',
    customTags: tags => [...ours, ...tags],
    aliasDuplicateObjects: false,
    lineWidth: 0,
  });
  return text.length <= maxLength ? text : refuse('yaml.encode: the document is too large');
}

/** Of one document. `what` it is, for messages. */
export function decode(text: string, what: string): Value {
  const options = { intAsBigInt: true, schema: 'core', logLevel: 'silent', prettyErrors: false } as const;
  const document = parseDocument(text, options);
  if (document.errors.length > 0) return refuse(`${what} is no YAML, or has a key twice`);
  return new YamlReader(what).of(document.contents, 0);
}

/** Aliases are followed within a budget: some lines of them stand for millions of values. */
class YamlReader {
  readonly #anchors = new Map<string, Node>();
  readonly #what: string;
  #left = maxEntries;

  constructor(what: string) {
    this.#what = what;
  }

  of(node: unknown, depth: number): Value {
    if (depth > maxDepth || --this.#left < 0)
      return refuse(`${this.#what} is YAML of more than ${maxDepth} levels or ${maxEntries} values`);
    if (isAlias(node)) {
      const known = this.#anchors.get(node.source);
      return known === undefined ? refuse(`${this.#what} has an alias of nothing`) : this.of(known, depth + 1);
    }
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isSeq(node)) return node.items.map(each => this.of(each, depth + 1));
    if (isMap(node)) return new Map(node.items.filter(isPair).map(pair => this.#member(pair, depth)));
    return isScalar(node) ? this.#scalar(node.value, node.source) : null;
  }

  #member({ key, value }: Pair<unknown, unknown>, depth: number): [string, Value] {
    const name = this.of(key, depth + 1);
    return [name === null ? 'null' : textOf(name, `${this.#what}: a key`), this.of(value, depth + 1)];
  }

  #scalar(value: unknown, source: string | undefined): Value {
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
    if (source !== undefined && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(source)) return numberOf(source);
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : new ExactNumber(String(value));
    return refuse(`${this.#what} has ${kindOf(value)} in it, which templates do not know`);
  }
}
