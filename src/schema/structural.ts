import * as z from 'zod';

/** A structural OpenAPI v3 schema: what a CRD may contain, as far as we use it. */
export interface Structural {
  readonly type: string;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly required?: readonly string[] | undefined;
  readonly items?: Structural | undefined;
  readonly properties?: Readonly<Record<string, Structural>> | undefined;
  readonly additionalProperties?: Structural | undefined;
  readonly [keyword: string]: unknown;
}

// In the order in which people read them; properties and items come after.
const copied = [
  'format',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
];
const converted = ['type', 'description', 'default', 'required', 'items', 'properties', 'additionalProperties'];
const known = new Set([...copied, ...converted]);

/** Throws for what Kubernetes could not store: that is a bug in a definition, and `make generate` finds it. */
export function structural(schema: z.ZodType): Structural {
  return convert(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline', cycles: 'throw' }));
}

function convert(json: z.core.JSONSchema.JSONSchema): Structural {
  const strange = Object.keys(json).find(keyword => !known.has(keyword));
  if (strange !== undefined) throw new Error(`a structural schema cannot hold "${strange}"`);
  const { description, required, properties, items } = json;
  const additionalProperties = isOpaque(json) ? undefined : json.additionalProperties;
  return {
    description,
    type: typeOf(json),
    default: defaultOf(json),
    ...Object.fromEntries(copied.map(keyword => [keyword, keyword === 'maximum' ? maximumOf(json) : json[keyword]])),
    required,
    properties: properties && Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, child(each)])),
    items: items === undefined ? undefined : child(items),
    additionalProperties: additionalProperties === undefined ? undefined : child(additionalProperties),
  };
}

/** Stored as it is: nothing is said of what is in it. */
const isOpaque = (json: z.core.JSONSchema.JSONSchema): boolean => json['x-kubernetes-preserve-unknown-fields'] === true;

function child(json: z.core.JSONSchema._JSONSchema | z.core.JSONSchema._JSONSchema[]): Structural {
  if (typeof json === 'boolean' || Array.isArray(json)) throw new Error('a structural schema describes each field');
  return convert(json);
}

function typeOf({ type, enum: values }: z.core.JSONSchema.JSONSchema): string {
  if (typeof type !== 'string') throw new Error('a structural schema gives each field exactly one type');
  return type === 'number' && values?.every(Number.isInteger) === true ? 'integer' : type;
}

/**
 * Defaults of empty lists and maps are for our parser only: written into everybody's objects, they would be
 * differences from what was applied. An empty *object* stays, because the defaults of its fields hang on it.
 */
function defaultOf(json: z.core.JSONSchema.JSONSchema): unknown {
  const isCollection = json.type === 'array' || json.additionalProperties !== undefined;
  return isCollection && isEmpty(json.default) ? undefined : json.default;
}

/** The bound that JavaScript puts on whole numbers is not one of the field's. */
const maximumOf = ({ maximum }: z.core.JSONSchema.JSONSchema): number | undefined =>
  maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
