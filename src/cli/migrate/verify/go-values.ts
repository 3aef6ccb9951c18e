import { isJsonObject } from '../../../core/untyped.ts';
import { type Origin, type Shape, type Step, text } from './shapes.ts';

/** What a Go template computes with. */
export type GoValue =
  | { readonly kind: 'text'; readonly text: string; readonly made?: Made }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'nil' }
  | { readonly kind: 'list'; readonly items: readonly GoValue[] }
  | {
      readonly kind: 'map';
      readonly entries: ReadonlyMap<string, GoValue>;
      /** The values themselves: a map of texts in Go, which functions for maps do not take. */
      readonly isRoot?: true;
      readonly made?: Made;
    };

/** Of a value that was made up: it can be made otherwise. */
export interface Made {
  readonly at: Origin;
  readonly shape: Shape;
}

/** Run again with a made-up value of another shape. */
export class Needs extends Error {
  readonly at: Origin;
  readonly shape: Shape;
  constructor(at: Origin, shape: Shape) {
    super('needs another value');
    this.at = at;
    this.shape = shape;
  }
}
/** Go itself ends with an error. */
export class GoFails extends Error {}
/** What this evaluator does not know, in our words. */
export class NotChecked extends Error {}

export const goText = (text: string): GoValue => ({ kind: 'text', text });
export const goNumber = (value: number): GoValue => ({ kind: 'number', value });
export const goBool = (value: boolean): GoValue => ({ kind: 'bool', value });
export const nil: GoValue = { kind: 'nil' };

export function fails(message: string): never {
  throw new GoFails(message);
}
export function notChecked(message: string): never {
  throw new NotChecked(message);
}

/** What `if` takes for true, and sprig for not empty. */
export function isTrue(value: GoValue): boolean {
  switch (value.kind) {
    case 'text':
      return value.text !== '';
    case 'number':
      return value.value !== 0;
    case 'bool':
      return value.value;
    case 'nil':
      return false;
    case 'list':
      return value.items.length > 0;
    case 'map':
      return value.entries.size > 0;
    default:
      return value satisfies never;
  }
}

/** As fmt prints it with %v. */
export function plain(value: GoValue): string {
  switch (value.kind) {
    case 'text':
      return value.text;
    case 'number':
    case 'bool':
      return `${value.value}`;
    case 'nil':
      return '<nil>';
    default:
      return notChecked('how Go prints a list or a map');
  }
}

/** What was decoded, with where it comes from if it was made up. */
export function goValueOf(value: unknown, made?: Made): GoValue {
  const below = (step: Step): Made | undefined =>
    made && { at: { ...made.at, steps: [...made.at.steps, step] }, shape: shapeBelow(made.shape, step) };
  if (Array.isArray(value)) return { kind: 'list', items: value.map(each => goValueOf(each, below('item'))) };
  if (isJsonObject(value)) {
    const sorted = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const entries = new Map(sorted.map(([name, each]) => [name, goValueOf(each, below({ field: name }))]));
    return { kind: 'map', entries, ...(made && { made }) };
  }
  if (typeof value === 'boolean') return goBool(value);
  if (typeof value === 'number')
    return Math.abs(value) < 1e6 ? goNumber(value) : notChecked('how Go prints large numbers');
  return typeof value === 'string' ? { kind: 'text', text: value, ...(made && { made }) } : nil;
}

function shapeBelow(shape: Shape, step: Step): Shape {
  if (typeof step === 'object') return (shape.kind === 'object' && shape.fields[step.field]) || text;
  return 'of' in shape ? shape.of : text;
}

/** `.name` of a value; what is not there is an error in External Secrets, so it is made up. */
export function field(value: GoValue, name: string): GoValue {
  if (value.kind === 'map') {
    const found = value.entries.get(name);
    if (found) return found;
    if (value.isRoot) throw new Needs({ key: name, steps: [] }, text);
    if (value.made) throw new Needs(value.made.at, { kind: 'object', fields: { [name]: text } });
  }
  if (value.kind === 'text' && value.made && value.made.at.steps.length > 0)
    throw new Needs(value.made.at, { kind: 'object', fields: { [name]: text } });
  return fails('a field of what has none');
}
