import { objectSchema } from './crd.ts';
import type { KindDefinition } from './define-kind.ts';
import { limits, ruleMessages } from './limits.ts';
import { code, table } from './markdown.ts';
import type { Structural } from './structural.ts';

/** The reference docs of one kind: how to name it, its columns, and a row for each field. */
export function kindDocs(kind: KindDefinition): string {
  const { spec, status } = objectSchema(kind).properties ?? {};
  return [
    `## ${kind.kind}`,
    kind.description,
    facts(kind),
    '### Spec',
    fieldTable(spec),
    '### Status',
    fieldTable(status),
    '### Columns',
    table(
      ['Column', 'Meaning'],
      kind.columns.map(({ name, description, wide }) => [
        name.toUpperCase(),
        wide === true ? `${description} Only with \`-o wide\`.` : description,
      ]),
    ),
  ].join('\n\n');
}

function facts({ group, version, scope, plural, shortNames, selectableFields }: KindDefinition): string {
  return table(
    ['apiVersion', 'Scope', 'Names', 'Field selectors'],
    [[code(`${group}/${version}`), scope, codes([plural, ...shortNames]), codes(selectableFields)]],
  );
}

const fieldTable = (schema: Structural | undefined): string =>
  table(['Field', 'Type', 'Default', 'Meaning'], schema === undefined ? [] : rows(schema, ''));

/** Depth first, so that the fields of an object come below it. */
function rows(schema: Structural, prefix: string): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const own = [code(path), typeText(field), defaultText(schema, name, field), meaning(field)];
    const inside = field.items ?? field;
    return [own, ...rows(inside, field.items === undefined ? `${path}.` : `${path}[].`)];
  });
}

function typeText({ type, enum: values, items, additionalProperties, format }: Structural): string {
  if (items !== undefined) return `list of ${typeText(items)}`;
  if (additionalProperties !== undefined) return `map of ${typeText(additionalProperties)}`;
  if (Array.isArray(values)) return values.map(value => code(String(value))).join(', ');
  return format === 'date-time' ? 'time' : type;
}

function defaultText({ required }: Structural, name: string, field: Structural): string {
  if (required?.includes(name) === true) return 'required';
  return field.default === undefined || field.type === 'object' ? '' : code(String(field.default));
}

/** The description, then the bounds, then the rules, each as a sentence. */
function meaning(field: Structural): string {
  const { description = '', items, additionalProperties } = field;
  const inside = items ?? additionalProperties;
  const each = inside === undefined ? [] : limits(inside).map(limit => `each ${limit}`);
  const sentences = [[...limits(field), ...each].join(', '), ...ruleMessages(field)];
  return [description, ...sentences.filter(text => text !== '').map(sentence)].join(' ').trim();
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const codes = (texts: readonly string[]): string => texts.map(code).join(', ');
