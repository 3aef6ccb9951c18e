import { certificates } from './certificates.ts';
import { databases } from './databases.ts';
import { documents } from './documents.ts';
import { encoding } from './encoding.ts';
import type { TemplateFunction } from './functions.ts';
import { keystores } from './keystores.ts';
import { logins } from './logins.ts';
import { operators } from './operators.ts';
import { quoting } from './quoting.ts';
import { strings } from './strings.ts';
import { tools } from './tools.ts';

/** The functions of templates by their chapters, which docs/templates.md shows and whose examples tests run. */
export const chapters: readonly Chapter[] = [
  strings,
  encoding,
  documents,
  quoting,
  databases,
  tools,
  logins,
  certificates,
  keystores,
];

/** Functions that belong together. */
export interface Chapter {
  readonly title: string;
  /** What a reader should know about all of them. */
  readonly about?: string;
  readonly functions: readonly TemplateFunction[];
}

export const templateFunctions: readonly TemplateFunction[] = [
  ...operators,
  ...chapters.flatMap(({ functions }) => functions),
];

/** What may be called, and with how many arguments. */
export const functionNames: ReadonlyMap<
  string,
  { readonly parameters: readonly string[]; readonly counts: readonly number[] }
> = new Map(
  chapters
    .flatMap(({ functions }) => functions)
    .map(each => [each.name, { parameters: each.parameters, counts: countsOf(each) }]),
);

function countsOf({ parameters }: TemplateFunction): readonly number[] {
  const least = parameters.filter(name => !name.endsWith('?')).length;
  return Array.from({ length: parameters.length - least + 1 }, (_, index) => least + index);
}

const groups = new Set(
  [...functionNames.keys()].filter(name => name.includes('.')).map(name => name.slice(0, name.indexOf('.'))),
);

/** Whether a name stands for functions: `base64` of `base64.encode`. */
export const isGroup = (name: string): boolean => groups.has(name);

/** As CEL's library knows it: no expression of a tenant can say it. */
export const internalName = (name: string): string => `f_${name.replace('.', '_')}`;
