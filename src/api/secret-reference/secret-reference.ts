import * as z from 'zod';
import type { Keeps, ObjectMeta } from '../../core/object-meta.ts';
import { defineKind, type KubeObject } from '../../schema/define-kind.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { type Rule, withRules } from '../../schema/rule.ts';
import { annotations, labels, managedNames } from '../annotations.ts';
import { ageColumn, readyColumn, reasonColumn } from '../conditions.ts';
import { listMap, RefreshInterval, SourceRef } from '../fields.ts';
import { categories, group, version } from '../group.ts';
import { DataEntry } from './data.ts';
import { DataFromEntry } from './data-from.ts';
import { DeliverySpec, deliveryRules } from './delivery.ts';
import { RotationSpec, rotationRules } from './rotation.ts';
import { SecretReferenceStatus } from './status.ts';
import { TargetSpec } from './target.ts';
import { showsMetadata } from './template.ts';

export type { SourceRef } from '../fields.ts';

/** `SecretReference`: which remote values one namespace wants, and the Secret that they become. */

const wantsSomething: Rule<{ readonly data: readonly unknown[]; readonly dataFrom: readonly unknown[] }> = {
  cel: '(has(self.data) && size(self.data) > 0) || (has(self.dataFrom) && size(self.dataFrom) > 0)',
  message: 'set data, dataFrom or both: nothing is asked for',
  holds: spec => spec.data.length + spec.dataFrom.length > 0,
};

export const SecretReferenceSpec = withRules(
  z.object({
    sourceRef: SourceRef.exactOptional().meta({
      description: 'The source to read from. Default: the default source of the namespace.',
    }),
    owner: z.string().min(1).max(253).exactOptional().meta({
      description: 'Who answers for this secret: a team or a person. Shown in columns, alerts and reports.',
    }),
    refreshInterval: RefreshInterval.prefault('1h').meta({
      description:
        'How often the store is asked for newer values. "0s": only on rotation, spec change or drift. Only with refreshPolicy Periodic.',
    }),
    refreshPolicy: z.enum(['Periodic', 'OnChange', 'Once']).default('Periodic').meta({
      description:
        'Periodic: newer values are asked for every refreshInterval. OnChange: only when the reference or its source is edited. Once: never; an edit is carried out with the versions that are served. A rotation moves to the newest values whatever the policy, and a Secret that somebody changed or deleted is put back.',
    }),
    data: listMap(DataEntry, 'secretKey', 256).default([]).meta({
      description: 'Single values, each under a key of its own. They win over dataFrom.',
    }),
    dataFrom: z.array(DataFromEntry).max(32).default([]).meta({
      description:
        'Whole remote secrets: all pairs of one, or all that match. Where two give one key, onConflict of the later decides.',
      'x-kubernetes-list-type': 'atomic',
    }),
    target: TargetSpec.prefault({}),
    rotation: RotationSpec.exactOptional(),
    delivery: DeliverySpec.prefault({}),
    suspend: z.boolean().default(false).meta({
      description: 'When true, nothing is read or written, and rotation requests wait.',
    }),
  }),
  wantsSomething,
  ...deliveryRules,
  ...rotationRules,
).meta({ description: 'What is wanted.' });
export type SecretReferenceSpec = Parsed<typeof SecretReferenceSpec>;

const ownMetadata = {
  labels: [labels.delivery],
  annotations: [annotations.rotate, annotations.forceSync, annotations.requestedBy, annotations.rollback],
};

/** The ClusterSecretReferences that make a reference; hardly ever more than one. */
export const generatorsOf = ({ ownerReferences }: Pick<ObjectMeta, 'ownerReferences'>): readonly string[] =>
  ownerReferences
    .filter(({ apiVersion, kind }) => kind === 'ClusterSecretReference' && apiVersion.startsWith(`${group}/`))
    .map(({ name }) => name);

/** What its ClusterSecretReference put there, to see that it is still there. */
function generatedMetadata(metadata: ObjectMeta): Keeps {
  const managed = managedNames(metadata.annotations);
  return {
    labels: [...ownMetadata.labels, labels.clusterReference, ...managed.labels],
    annotations: [
      ...ownMetadata.annotations,
      annotations.clusterRotate,
      annotations.managedMetadata,
      ...managed.annotations,
    ],
  };
}

export type SecretReference = KubeObject<'SecretReference', SecretReferenceSpec, SecretReferenceStatus>;

export const secretReferenceKind = defineKind<'SecretReference', SecretReferenceSpec, SecretReferenceStatus>({
  group,
  version,
  kind: 'SecretReference',
  plural: 'secretreferences',
  singular: 'secretreference',
  shortNames: ['sref'],
  categories,
  scope: 'Namespaced',
  description: 'Keeps one Secret in step with values of a secret store.',
  spec: SecretReferenceSpec,
  status: SecretReferenceStatus,
  columns: [
    { name: 'Source', type: 'string', jsonPath: '.status.source.name', description: 'The source in use.' },
    { name: 'Target', type: 'string', jsonPath: '.status.target.name', description: 'The Secret that is written.' },
    { name: 'Revision', type: 'integer', jsonPath: '.status.target.revision', description: 'Changes of content.' },
    readyColumn,
    reasonColumn('Synced'),
    { name: 'Last-Sync', type: 'date', jsonPath: '.status.lastSyncTime', description: 'When it was last written.' },
    ageColumn,
    { name: 'Owner', type: 'string', jsonPath: '.spec.owner', description: 'Who answers for it.', wide: true },
    { name: 'Keys', type: 'integer', jsonPath: '.status.target.keys', description: 'Number of keys.', wide: true },
    {
      name: 'Rotated',
      type: 'date',
      jsonPath: '.status.rotation.time',
      description: 'When a rotation was last answered.',
      wide: true,
    },
    {
      name: 'Rotation-Due',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="RotationDue")].status',
      description: 'Whether what is served is older than spec.rotation.every.',
      wide: true,
    },
    {
      name: 'Safe-To-Revoke',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="SafeToRevoke")].status',
      description: 'Whether no pod reads an older value.',
      wide: true,
    },
  ],
  selectableFields: ['.status.source.name', '.status.source.kind', '.status.target.name', '.spec.owner'],
  keeps: (spec, metadata) => {
    if (spec.ok && showsMetadata(spec.value.target.template)) return {};
    return generatorsOf(metadata).length > 0 ? generatedMetadata(metadata) : ownMetadata;
  },
});

export const parseSecretReference = secretReferenceKind.parse;
