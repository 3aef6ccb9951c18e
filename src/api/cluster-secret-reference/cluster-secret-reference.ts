import * as z from 'zod';
import { fieldOf, isJsonObject, type JsonObject } from '../../core/untyped.ts';
import { defineKind, type KubeObject } from '../../schema/define-kind.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { type Rule, withRules } from '../../schema/rule.ts';
import { annotations } from '../annotations.ts';
import { ageColumn, readyColumn, reasonColumn } from '../conditions.ts';
import { objectName, stringMap } from '../fields.ts';
import { categories, group, version } from '../group.ts';
import { labelValue, noReservedKeys, validKeys } from '../metadata-rules.ts';
import { SecretReferenceSpec } from '../secret-reference/secret-reference.ts';
import { ServedNamespacesSpec } from '../secret-source/namespaces.ts';
import { ClusterSecretReferenceStatus } from './status.ts';

/** `ClusterSecretReference`: one SecretReference in each of many namespaces. */

/** Under another name each namespace would have two for a while, which write the same Secret. */
const nameStays: Rule<{ readonly name?: string | undefined }> = {
  cel: 'has(self.name) == has(oldSelf.name) && (!has(self.name) || self.name == oldSelf.name)',
  message: 'name cannot be changed: make another ClusterSecretReference',
};

const GeneratedMetadata = z.object({
  labels: withRules(stringMap(labelValue, 64), validKeys, noReservedKeys).exactOptional().meta({
    description: 'Labels of each SecretReference. Labels that others put on it are left alone.',
  }),
  annotations: withRules(stringMap(z.string().max(4096), 64), validKeys, noReservedKeys)
    .exactOptional()
    .meta({
      description: 'Annotations of each SecretReference. Annotations that others put on it are left alone.',
    }),
});

export const ClusterSecretReferenceSpec = withRules(
  z.object({
    namespaces: ServedNamespacesSpec.meta({
      description:
        'In which namespaces there is a SecretReference: exactly one of names, selector, all. Where it is chosen no longer, it is deleted.',
    }),
    name: objectName.exactOptional().meta({
      description: 'Name of each SecretReference; default: the name of this object. It cannot be changed.',
    }),
    metadata: GeneratedMetadata.exactOptional().meta({ description: 'What each SecretReference carries.' }),
    reference: SecretReferenceSpec.meta({
      description: 'The spec of each SecretReference. Whoever changes it there finds it put back.',
    }),
  }),
  nameStays,
).meta({ description: 'What is wanted, and where.' });
export type ClusterSecretReferenceSpec = Parsed<typeof ClusterSecretReferenceSpec>;

type Parsable = KubeObject<'ClusterSecretReference', ClusterSecretReferenceSpec, ClusterSecretReferenceStatus>;

export interface ClusterSecretReference extends Parsable {
  /** `spec.reference` as it was written: what is written in turn. */
  readonly written: JsonObject;
}

export const clusterSecretReferenceKind = defineKind<
  'ClusterSecretReference',
  ClusterSecretReferenceSpec,
  ClusterSecretReferenceStatus
>({
  group,
  version,
  kind: 'ClusterSecretReference',
  plural: 'clustersecretreferences',
  singular: 'clustersecretreference',
  shortNames: ['csref'],
  categories,
  scope: 'Cluster',
  description: 'Makes one SecretReference in each of many namespaces. The operator must run with --cluster-references.',
  spec: ClusterSecretReferenceSpec,
  status: ClusterSecretReferenceStatus,
  columns: [
    {
      name: 'Namespaces',
      type: 'integer',
      jsonPath: '.status.namespaces.matched',
      description: 'How many are chosen.',
    },
    { name: 'In-Step', type: 'integer', jsonPath: '.status.namespaces.ready', description: 'How many are Ready.' },
    {
      name: 'Failed',
      type: 'integer',
      jsonPath: '.status.namespaces.failed',
      description: 'How many fail.',
    },
    {
      name: 'Conflicts',
      type: 'integer',
      jsonPath: '.status.namespaces.conflicts',
      description: 'How many have one of that name that belongs to others.',
    },
    readyColumn,
    reasonColumn('Ready'),
    ageColumn,
    {
      name: 'Owner',
      type: 'string',
      jsonPath: '.spec.reference.owner',
      description: 'Who answers for it.',
      wide: true,
    },
  ],
  selectableFields: ['.spec.reference.owner'],
  keeps: () => ({ labels: [], annotations: [annotations.rotate, annotations.requestedBy] }),
});

export function parseClusterSecretReference(
  raw: unknown,
  before?: ClusterSecretReference,
): ClusterSecretReference | undefined {
  const object = clusterSecretReferenceKind.parse(raw, before);
  if (object === undefined) return undefined;
  const written = fieldOf(fieldOf(raw, 'spec'), 'reference');
  return { ...object, written: isJsonObject(written) ? written : {} };
}
