import { failed, mapOk, ok, type Result } from '../core/result.ts';

/** What a template is made of. `at` is where the expression begins in its text. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly text: string; readonly at: number };

/** UTF-16 units of all templates of a reference together. */
export const maxTemplateText = 64 * 1024;
/** In one template. */
const maxExpressions = 1000;

/** Whether a template can be read at all. It loads no library, and takes time in proportion to the text. */
export const checkTemplate = (text: string): Result<void, string> => mapOk(parseTemplate(text), () => undefined);

/** Text with CEL in `$( )`. `$$(` is the text `$(`; any other `$` is itself. */
export function parseTemplate(text: string): Result<readonly Piece[], string> {
  if (text.length > maxTemplateText) return failed(`is longer than ${maxTemplateText / 1024} KiB`);
  const pieces: Piece[] = [];
  let plain = '';
  let from = 0;
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', from)) {
    plain += text.slice(from, at);
    from = at + 1;
    if (text.startsWith('$$(', at)) {
      plain += '$(';
      from = at + 3;
    } else if (text[at + 1] === '(') {
      const end = endOfExpression(text, at + 2);
      if (end === undefined)
        return failed(`${placeOf(text, at)}: $( has no ) that closes it; for the text $( write $$(`);
      if (plain !== '') pieces.push({ kind: 'text', text: plain });
      plain = '';
      pieces.push({ kind: 'expression', text: text.slice(at + 2, end), at: at + 2 });
      if (pieces.length > maxExpressions * 2) return failed(`has more than ${maxExpressions} expressions`);
      from = end + 1;
    } else plain += '$';
  }
  plain += text.slice(from);
  return ok(plain === '' ? pieces : [...pieces, { kind: 'text', text: plain }]);
}

/** Where in a text, for messages. */
export function placeOf(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return `line ${line}, column ${at - before.lastIndexOf('\n')}`;
}

/** Of the `)` that closes; undefined when there is none. What is in strings and comments closes nothing. */
function endOfExpression(text: string, start: number): number | undefined {
  let open = 1;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '(') open++;
    else if (char === ')' && --open === 0) return at;
    else if (char === '"' || char === "'") at = endOfString(text, at, char) - 1;
    else if (char === '/' && text[at + 1] === '/') at = orEnd(text, text.indexOf('\n', at));
  }
  return undefined;
}

/** Behind a string of CEL: "a", 'a', """a""". Also in r"\"", a backslash closes nothing: so CEL's library has it. */
function endOfString(text: string, start: number, quote: string): number {
  const triple = quote.repeat(3);
  const closer = text.startsWith(triple, start) ? triple : quote;
  for (let at = start + closer.length; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith(closer, at)) return at + closer.length;
  }
  return text.length;
}

const orEnd = (text: string, at: number): number => (at < 0 ? text.length : at);
