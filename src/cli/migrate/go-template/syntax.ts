/** What a Go template is made of, as far as it can be translated. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly pipe: Pipe }
  | { readonly kind: 'set'; readonly variable: string; readonly pipe: Pipe }
  | {
      readonly kind: 'if' | 'with';
      readonly pipe: Pipe;
      readonly then: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | {
      readonly kind: 'range';
      /** Variables before `:=`: one is the value, two are key and value. */
      readonly variables: readonly string[];
      readonly pipe: Pipe;
      readonly then: readonly Node[];
      readonly otherwise: readonly Node[];
    };

/** `a | b | c`: each command is given the result of the one before as its last argument. */
export type Pipe = readonly Command[];
export type Command = readonly Operand[];
export type Operand =
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'word'; readonly text: 'true' | 'false' | 'nil' }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
  | { readonly kind: 'field'; readonly of: Operand; readonly name: string };

/** Why a template cannot be translated. Thrown within this folder, caught by `translateText`. */
export class Untranslatable extends Error {}

export function untranslatable(message: string): never {
  throw new Untranslatable(message);
}
