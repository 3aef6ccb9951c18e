import { type Row, row } from './row.ts';

const reference = { dataFrom: [{ extract: { key: 'shared/warehouse' } }] };
const all = { all: true };

const clusterReference = (title: string, fields: object, at?: string, says?: string): Row =>
  row('ClusterSecretReference', title, { namespaces: all, reference, ...fields }, at, says);

/** Specs of ClusterSecretReference: what they have in common with references and sources is in the tables of those. */
export const clusterReferenceRows: readonly Row[] = [
  clusterReference('all namespaces', {}),
  clusterReference('some by name', { namespaces: { names: ['etl', 'web'] } }),
  clusterReference('some by label', { namespaces: { selector: { matchLabels: { team: 'etl' } } } }),
  clusterReference('another name', { name: 'warehouse.prod' }),
  clusterReference('labels and annotations', {
    metadata: { labels: { team: 'etl' }, annotations: { note: 'any text' } },
  }),
  clusterReference('metadata of neither', { metadata: {} }),
  clusterReference(
    'none and all',
    { namespaces: { names: ['etl'], all: true } },
    'spec.namespaces',
    'set exactly one of',
  ),
  clusterReference('nowhere', { namespaces: {} }, 'spec.namespaces', 'set exactly one of'),
  clusterReference('no namespaces', { namespaces: undefined }, 'spec.namespaces'),
  clusterReference('no reference', { reference: undefined }, 'spec.reference'),
  clusterReference('a reference to nothing', { reference: {} }, 'spec.reference', 'nothing is asked for'),
  clusterReference('a name that is none', { name: 'Warehouse' }, 'spec.name'),
  clusterReference(
    'our own label',
    { metadata: { labels: { 'shearline.dev/x': 'y' } } },
    'spec.metadata.labels',
    'reserved',
  ),
  clusterReference('a label of no value', { metadata: { labels: { team: 'a b' } } }, 'spec.metadata.labels'),
  clusterReference(
    'an annotation of Kubernetes',
    { metadata: { annotations: { 'kubernetes.io/x': 'y' } } },
    'spec.metadata.annotations',
    'reserved',
  ),
];
