import { failed, ok, type Result } from '../../../core/result.ts';
import { isGroup } from '../../../template/functions/index.ts';
import { type Cel, celString, celText, chosen, joined, literal, oneOfSeveral, present, tight, truth } from './cel.ts';
import { functions } from './functions.ts';
import { parseGoTemplate } from './parser.ts';
import { type Command, type Node, type Operand, type Pipe, Untranslatable, untranslatable } from './syntax.ts';

/** A Go template as text with CEL in `$( )`. The fault says, in our words, what has no counterpart. */
export function translateText(template: string): Result<string, string> {
  return attempt(() => printed(new Translation(root).pieces(parseGoTemplate(template))));
}

/** A Go template over `.value` as one expression over `key`, as `rewrite` has it. */
export function translateKey(template: string): Result<string, string> {
  const scope: Scope = { ...root, dot: undefined, fields: name => (name === 'value' ? celText('key') : undefined) };
  return attempt(() => joined(new Translation(scope).pieces(parseGoTemplate(template)).map(({ cel }) => cel)).text);
}

function attempt(run: () => string): Result<string, string> {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof Untranslatable) return failed(error.message);
    throw error;
  }
}

interface Piece {
  readonly kind: 'text' | 'expression';
  readonly text: string;
  readonly cel: Cel;
}

/** Text in which `$(` is `$$(`. Each `$` right before an expression goes into it, or the two would read as one such. */
function printed(pieces: readonly Piece[]): string {
  return pieces
    .map(({ kind, text, cel }, at) => {
      if (kind === 'text') {
        const isBefore = pieces[at + 1]?.kind === 'expression';
        return text
          .slice(0, isBefore ? text.length - dollarsAtEnd(text).length : undefined)
          .replaceAll('$(', () => '$$(');
      }
      const before = pieces[at - 1];
      const dollars = before?.kind === 'text' ? dollarsAtEnd(before.text) : '';
      return `$(${dollars === '' ? cel.text : joined([literal(dollars), cel]).text})`;
    })
    .join('');
}

function dollarsAtEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === '$') end--;
  return text.slice(end);
}

interface Scope {
  /** Undefined where `.` has no counterpart. */
  readonly dot: Cel | undefined;
  readonly variables: ReadonlyMap<string, Cel>;
  /** Names that expressions around this one have given. */
  readonly bound: readonly string[];
  /** Whether a condition is around it, which may be that a value is there. */
  readonly guarded: boolean;
  readonly fields: (name: string, scope: Scope) => Cel | undefined;
}

const root: Scope = {
  dot: { text: 'data', type: 'map' },
  variables: new Map([['', { text: 'data', type: 'map' }]]),
  bound: [],
  guarded: false,
  fields: valueNamed,
};

const taken = new Set(
  'data reference in true false null as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** A value by its key. The name of one that is not there is a mistake, `data[…]` only when it is computed. */
function valueNamed(name: string, { bound, guarded }: Scope): Cel {
  const plain = /^[A-Za-z_]\w*$/.test(name) && !taken.has(name) && !isGroup(name) && !bound.includes(name) && !guarded;
  return { text: plain ? name : `data[${celString(name)}]`, type: 'text', key: name };
}

class Translation {
  #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  pieces(nodes: readonly Node[]): readonly Piece[] {
    return nodes.flatMap((node): readonly Piece[] => {
      if (node.kind === 'text') return [{ kind: 'text', text: node.text, cel: literal(node.text) }];
      const cel = this.#node(node);
      return cel === undefined ? [] : [{ kind: 'expression', text: '', cel }];
    });
  }

  #node(node: Exclude<Node, { kind: 'text' }>): Cel | undefined {
    switch (node.kind) {
      case 'output':
        return shown(this.#pipe(node.pipe));
      case 'set': {
        const variables = new Map(this.#scope.variables).set(node.variable, this.#pipe(node.pipe));
        this.#scope = { ...this.#scope, variables };
        return undefined;
      }
      case 'if':
        return this.#choice(truth(this.#pipe(node.pipe)), this.#scope, node);
      case 'with': {
        const value = this.#pipe(node.pipe);
        return this.#choice(truth(value), { ...this.#scope, dot: present(value) }, node);
      }
      case 'range':
        return this.#range(node);
      default:
        return node satisfies never;
    }
  }

  #choice(condition: string, inner: Scope, { then, otherwise }: Branches): Cel {
    return celText(chosen(condition, this.#body(then, inner), this.#body(otherwise, this.#scope)).text);
  }

  /** In brackets where it is part of a longer text. */
  #body(nodes: readonly Node[], scope: Scope): Cel {
    const body = joined(new Translation({ ...scope, guarded: true }).pieces(nodes).map(({ cel }) => cel));
    return body.type === 'text' ? body : celText(`string(${body.text})`);
  }

  #range({ variables, pipe, then, otherwise }: Extract<Node, { kind: 'range' }>): Cel {
    const over = this.#pipe(pipe);
    const isMap = over.type === 'map' || (over.type === 'nested' && variables.length === 2);
    if (!isMap && over.type !== 'list') untranslatable('range over what may be a list or a map');
    const name = this.#freeName(isMap ? 'key' : 'item');
    const item: Cel = !isMap
      ? { text: name, type: 'nested' }
      : { text: `${tight(over)}[${name}]`, type: over.text === 'data' ? 'text' : 'nested' };
    const [first, second] = variables;
    const named = new Map(this.#scope.variables);
    if (second !== undefined) {
      if (!isMap) untranslatable('range with an index: a list has entries without numbers here');
      named.set(second, item);
      named.set(first ?? '', celText(name));
    } else if (first !== undefined) named.set(first, item);
    const inner = { ...this.#scope, dot: item, variables: named, bound: [...this.#scope.bound, name] };
    const all = celText(`${tight(over)}.map(${name}, ${this.#body(then, inner).text}).join()`);
    return otherwise.length === 0 ? all : celText(chosen(truth(over), all, this.#body(otherwise, this.#scope)).text);
  }

  #freeName(wanted: string): string {
    const { bound } = this.#scope;
    return bound.includes(wanted) ? `${wanted}${bound.length}` : wanted;
  }

  #pipe(pipe: Pipe): Cel {
    const result = pipe.reduce<Cel | undefined>((before, command) => this.#command(command, before), undefined);
    return result ?? untranslatable('an action is empty');
  }

  #command([first, ...rest]: Command, piped: Cel | undefined): Cel {
    if (first === undefined) return untranslatable('a pipe has an empty part');
    if (first.kind !== 'function') {
      if (rest.length > 0 || piped !== undefined) untranslatable('a value is called like a function');
      return this.#operand(first);
    }
    const translate = Object.hasOwn(functions, first.name) ? functions[first.name] : undefined;
    if (translate === undefined) return untranslatable(`the function ${first.name}`);
    const args = rest.map(each => this.#operand(each));
    return translate(...args, ...(piped ? [piped] : []));
  }

  #operand(operand: Operand): Cel {
    switch (operand.kind) {
      case 'dot':
        return this.#scope.dot ?? untranslatable('"." by itself');
      case 'variable':
        return this.#scope.variables.get(operand.name) ?? untranslatable(`the variable $${operand.name}`);
      case 'string':
        return literal(operand.text);
      case 'number':
        return { text: operand.text, type: 'number' };
      case 'word':
        return operand.text === 'nil' ? untranslatable('nil') : { text: operand.text, type: 'bool' };
      case 'pipe':
        return this.#pipe(operand.pipe);
      case 'field':
        return this.#field(operand.of, operand.name);
      case 'function':
        return this.#command([operand], undefined);
      default:
        return operand satisfies never;
    }
  }

  #field(of: Operand, name: string): Cel {
    const isRoot = of.kind === 'dot' && this.#scope.dot === root.dot;
    if (isRoot || (of.kind === 'dot' && this.#scope.dot === undefined))
      return this.#scope.fields(name, this.#scope) ?? untranslatable(`the field .${name}`);
    const value = this.#operand(of);
    if (value.text === 'data') return valueNamed(name, this.#scope);
    if (value.type === 'text') untranslatable(`.${name} of a text: take it apart by fromJson before`);
    return { text: `${tight(value)}[${celString(name)}]`, type: 'nested' };
  }
}
type Branches = { readonly then: readonly Node[]; readonly otherwise: readonly Node[] };

function shown(cel: Cel): Cel {
  if (cel.type === 'condition') return oneOfSeveral();
  return cel.type === 'list' || cel.type === 'map'
    ? untranslatable('a list or a map as text is written in the words of Go: say toJson')
    : cel;
}
