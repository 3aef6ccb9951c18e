import { untranslatable } from './syntax.ts';

/** A piece of a template: text between actions, or the tokens of one action. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[] };

export interface Token {
  readonly kind: 'word' | 'field' | 'variable' | 'string' | 'number' | 'mark';
  /** Of a string what it says; of a field its name without the dot. */
  readonly text: string;
  /** Whether there is space before it: `.a .b` are two operands, `.a.b` is one. */
  readonly spaced: boolean;
}

const mostText = 256 * 1024;

/** Text and actions in turn. `{{-` and `-}}` take the space beside them away, comments are nothing. */
export function segmentsOf(template: string): readonly Segment[] {
  if (template.length > mostText) untranslatable('it is longer than 256 KiB');
  const segments: Segment[] = [];
  let at = 0;
  let trimNext = false;
  while (at < template.length) {
    const open = template.indexOf('{{', at);
    const text = template.slice(at, open < 0 ? undefined : open);
    const trimEnd = open >= 0 && /^-\s/.test(template.slice(open + 2, open + 4));
    const trimmed = trimmedText(text, trimNext, trimEnd);
    if (trimmed !== '') segments.push({ kind: 'text', text: trimmed });
    if (open < 0) break;
    const action = new ActionLexer(template, open + (trimEnd ? 3 : 2));
    const tokens = action.tokens();
    if (tokens.length > 0) segments.push({ kind: 'action', tokens });
    at = action.end;
    trimNext = action.trims;
  }
  return segments;
}

function trimmedText(text: string, start: boolean, end: boolean): string {
  const begun = start ? text.trimStart() : text;
  return end ? begun.trimEnd() : begun;
}

/** Longest first, so that `:=` is not two marks. */
const marks = [':=', '(', ')', '|', ',', '='];

class ActionLexer {
  /** Behind `}}`. */
  end = 0;
  trims = false;
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  tokens(): readonly Token[] {
    const tokens: Token[] = [];
    for (;;) {
      const start = this.#at;
      this.#pass(/\s*/y);
      if (this.#pass(/\/\*[\s\S]*?\*\//y) !== '') continue;
      const spaced = this.#at > start;
      if (this.#closes(spaced)) return tokens;
      tokens.push({ ...this.#token(), spaced });
    }
  }

  #closes(spaced: boolean): boolean {
    const close = this.#pass(spaced ? /-?\}\}/y : /\}\}/y);
    if (close === '') return false;
    this.trims = close.startsWith('-');
    this.end = this.#at;
    return true;
  }

  #token(): Omit<Token, 'spaced'> {
    const first = this.#text[this.#at];
    if (first === undefined) return untranslatable('an action has no }} that closes it');
    if (first === '"') return { kind: 'string', text: this.#quoted() };
    if (first === '`')
      return { kind: 'string', text: this.#taken(/`[^`]*`/y, 'a text in ` ` has no end').slice(1, -1) };
    const mark = marks.find(each => this.#text.startsWith(each, this.#at));
    if (mark !== undefined) {
      this.#at += mark.length;
      return { kind: 'mark', text: mark };
    }
    if (first === '$') return { kind: 'variable', text: this.#taken(/\$\w*/y, '').slice(1) };
    if (first === '.') return { kind: 'field', text: this.#taken(/\.[\p{L}\p{N}_]*/uy, '').slice(1) };
    if (/[0-9+-]/.test(first))
      return { kind: 'number', text: this.#taken(/[+-]?[0-9][0-9_.]*/y, 'a number is not whole') };
    return {
      kind: 'word',
      text: this.#taken(/[\p{L}_][\p{L}\p{N}_]*/uy, `it has the character ${JSON.stringify(first)}`),
    };
  }

  /** Go's escapes are JSON's, but for \x, \a, \v and octal ones. */
  #quoted(): string {
    const source = this.#taken(/"(?:[^"\\\n]|\\.)*"/y, 'a text in " " has no end');
    try {
      const text: unknown = JSON.parse(source.replaceAll("\\'", "'").replaceAll('\t', '\\t'));
      return String(text);
    } catch {
      return untranslatable('a text has an escape that only Go knows');
    }
  }

  #taken(pattern: RegExp, complaint: string): string {
    return this.#pass(pattern) || untranslatable(complaint);
  }

  #pass(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }
}
