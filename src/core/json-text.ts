/** Steps over the text of JSON, character by character: each looks at a character once, whatever the text is. */

export const code = {
  quote: 34,
  comma: 44,
  openArray: 91,
  backslash: 92,
  closeArray: 93,
  openObject: 123,
  closeObject: 125,
};

export const isOpener = (char: number): boolean => char === code.openObject || char === code.openArray;
export const isCloser = (char: number): boolean => char === code.closeObject || char === code.closeArray;

/** Position behind the closing quote, or behind the text when there is none. */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== code.quote) at += text.charCodeAt(at) === code.backslash ? 2 : 1;
  return at + 1;
}

/** Position behind a number, `true`, `false` or `null` of a text that is known to be JSON. */
export function endOfLiteral(text: string, start: number): number {
  let at = start;
  while (at < text.length && !endsLiteral(text.charCodeAt(at))) at++;
  return at;
}

const endsLiteral = (char: number): boolean => isSpace(char) || char === code.comma || isCloser(char);

export function endOfSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

const isSpace = (char: number): boolean => char <= 32;

/** What a string stands for; `source` has its quotes. */
export function decodeString(source: string): string {
  const inner = source.slice(1, -1);
  const decoded: unknown = inner.includes('\\') ? JSON.parse(source) : inner;
  return typeof decoded === 'string' ? decoded : '';
}

/** Where a walk is: at which character, and the number of the next container to begin. */
export interface Place {
  at: number;
  container: number;
}

/** From the opening bracket to behind the closing one. */
export function eachEntry(text: string, place: Place, readEntry: () => void): void {
  place.at = endOfSpace(text, place.at + 1);
  while (!isCloser(text.charCodeAt(place.at))) {
    readEntry();
    place.at = endOfSpace(text, place.at);
    if (text.charCodeAt(place.at) === code.comma) place.at = endOfSpace(text, place.at + 1);
  }
  place.at++;
}

/** A name, its colon, and the space in front of the value. */
export function readName(text: string, place: Place): string {
  const name = readString(text, place);
  place.at = endOfSpace(text, endOfSpace(text, place.at) + 1);
  return name;
}

export function readString(text: string, place: Place): string {
  const start = place.at;
  place.at = endOfString(text, start);
  return decodeString(text.slice(start, place.at));
}
