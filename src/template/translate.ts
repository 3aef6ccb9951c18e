import type { ASTNode } from '@marcbachmann/cel-js';
import { quoted } from '../core/quoted.ts';
import { functionNames, internalName, isGroup } from './functions/index.ts';
import { nearest } from './nearest.ts';
import { Refusal } from './value.ts';

/** Which names an expression may use. */
export type Names = Pick<ReadonlyMap<string, unknown>, 'has' | 'keys'>;

/** A refusal that knows where in the expression. */
export class PlacedRefusal extends Refusal {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/**
 * The expression as CEL's library shall compute it. Variables get names of their own, so that a value may be called `type`
 * or `json`; functions, `+` and maps become calls of ours, which are bounded, refuse what would be rounded or
 * replaced, and know no prototypes. A name or function that is not there is found here, before anything is computed.
 */
export function translate(node: ASTNode, names: Names): string {
  return new Translation(names, new Set()).of(node);
}

class Translation {
  readonly #names: Names;
  /** Variables of comprehensions. */
  readonly #bound: ReadonlySet<string>;

  constructor(names: Names, bound: ReadonlySet<string>) {
    this.#names = names;
    this.#bound = bound;
  }

  of(node: ASTNode): string {
    switch (node.op) {
      case 'value':
        return node.input.slice(node.start, node.end);
      case 'id':
        return this.#name(node.args, node.start);
      case '.':
        return `${this.#nested(node.args[0])}.${node.args[1]}`;
      case '[]':
        return `${this.#nested(node.args[0])}[${this.of(node.args[1])}]`;
      case 'call':
        return this.#call(node.args[0], node.args[1], node.start);
      case 'rcall':
        return this.#method(node.args[0], node.args[1], node.args[2], node.start);
      case 'list':
        return this.#list(node.args);
      case 'map':
        return call('map', this.#list(node.args.flat()));
      case '+':
        return call('add', this.#list(termsOf(node)));
      case '?:':
        return `${this.#nested(node.args[0])} ? ${this.#nested(node.args[1])} : ${this.#nested(node.args[2])}`;
      case '!_':
      case '-_':
        return `${node.op[0]}${this.#nested(node.args)}`;
      case '.?':
      case '[?]':
        throw new PlacedRefusal('optional fields are not part of templates: use has(a.b) ? a.b : "…"', node.start);
      default:
        return `${this.#nested(node.args[0])} ${node.op} ${this.#nested(node.args[1])}`;
    }
  }

  #nested(node: ASTNode): string {
    const text = this.of(node);
    return /^\w+$/.test(text) ? text : `(${text})`;
  }

  #list(nodes: readonly ASTNode[]): string {
    return `[${nodes.map(each => this.of(each)).join(', ')}]`;
  }

  #name(name: string, at: number): string {
    if (this.#bound.has(name)) return `b_${name}`;
    if (this.#names.has(name)) return `v_${name}`;
    const known = [...this.#bound, ...this.#names.keys()];
    const what = isGroup(name) ? 'is a group of functions, not a value' : 'is not known here';
    throw new PlacedRefusal(`${quoted(name)} ${what}${meantKey(name, known) ?? nearest(name, known)}`, at);
  }

  #call(name: string, args: readonly ASTNode[], at: number): string {
    if (name === 'has' && args.length === 1) return `has(${args.map(each => this.of(each)).join('')})`;
    if (ofCel.functions.has(name)) return `${name}(${args.map(each => this.of(each)).join(', ')})`;
    return this.#ours(name, args, at);
  }

  #method(name: string, receiver: ASTNode, args: readonly ASTNode[], at: number): string {
    if (receiver.op === 'id' && !this.#bound.has(receiver.args)) {
      if (receiver.args === 'cel' && name === 'bind') return this.#bind(args, at);
      if (isGroup(receiver.args)) return this.#ours(`${receiver.args}.${name}`, args, at);
    }
    if (ofCel.comprehensions.has(name)) return this.#comprehension(name, receiver, args, at);
    if (!ofCel.methods.has(name)) return this.#ours(name, [receiver, ...args], at);
    return `${this.#nested(receiver)}.${name}(${args.map(each => this.of(each)).join(', ')})`;
  }

  #ours(name: string, args: readonly ASTNode[], at: number): string {
    const takes = functionNames.get(name);
    if (takes === undefined) {
      const known = [...functionNames.keys(), ...ofCel.functions, ...ofCel.methods, ...ofCel.comprehensions];
      throw new PlacedRefusal(`there is no function ${quoted(name)}${nearest(name, known)}`, at);
    }
    if (!takes.counts.includes(args.length))
      throw new PlacedRefusal(`the function ${name} takes (${takes.parameters.join(', ')})`, at);
    return call(name, ...args.map(each => this.of(each)));
  }

  #comprehension(name: string, receiver: ASTNode, [variable, ...rest]: readonly ASTNode[], at: number): string {
    if (variable?.op !== 'id' || rest.length === 0)
      throw new PlacedRefusal(`${name} takes a variable and an expression: ${name}(x, …)`, at);
    const inside = this.#with(variable.args);
    return `${this.#nested(receiver)}.${name}(b_${variable.args}, ${rest.map(each => inside.of(each)).join(', ')})`;
  }

  #bind([variable, value, result]: readonly ASTNode[], at: number): string {
    if (variable?.op !== 'id' || value === undefined || result === undefined)
      throw new PlacedRefusal('cel.bind takes a variable, its value and an expression: cel.bind(x, …, …)', at);
    return `cel.bind(b_${variable.args}, ${this.of(value)}, ${this.#with(variable.args).of(result)})`;
  }

  #with(variable: string): Translation {
    return new Translation(this.#names, new Set([...this.#bound, variable]));
  }
}

/** `tls.crt` is the field `crt` of `tls`, and `a-conn` is `a` minus `conn`. */
function meantKey(name: string, known: readonly string[]): string | undefined {
  const key = known.find(each => each.startsWith(`${name}.`) || each.startsWith(`${name}-`));
  return key && `: the value of the key ${quoted(key)} is data[${quoted(key)}]`;
}

/** What of CEL's own functions stays as it is: bounded by what they are given, exact, without a clock. */
export const ofCel = {
  functions: new Set(['size', 'bool', 'dyn']),
  methods: new Set(['size', 'contains', 'startsWith', 'endsWith', 'indexOf', 'lastIndexOf', 'substring']),
  comprehensions: new Set(['all', 'exists', 'exists_one', 'map', 'filter']),
};

const call = (name: string, ...args: readonly string[]): string =>
  `${internalName(name)}(${['context', ...args].join(', ')})`;

/** Of a chain, so that a long one is no deep one. */
function termsOf(node: ASTNode): readonly ASTNode[] {
  const terms: ASTNode[] = [];
  let rest = node;
  while (rest.op === '+') {
    terms.push(rest.args[1]);
    rest = rest.args[0];
  }
  return [rest, ...terms.reverse()];
}
