import { type Document, isMap, isScalar, parseDocument, stringify } from 'yaml';
import * as z from 'zod';
import { code, table } from '../../schema/markdown.ts';

/** What is written of a chart's values: the schema that Helm checks them by, values.yaml, and the table of the README. */
type Schema = z.core.JSONSchema.JSONSchema;

/** Draft 7 is what all of Helm's validators know. What has a default is required, so that nothing can be taken away by null unnoticed. */
export const schemaOf = (values: z.ZodType): Schema => z.toJSONSchema(values, { target: 'draft-7', io: 'output' });

export const schemaFile = (values: z.ZodType): string => `${JSON.stringify(schemaOf(values), undefined, 2)}\n`;

/** The defaults, each with its meaning above it. */
export function valuesFile(values: z.ZodType, note: string): string {
  const schema = schemaOf(values);
  const document = parseDocument(stringify(defaultsOf(schema)));
  comment(document.contents, schema);
  return `${note}\n${render(document)}`;
}

/** A row for each value, sections apart. */
export function valuesTable(values: z.ZodType): string {
  return table(['Value', 'Default', 'Meaning'], rows(schemaOf(values), ''));
}

function rows(schema: Schema, prefix: string): readonly (readonly string[])[] {
  return fieldsOf(schema).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const { description = '' } = field;
    return isSection(field)
      ? [[`**${code(path)}**`, '', description], ...rows(field, `${path}.`)]
      : [[code(path), code(JSON.stringify(field.default ?? null)), description]];
  });
}

const defaultsOf = (schema: Schema): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    fieldsOf(schema).map(([name, field]) => [name, isSection(field) ? defaultsOf(field) : (field.default ?? null)]),
  );

function comment(node: unknown, schema: Schema): void {
  if (!isMap(node)) return;
  const fields = new Map(fieldsOf(schema));
  for (const { key, value } of node.items) {
    const field = isScalar(key) ? fields.get(String(key.value)) : undefined;
    if (field === undefined || !isScalar(key)) continue;
    key.commentBefore = ` ${field.description ?? ''}`;
    if (isSection(field)) comment(value, field);
  }
}

const render = (document: Document): string => document.toString({ lineWidth: 0 });

/** A section holds values of ours; a map that is one value has no fields of its own. */
const isSection = ({ properties }: Schema): boolean => properties !== undefined;

const fieldsOf = ({ properties = {} }: Schema): readonly (readonly [string, Schema])[] =>
  Object.entries(properties).flatMap(([name, field]) => (typeof field === 'boolean' ? [] : [[name, field] as const]));
