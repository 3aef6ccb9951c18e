/** What made-up values look like. It is found out by running a template: whatever takes a value apart says what it needs. */

export type Shape =
  | { readonly kind: 'text' | 'number' | 'pem' | 'chain' | 'jwk' | 'public-jwk' }
  /** Encoded, and what is inside. */
  | { readonly kind: 'base64' | 'json' | 'yaml'; readonly of: Shape }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly kind: 'list'; readonly of: Shape };

/** Where in the made-up values something is: the key of a value, then what was done to get there. */
export interface Origin {
  readonly key: string;
  readonly steps: readonly Step[];
}
export type Step = 'inside' | 'item' | { readonly field: string };

/** The values, each by its key. */
export type Shapes = ReadonlyMap<string, Shape>;

export const text: Shape = { kind: 'text' };

/** The same values, of which one is now as something needs it. */
export function grown(shapes: Shapes, { key, steps }: Origin, need: Shape): Shapes {
  return new Map(shapes).set(key, replaced(shapes.get(key) ?? text, steps, need));
}

function replaced(shape: Shape, [step, ...rest]: readonly Step[], need: Shape): Shape {
  if (step === undefined) return joined(shape, need);
  if (step === 'inside' || step === 'item')
    return 'of' in shape ? { ...shape, of: replaced(shape.of, rest, need) } : shape;
  if (shape.kind !== 'object') return shape;
  const field = replaced(shape.fields[step.field] ?? text, rest, need);
  return { kind: 'object', fields: { ...shape.fields, [step.field]: field } };
}

const joined = (shape: Shape, need: Shape): Shape =>
  shape.kind === 'object' && need.kind === 'object'
    ? { kind: 'object', fields: { ...shape.fields, ...need.fields } }
    : need;

/** What made-up values are filled with. */
export interface Filling {
  /** A text for a place: another one for each. */
  readonly text: (place: string) => string;
  readonly number: number;
  /** A chain and a key. */
  readonly pem: string;
  readonly chain: string;
  readonly jwk: string;
  readonly publicJwk: string;
}

/** The text of a value of this shape. */
export function filled(shape: Shape, filling: Filling, place: string): string {
  const content = contentOf(shape, filling, place);
  return typeof content === 'string' ? content : JSON.stringify(content);
}

/** What decoding gives. */
export function contentOf(shape: Shape, filling: Filling, place: string): unknown {
  switch (shape.kind) {
    case 'text':
      return filling.text(place);
    case 'number':
      return `${filling.number}`;
    case 'pem':
      return filling.pem;
    case 'chain':
      return filling.chain;
    case 'jwk':
      return filling.jwk;
    case 'public-jwk':
      return filling.publicJwk;
    case 'base64':
      return Buffer.from(filled(shape.of, filling, place)).toString('base64');
    case 'json':
    case 'yaml':
      return JSON.stringify(contentOf(shape.of, filling, place));
    case 'object':
      return Object.fromEntries(
        Object.entries(shape.fields).map(([name, each]) => [name, contentOf(each, filling, `${place}.${name}`)]),
      );
    case 'list':
      return ['a', 'b'].map(item => contentOf(shape.of, filling, `${place}.${item}`));
    default:
      return shape satisfies never;
  }
}
