import { type Column, type KindDefinition, unreported } from './define-kind.ts';
import { type Structural, structural } from './structural.ts';

/** The CustomResourceDefinition of a kind, ready to be printed. */
export function customResourceDefinition(kind: KindDefinition) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: kind.shortNames,
        categories: kind.categories,
      },
      scope: kind.scope,
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns.map(printerColumn),
          selectableFields: kind.selectableFields.map(jsonPath => ({ jsonPath })),
          schema: { openAPIV3Schema: withoutDefaultsInEntries(objectSchema(kind)) },
        },
      ],
    },
  };
}

const printerColumn = ({ name, type, jsonPath, description, wide }: Column) => ({
  name,
  type,
  jsonPath,
  description,
  ...(wide === true ? { priority: 1 } : {}),
});

/**
 * Defaults of what is inside an entry of a list are the parser's alone. Lists are compared as a whole: a default that is
 * written into an entry would be a difference from what was applied, and Argo CD would show drift for ever.
 */
function withoutDefaultsInEntries(schema: Structural, inEntry = false): Structural {
  const { items, properties, additionalProperties } = schema;
  const inside = (each: Structural, isEntry: boolean) => withoutDefaultsInEntries(each, isEntry);
  return {
    ...schema,
    ...(inEntry && { default: undefined, description: describedDefault(schema) }),
    items: items && inside(items, true),
    properties:
      properties &&
      Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, inside(field, inEntry)])),
    additionalProperties: additionalProperties && inside(additionalProperties, inEntry),
  };
}

/** So that `kubectl explain` shows it still. */
function describedDefault({ description = '', default: value }: Structural): string | undefined {
  const says = typeof value === 'boolean' || (typeof value === 'string' && value !== '');
  return `${description}${says ? ` Default: ${value}.` : ''}`.trim() || undefined;
}

/** The schema of the whole object; `metadata` is the API server's own. */
export function objectSchema({ description, spec, status }: KindDefinition): Structural {
  return {
    description,
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structural(spec),
      status: { ...structural(status), default: unreported },
    },
  };
}
