import { readFileSync } from 'node:fs';
import { type ModuleItem, parseSync } from '@swc/core';
import * as z from 'zod';
import { readSources } from '../architecture/source.ts';

/** A regular expression of src/. */
export interface Expression {
  /** Below src/, as `net/tls.ts`. */
  readonly path: string;
  /** As it stands there, `/=+$/g`. */
  readonly text: string;
  readonly regexp: RegExp;
}

export const nameOf = ({ path, text }: Expression): string => `${path} ${text}`;

const root = `${import.meta.dirname}/../../src`;

/** Programs for those who work on the operator: nobody else's text gets there. */
export const isForUs = (path: string): boolean => path.startsWith('cli/');

export const expressionsOfSource = (): readonly Expression[] =>
  readSources()
    .filter(({ path }) => !isForUs(path))
    .flatMap(({ path }) => expressionsIn(path, readFileSync(`${root}/${path}`, 'utf8')));

/** All that a file has, literal or put together of its own constants. */
export function expressionsIn(path: string, code: string): readonly Expression[] {
  const module = parseSync(code, { syntax: 'typescript', target: 'es2024' });
  const bytes = Buffer.from(code);
  const textOf = ({ start, end }: z.infer<typeof Span>): string =>
    bytes.toString('utf8', start - module.span.start, end - module.span.start);
  const nodes = nodesOf(module);
  const constants = module.body.flatMap(declaredIn).flatMap(node => {
    const { id, init } = Constant.safeParse(node).data ?? {};
    return id && init ? [`const ${id.value} = ${textOf(init.span)};`] : [];
  });
  return nodes.flatMap(node => {
    const literal = Literal.safeParse(node).data;
    if (literal) return [expression(path, new RegExp(literal.pattern, literal.flags))];
    const made = Made.safeParse(node).data;
    return made ? [expression(path, evaluated(path, textOf(made.span), constants))] : [];
  });
}

const expression = (path: string, regexp: RegExp): Expression => ({ path, text: `${regexp}`, regexp });

const Span = z.object({ start: z.number(), end: z.number() });
const Literal = z.object({ type: z.literal('RegExpLiteral'), pattern: z.string(), flags: z.string() });
const Made = z.object({
  type: z.enum(['NewExpression', 'CallExpression']),
  callee: z.object({ type: z.literal('Identifier'), value: z.literal('RegExp') }),
  span: Span,
});
const Constant = z.object({
  type: z.literal('VariableDeclarator'),
  id: z.object({ type: z.literal('Identifier'), value: z.string() }),
  init: z.object({
    type: z.enum(['StringLiteral', 'TemplateLiteral', 'ArrayExpression', 'RegExpLiteral']),
    span: Span,
  }),
});

/** At the top of a file, exported or not. */
function declaredIn(item: ModuleItem): readonly object[] {
  const declaration = item.type === 'ExportDeclaration' ? item.declaration : item;
  return declaration.type === 'VariableDeclaration' ? declaration.declarations : [];
}

function nodesOf(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(nodesOf)];
}

/** `new RegExp(…)` of constants of the same file. */
function evaluated(path: string, text: string, constants: readonly string[]): RegExp {
  try {
    const made: unknown = new Function(`${constants.join('\n')}\nreturn ${text};`)();
    if (made instanceof RegExp) return made;
  } catch {
    // Told below.
  }
  throw new Error(`${path}: ${text} cannot be looked at: put it together of constants of the same file`);
}
