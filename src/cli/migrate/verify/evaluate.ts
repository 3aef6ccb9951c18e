import type { Command, Node, Operand, Pipe } from '../go-template/syntax.ts';
import type { GoFunctions } from './go-functions.ts';
import {
  fails,
  field,
  type GoValue,
  goBool,
  goNumber,
  goText,
  isTrue,
  Needs,
  nil,
  notChecked,
  plain,
} from './go-values.ts';
import { text } from './shapes.ts';

/**
 * What Go's text/template makes of a parsed template, for the constructs that the translation knows. It shares the parser
 * with the translation and nothing else: the one says what Go would do, the other what ours has to be.
 */
export function evaluate(nodes: readonly Node[], root: GoValue, functions: GoFunctions): string {
  return block(nodes, { functions, dot: root, variables: new Map([['', root]]) });
}

interface Scope {
  readonly functions: GoFunctions;
  readonly dot: GoValue;
  /** A block has its own; what it sets is gone behind it. */
  readonly variables: Map<string, GoValue>;
}

const inner = (scope: Scope, dot: GoValue = scope.dot, named: Iterable<readonly [string, GoValue]> = []): Scope => ({
  ...scope,
  dot,
  variables: new Map([...scope.variables, ...named]),
});

function block(nodes: readonly Node[], scope: Scope): string {
  return nodes.map(node => output(node, scope)).join('');
}

function output(node: Node, scope: Scope): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'output': {
      const value = pipe(node.pipe, scope);
      return value.kind === 'nil' ? '<no value>' : plain(value);
    }
    case 'set':
      scope.variables.set(node.variable, pipe(node.pipe, scope));
      return '';
    case 'if':
      return block(isTrue(pipe(node.pipe, scope)) ? node.then : node.otherwise, inner(scope));
    case 'with': {
      const value = pipe(node.pipe, scope);
      return isTrue(value) ? block(node.then, inner(scope, value)) : block(node.otherwise, inner(scope));
    }
    case 'range':
      return range(node, scope);
    default:
      return node satisfies never;
  }
}

function range({ variables, pipe: over, then, otherwise }: Extract<Node, { kind: 'range' }>, scope: Scope): string {
  const entries = entriesOf(pipe(over, scope), variables.length);
  if (entries.length === 0) return block(otherwise, inner(scope));
  return entries
    .map(([key, value]) => {
      const named = variables.length === 2 ? [key, value] : [value];
      const pairs = variables.map((name, at) => [name, named[at] ?? nil] as const);
      return block(then, inner(scope, value, pairs));
    })
    .join('');
}

/** Maps by their sorted keys. */
function entriesOf(value: GoValue, names: number): readonly (readonly [GoValue, GoValue])[] {
  if (value.kind === 'list') return value.items.map((each, at) => [goNumber(at), each]);
  if (value.kind === 'map')
    return [...value.entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [goText(key), each]);
  if (value.kind === 'text' && value.made)
    throw new Needs(
      value.made.at,
      names === 2 ? { kind: 'object', fields: { a: text, b: text } } : { kind: 'list', of: text },
    );
  return fails('range over what is no list');
}

function pipe(commands: Pipe, scope: Scope): GoValue {
  return commands.reduce<GoValue | undefined>((piped, each) => command(each, piped, scope), undefined) ?? nil;
}

function command([first, ...rest]: Command, piped: GoValue | undefined, scope: Scope): GoValue {
  if (first === undefined) return nil;
  const args = [...rest.map(each => operand(each, scope)), ...(piped ? [piped] : [])];
  if (first.kind === 'function') return call(first.name, args, scope);
  return args.length > 0 ? fails('a value is called like a function') : operand(first, scope);
}

function call(name: string, args: readonly GoValue[], { functions }: Scope): GoValue {
  const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
  return known === undefined ? notChecked(`the function ${name}`) : known(...args);
}

function operand(of: Operand, scope: Scope): GoValue {
  switch (of.kind) {
    case 'dot':
      return scope.dot;
    case 'variable':
      return scope.variables.get(of.name) ?? fails('a variable that is not there');
    case 'function':
      return call(of.name, [], scope);
    case 'string':
      return goText(of.text);
    case 'number':
      return goNumber(Number(of.text.replaceAll('_', '')));
    case 'word':
      return of.text === 'nil' ? nil : goBool(of.text === 'true');
    case 'pipe':
      return pipe(of.pipe, scope);
    case 'field':
      return field(operand(of.of, scope), of.name);
    default:
      return of satisfies never;
  }
}
