import { fails, type GoValue, Needs } from './go-values.ts';

/** Functions of text/template, of sprig and of External Secrets, as Go computes them. */
export type GoFunction = (...args: readonly GoValue[]) => GoValue;

/** Go ends where a parameter wants a text and gets something else. */
export function textOf(value: GoValue | undefined): string {
  return value?.kind === 'text' ? value.text : fails('a function wants a text');
}
/** An argument that has to be there. */
export const one = (value: GoValue | undefined): GoValue => value ?? fails('a function wants an argument');

/** The text of a value that is one of these kinds, or is made again as the first of them. */
export function needs(value: GoValue | undefined, ...kinds: readonly [Simple, ...Simple[]]): string {
  const text = textOf(value);
  const made = value?.kind === 'text' ? value.made : undefined;
  if (made && !kinds.some(kind => made.shape.kind === kind)) throw new Needs(made.at, { kind: kinds[0] });
  return text;
}
type Simple = 'number' | 'pem' | 'chain' | 'jwk' | 'public-jwk';
