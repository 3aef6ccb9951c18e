import type * as z from 'zod';

/** What a parser gives: the schema's output, read-only all the way down, at no cost when it runs. */
export type Parsed<S extends z.ZodType> = DeepReadonly<z.output<S>>;

export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;
