import * as z from 'zod';
import { defineKind, type KubeObject } from '../../schema/define-kind.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { categories, group, version } from '../group.ts';
import { SourceStatus, sourceColumns, sourceFields } from './fields.ts';
import { ServedNamespacesSpec } from './namespaces.ts';

/** `SecretSource` for one namespace, and `ClusterSecretSource` for those that it chooses: store, login, policy. */

const common = {
  group,
  version,
  categories,
  status: SourceStatus,
  columns: sourceColumns,
  selectableFields: ['.status.provider'],
  keeps: () => ({ labels: [], annotations: [] }),
};

export const SecretSourceSpec = z.object(sourceFields).meta({ description: 'Where values come from, and who may.' });
export type SecretSourceSpec = Parsed<typeof SecretSourceSpec>;
export type SecretSource = KubeObject<'SecretSource', SecretSourceSpec, SourceStatus>;

export const secretSourceKind = defineKind<'SecretSource', SecretSourceSpec, SourceStatus>({
  ...common,
  kind: 'SecretSource',
  plural: 'secretsources',
  singular: 'secretsource',
  shortNames: ['ssrc'],
  scope: 'Namespaced',
  description: 'A secret store, and how references of this namespace log in to it.',
  spec: SecretSourceSpec,
});

export const ClusterSecretSourceSpec = z
  .object({ ...sourceFields, namespaces: ServedNamespacesSpec })
  .meta({ description: 'Where values come from, and who may.' });
export type ClusterSecretSourceSpec = Parsed<typeof ClusterSecretSourceSpec>;
export type ClusterSecretSource = KubeObject<'ClusterSecretSource', ClusterSecretSourceSpec, SourceStatus>;

export const clusterSecretSourceKind = defineKind<'ClusterSecretSource', ClusterSecretSourceSpec, SourceStatus>({
  ...common,
  kind: 'ClusterSecretSource',
  plural: 'clustersecretsources',
  singular: 'clustersecretsource',
  shortNames: ['cssrc'],
  scope: 'Cluster',
  description: 'A secret store for the namespaces that it serves; each logs in with a ServiceAccount of its own.',
  spec: ClusterSecretSourceSpec,
});

/** A source of either kind; `kind` tells them apart. */
export type AnySecretSource = SecretSource | ClusterSecretSource;

export const parseSecretSource = secretSourceKind.parse;
export const parseClusterSecretSource = clusterSecretSourceKind.parse;
