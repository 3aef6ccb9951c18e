import { kinds } from '../api/kinds.ts';
import { fieldOf, isJsonObject, type JsonObject } from '../core/untyped.ts';
import { bindProvider } from '../providers/index.ts';
import type { KindDefinition } from '../schema/define-kind.ts';
import { explainIssue } from '../schema/explain.ts';
import { fieldPaths } from '../schema/field-paths.ts';
import type { Path } from './documents.ts';

/** Manifests of our own kinds, judged as the API server and the operator would: fields that nobody knows, values that nobody takes. */

/** The definition of an object's kind; undefined for objects of others. */
export const ownKind = ({ apiVersion, kind }: JsonObject): KindDefinition | undefined =>
  kinds.find(each => apiVersion === `${each.group}/${each.version}` && each.kind === kind);

export interface Flaw {
  readonly path: Path;
  /** Never quotes a value. */
  readonly message: string;
}

/** Unknown fields of the spec. The API server would drop each of them without a word. */
export function unknownFields(kind: KindDefinition, { spec }: JsonObject): readonly Path[] {
  const known = knownOf(kind);
  return [...strangers(known, spec, 'spec', ['spec'])];
}

/** What the parser of the kind refuses, field by field. */
export function invalidFields({ spec: schema }: KindDefinition, { spec }: JsonObject): readonly Flaw[] {
  const parsed = schema.safeParse(spec, { error: explainIssue });
  if (parsed.success) return providerFlaws(parsed.data);
  return parsed.error.issues.map(({ path, message }) => ({
    path: ['spec', ...path.map(part => (typeof part === 'number' ? part : String(part)))],
    message,
  }));
}

/** What only the provider itself can say of its spec. */
function providerFlaws(spec: unknown): readonly Flaw[] {
  const provider = fieldOf(spec, 'provider');
  const bound = isJsonObject(provider) ? bindProvider(provider) : undefined;
  return bound === undefined || bound.ok ? [] : [{ path: ['spec', 'provider'], message: bound.fault.message }];
}

/** `spec.data[3].secretKey` */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : join(text, part)), '');

const join = (text: string, part: string): string => {
  const name = part.slice(0, 63);
  return text === '' ? name : `${text}.${name}`;
};

interface Known {
  readonly fields: ReadonlySet<string>;
  /** Paths below which there are fields; below others, a map may have any name. */
  readonly parents: ReadonlySet<string>;
}

const seen = new Map<KindDefinition, Known>();

function knownOf(kind: KindDefinition): Known {
  const known = seen.get(kind) ?? knownFields(kind);
  seen.set(kind, known);
  return known;
}

function knownFields(kind: KindDefinition): Known {
  const fields = fieldPaths(kind.spec, 'spec');
  return { fields: new Set(fields), parents: new Set(fields.map(path => path.slice(0, path.lastIndexOf('.')))) };
}

function* strangers(known: Known, value: unknown, field: string, path: Path): Generator<Path> {
  if (Array.isArray(value)) {
    for (const [at, each] of value.entries()) yield* strangers(known, each, `${field}[]`, [...path, at]);
    return;
  }
  if (!isJsonObject(value) || !known.parents.has(field)) {
    // A map of objects: its names are free, what is below them is not.
    if (isJsonObject(value) && known.parents.has(`${field}.*`))
      for (const [name, each] of Object.entries(value)) yield* strangers(known, each, `${field}.*`, [...path, name]);
    return;
  }
  for (const [name, each] of Object.entries(value)) {
    const below = `${field}.${name}`;
    if (known.fields.has(below)) yield* strangers(known, each, below, [...path, name]);
    else yield [...path, name];
  }
}
