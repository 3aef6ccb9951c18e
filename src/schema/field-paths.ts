import * as z from 'zod';

/** The paths of all fields, such as `spec.data[].secretKey`: of our own definitions, and of the schema that they become. */

/** Of a definition. By hand, because making the whole JSON schema of it takes a hundred times as long. */
export function fieldPaths(definition: z.core.$ZodType, path: string): readonly string[] {
  if (definition instanceof z.ZodObject) return named(Object.entries(definition.shape), path, fieldPaths);
  if (definition instanceof z.ZodArray) return fieldPaths(definition.element, `${path}[]`);
  if (definition instanceof z.ZodRecord) return fieldPaths(definition.valueType, `${path}.*`);
  if (definition instanceof z.ZodPipe) return fieldPaths(definition.in, path);
  return isWrapper(definition) ? fieldPaths(definition.unwrap(), path) : [];
}

/** Of a JSON schema, such as an API server publishes. */
export function publishedPaths(schema: unknown, path: string): readonly string[] {
  const { properties, items, additionalProperties } = fieldsOf(schema);
  return [
    ...named(Object.entries(fieldsOf(properties)), path, publishedPaths),
    ...(items === undefined ? [] : publishedPaths(items, `${path}[]`)),
    ...(additionalProperties === undefined ? [] : publishedPaths(additionalProperties, `${path}.*`)),
  ];
}

const named = <T>(
  fields: readonly (readonly [string, T])[],
  path: string,
  pathsOf: (field: T, path: string) => readonly string[],
): readonly string[] => fields.flatMap(([name, field]) => [`${path}.${name}`, ...pathsOf(field, `${path}.${name}`)]);

type Wrapper = z.core.$ZodType & { unwrap(): z.core.$ZodType };

const isWrapper = (definition: z.core.$ZodType): definition is Wrapper =>
  'unwrap' in definition && typeof definition.unwrap === 'function';

const fieldsOf = (schema: unknown): Readonly<Record<string, unknown>> =>
  typeof schema === 'object' && schema !== null ? { ...schema } : {};
