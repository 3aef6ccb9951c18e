import { type Segment, segmentsOf, type Token } from './lexer.ts';
import { type Command, type Node, type Operand, type Pipe, untranslatable } from './syntax.ts';

/** A small parser of Go's text/template: texts, pipelines, variables, if, with and range. */
export function parseGoTemplate(template: string): readonly Node[] {
  const body = new BlockParser(segmentsOf(template));
  const nodes = body.nodes(0);
  if (!body.isDone) untranslatable('it has an end or else too many');
  return nodes;
}

const deepest = 32;
const unsupported = new Set(['define', 'template', 'block', 'break', 'continue']);

class BlockParser {
  readonly #segments: readonly Segment[];
  #at = 0;

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
  }

  get isDone(): boolean {
    return this.#at >= this.#segments.length;
  }

  /** Up to an `end` or `else`, which is left. */
  nodes(depth: number): readonly Node[] {
    if (depth > deepest) untranslatable(`its blocks are nested more than ${deepest} deep`);
    const nodes: Node[] = [];
    for (let segment = this.#segments[this.#at]; segment !== undefined; segment = this.#segments[this.#at]) {
      if (segment.kind === 'action' && isWord(segment.tokens[0], 'end', 'else')) break;
      this.#at++;
      nodes.push(segment.kind === 'text' ? segment : this.#action(segment.tokens, depth));
    }
    return nodes;
  }

  #action(tokens: readonly Token[], depth: number): Node {
    const [first, ...rest] = tokens;
    if (first?.kind === 'word' && unsupported.has(first.text)) untranslatable(`{{ ${first.text} }} has no counterpart`);
    if (isWord(first, 'if')) return this.#branch('if', rest, depth);
    if (isWord(first, 'with')) return this.#branch('with', rest, depth);
    if (isWord(first, 'range')) return { kind: 'range', ...rangeHead(rest), ...this.#branches(depth) };
    const [assigned, mark, ...value] = tokens;
    if (assigned?.kind === 'variable' && mark?.kind === 'mark' && mark.text === ':=')
      return { kind: 'set', variable: assigned.text, pipe: pipeOf(value) };
    if (mark?.kind === 'mark' && mark.text === '=') untranslatable('a variable that changes has no counterpart');
    return { kind: 'output', pipe: pipeOf(tokens) };
  }

  #branch(kind: 'if' | 'with', head: readonly Token[], depth: number): Node {
    return { kind, pipe: pipeOf(head), ...this.#branches(depth) };
  }

  #branches(depth: number): { readonly then: readonly Node[]; readonly otherwise: readonly Node[] } {
    const then = this.nodes(depth + 1);
    const [word, ...rest] = this.#closing();
    if (isWord(word, 'end')) return { then, otherwise: [] };
    const [next, ...head] = rest;
    // `else if` is an if of its own, and shares the `end`.
    if (next?.kind === 'word' && (next.text === 'if' || next.text === 'with'))
      return { then, otherwise: [this.#branch(next.text, head, depth + 1)] };
    const otherwise = this.nodes(depth + 1);
    if (!isWord(this.#closing()[0], 'end')) untranslatable('an else has no end');
    return { then, otherwise };
  }

  #closing(): readonly Token[] {
    const segment = this.#segments[this.#at++];
    return segment?.kind === 'action' ? segment.tokens : untranslatable('a block has no end');
  }
}

const isWord = (token: Token | undefined, ...texts: readonly string[]): boolean =>
  token?.kind === 'word' && texts.includes(token.text);

/** `$k, $v := pipe`, `$v := pipe` or `pipe`. */
function rangeHead(tokens: readonly Token[]): { readonly variables: readonly string[]; readonly pipe: Pipe } {
  const assign = tokens.findIndex(({ kind, text }) => kind === 'mark' && text === ':=');
  const variables = tokens.slice(0, Math.max(assign, 0)).filter(({ kind }) => kind === 'variable');
  return { variables: variables.map(({ text }) => text), pipe: pipeOf(tokens.slice(assign + 1)) };
}

function pipeOf(tokens: readonly Token[]): Pipe {
  const parser = new PipeParser(tokens);
  const pipe = parser.pipe(0);
  if (!parser.isDone) untranslatable('an action cannot be read');
  return pipe;
}

class PipeParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isDone(): boolean {
    return this.#at >= this.#tokens.length;
  }

  pipe(depth: number): Pipe {
    if (depth > deepest) untranslatable(`its brackets are nested more than ${deepest} deep`);
    const commands: Command[] = [this.#command(depth)];
    while (this.#takesMark('|')) commands.push(this.#command(depth));
    return commands;
  }

  #command(depth: number): Command {
    const operands: Operand[] = [];
    for (let operand = this.#operand(depth); operand !== undefined; operand = this.#operand(depth))
      operands.push(operand);
    return operands.length > 0 ? operands : untranslatable('a pipe has an empty part');
  }

  #operand(depth: number): Operand | undefined {
    const first = this.#first(depth);
    if (first === undefined) return undefined;
    let operand = first;
    for (let next = this.#tokens[this.#at]; next?.kind === 'field' && !next.spaced; next = this.#tokens[this.#at]) {
      this.#at++;
      operand = { kind: 'field', of: operand, name: next.text };
    }
    return operand;
  }

  #first(depth: number): Operand | undefined {
    if (this.#takesMark('(')) {
      const pipe = this.pipe(depth + 1);
      if (!this.#takesMark(')')) untranslatable('a bracket is not closed');
      return { kind: 'pipe', pipe };
    }
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'mark') return undefined;
    this.#at++;
    return operandOf(token);
  }

  #takesMark(text: string): boolean {
    const token = this.#tokens[this.#at];
    const found = token?.kind === 'mark' && token.text === text;
    if (found) this.#at++;
    return found;
  }
}

function operandOf({ kind, text }: Token): Operand {
  switch (kind) {
    case 'field':
      return text === '' ? { kind: 'dot' } : { kind: 'field', of: { kind: 'dot' }, name: text };
    case 'variable':
      return { kind: 'variable', name: text };
    case 'string':
      return { kind: 'string', text };
    case 'number':
      return { kind: 'number', text };
    case 'word':
      return text === 'true' || text === 'false' || text === 'nil'
        ? { kind: 'word', text }
        : { kind: 'function', name: text };
    default:
      return untranslatable('an action has a mark where a value should be');
  }
}
