import { untranslatable } from './syntax.ts';

/** A piece of CEL, and what is known of its value. */
export interface Cel {
  readonly text: string;
  readonly type: CelType;
  /** Of a value of the reference: its key. Unlike others it may be missing. */
  readonly key?: string;
  /** Of base64: what it was made of. */
  readonly bytes?: string;
}
/** `condition`: only whether it is true is known; in Go it is one of several values. */
export type CelType = 'text' | 'number' | 'bool' | 'condition' | 'list' | 'map' | 'nested';

export const celText = (text: string): Cel => ({ text, type: 'text' });
export const literal = (text: string): Cel => celText(celString(text));

/** JSON's escapes are CEL's. */
export const celString = (text: string): string => JSON.stringify(text);

/** In brackets, unless it cannot be torn apart. */
export const tight = ({ text }: Cel): string =>
  /^[\w.]+(?:\([^()]*\))?(?:\[[^[\]]*\])*$|^"(?:[^"\\]|\\.)*"$/.test(text) ? text : `(${text})`;

/** As text, where texts are put together. */
export function asText(cel: Cel): string {
  switch (cel.type) {
    case 'text':
      return tight(cel);
    case 'list':
    case 'map':
      return untranslatable('a list or a map as text is written in the words of Go');
    case 'condition':
      return oneOfSeveral();
    default:
      return `string(${cel.text})`;
  }
}

export const oneOfSeveral = (): never =>
  untranslatable('"and" and "or" give one of their values: only in a condition it does not matter which');

export function joined(parts: readonly Cel[]): Cel {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return celText(parts.length === 0 ? '""' : parts.map(asText).join(' + '));
}

/** What Go takes for true: a text that is not empty, a number that is not zero. */
export function truth(cel: Cel): string {
  if (cel.key !== undefined) return `${celString(cel.key)} in data && data[${celString(cel.key)}] != ""`;
  switch (cel.type) {
    case 'bool':
    case 'condition':
      return cel.text;
    case 'text':
      return `${tight(cel)} != ""`;
    case 'number':
      return `${tight(cel)} != 0`;
    case 'list':
    case 'map':
      return `size(${cel.text}) > 0`;
    default:
      return untranslatable('whether a nested value is empty: compare it with something');
  }
}

export const chosen = (condition: string, then: Cel, otherwise: Cel): Cel => {
  const same = then.type === otherwise.type ? then.type : 'text';
  const side = (cel: Cel): string => (same === cel.type ? tight(cel) : asText(cel));
  return { text: `${condition} ? ${side(then)} : ${side(otherwise)}`, type: same };
};

/** A value under a name that is looked for only when it is computed: behind a condition it may be missing. */
export const present = (cel: Cel): Cel => (cel.key === undefined ? cel : celText(`data[${celString(cel.key)}]`));
