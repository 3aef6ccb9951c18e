import { type Row, row } from './row.ts';

const extract = { dataFrom: [{ extract: { key: 'etl/warehouse' } }] };
const entry = { secretKey: 'A', remoteRef: { key: 'etl/a' } };

const reference = (title: string, spec: unknown, at?: string, says?: string): Row =>
  row('SecretReference', title, spec, at, says);

const interval = (refreshInterval: unknown) => ({ ...extract, refreshInterval });
const target = (fields: unknown) => ({ ...extract, target: fields });
const secretKey = (name: string) => ({ data: [{ ...entry, secretKey: name }] });
const entries = (count: number) => Array.from({ length: count }, (_, index) => ({ ...entry, secretKey: `K${index}` }));
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, 'v']));

const badInterval = 'must be a duration';
const badKeyName = 'each key must be a name';
const reserved = 'are reserved';

export const referenceRows: readonly Row[] = [
  reference('the smallest reference', extract),
  reference('one key', { data: [entry] }),
  reference('nothing asked for', {}, 'spec', 'nothing is asked for'),
  reference('empty lists', { data: [], dataFrom: [] }, 'spec', 'nothing is asked for'),

  reference('an interval of zero', interval('0s')),
  reference('the shortest interval', interval('10s')),
  reference('an interval of several units', interval('1h30m5s')),
  reference('a shorter interval', interval('9s'), 'spec.refreshInterval', badInterval),
  reference('an empty interval', interval(''), 'spec.refreshInterval', badInterval),
  reference('an interval without a unit', interval('60'), 'spec.refreshInterval', badInterval),
  reference('an interval in days', interval('1d'), 'spec.refreshInterval', badInterval),
  reference('a negative interval', interval('-1h'), 'spec.refreshInterval', badInterval),
  reference('an interval that is a number', interval(60), 'spec.refreshInterval'),

  reference('a secretKey of all kinds of characters', secretKey('a.B-c_9')),
  reference('a secretKey with a slash', secretKey('a/b'), 'spec.data[0].secretKey'),
  reference('an empty secretKey', secretKey(''), 'spec.data[0].secretKey'),
  reference('a secretKey that is too long', secretKey('a'.repeat(254)), 'spec.data[0].secretKey'),
  reference('a secretKey that is a dot', secretKey('.'), 'spec.data[0].secretKey', 'must not be "."'),
  reference('a secretKey that begins with two dots', secretKey('..a'), 'spec.data[0].secretKey', 'must not begin with'),
  reference('a secretKey that begins with one dot', secretKey('.dockerconfigjson')),
  reference('two entries for one secretKey', { data: [entry, entry] }, 'spec.data'),
  reference('as many entries as there may be', { data: entries(256) }),
  reference('one entry too many', { data: entries(257) }, 'spec.data'),
  reference('an entry without remoteRef', { data: [{ secretKey: 'A' }] }, 'spec.data[0].remoteRef'),
  reference('an empty remote key', { data: [{ ...entry, remoteRef: { key: '' } }] }, 'spec.data[0].remoteRef.key'),
  reference(
    'a remote key that is too long',
    { data: [{ ...entry, remoteRef: { key: 'k'.repeat(1025) } }] },
    'spec.data[0].remoteRef.key',
  ),
  reference(
    'a version that is a number',
    { data: [{ ...entry, remoteRef: { key: 'a', version: 7 } }] },
    'spec.data[0].remoteRef.version',
  ),
  reference('an unknown decoding', { data: [{ ...entry, decoding: 'Hex' }] }, 'spec.data[0].decoding'),
  reference('a dataFrom entry without extract', { dataFrom: [{}] }, 'spec.dataFrom[0]', 'set exactly one of'),
  reference('a dataFrom entry that is optional', { dataFrom: [{ ...extract.dataFrom[0], optional: true }] }),
  reference('a find of everything', { dataFrom: [{ find: {} }] }),
  reference('a find with every choice', {
    dataFrom: [{ find: { prefix: 'etl/', name: { glob: '*-conn' }, tags: { team: 'etl' } } }],
  }),
  reference(
    'a find with two kinds of names',
    { dataFrom: [{ find: { name: { glob: 'a', regexp: 'b' } } }] },
    'spec.dataFrom[0].find.name',
    'set exactly one of',
  ),
  reference(
    'a find and an extract in one entry',
    { dataFrom: [{ find: {}, extract: { key: 'a' } }] },
    'spec.dataFrom[0]',
    'set exactly one of',
  ),
  reference(
    'a glob with a variable',
    { dataFrom: [{ find: { name: { glob: '{namespace}/*' } } }] },
    'spec.dataFrom[0].find.name.glob',
  ),
  reference('too many dataFrom entries', { dataFrom: Array(33).fill(extract.dataFrom[0]) }, 'spec.dataFrom'),
  reference('a cluster source', { ...extract, sourceRef: { kind: 'ClusterSecretSource', name: 'vault-prod' } }),
  reference(
    'a source of an unknown kind',
    { ...extract, sourceRef: { kind: 'Store', name: 'a' } },
    'spec.sourceRef.kind',
  ),
  reference('a source without a name', { ...extract, sourceRef: {} }, 'spec.sourceRef.name'),
  reference('a source in another namespace', { ...extract, sourceRef: { name: 'other/vault' } }, 'spec.sourceRef.name'),
  reference('an empty owner', { ...extract, owner: '' }, 'spec.owner'),

  reference('a target of another name and type', target({ name: 'a.b', type: 'kubernetes.io/tls' })),
  reference('a target with a name that Kubernetes does not take', target({ name: 'A_b' }), 'spec.target.name'),
  reference('a service account token', target({ type: 'kubernetes.io/service-account-token' }), 'spec.target.type'),
  reference('a bootstrap token', target({ type: 'bootstrap.kubernetes.io/token' }), 'spec.target.type'),
  reference('an unknown creationPolicy', target({ creationPolicy: 'Replace' }), 'spec.target.creationPolicy'),
  reference('an unknown deletionPolicy', target({ deletionPolicy: 'Purge' }), 'spec.target.deletionPolicy'),
  reference(
    'labels of all kinds',
    target({ labels: { a: '', 'example.com/b_c.d': 'x.y', 'app.kubernetes.io/name': 'z' } }),
  ),
  reference('a label value that Kubernetes does not take', target({ labels: { a: 'b c' } }), 'spec.target.labels'),
  reference(
    'a label name that Kubernetes does not take',
    target({ labels: { 'a b': 'c' } }),
    'spec.target.labels',
    badKeyName,
  ),
  reference('a label name with two prefixes', target({ labels: { 'a/b/c': 'd' } }), 'spec.target.labels', badKeyName),
  reference(
    'a label name that is too long',
    target({ labels: { ['a'.repeat(64)]: 'b' } }),
    'spec.target.labels',
    badKeyName,
  ),
  reference('as many labels as there may be', target({ labels: labels(64) })),
  reference('one label too many', target({ labels: labels(65) }), 'spec.target.labels'),
  ...[
    'shearline.dev/a',
    'x.shearline.dev/a',
    'kubernetes.io/a',
    'node.kubernetes.io/a',
    'k8s.io/a',
    'a.k8s.io/b',
  ].flatMap(key => [
    reference(`the reserved label ${key}`, target({ labels: { [key]: 'a' } }), 'spec.target.labels', reserved),
    reference(
      `the reserved annotation ${key}`,
      target({ annotations: { [key]: 'a' } }),
      'spec.target.annotations',
      reserved,
    ),
  ]),
  reference('a prefix that only looks reserved', target({ annotations: { 'cluster.x-k8s.io/a': 'any text at all' } })),
  reference(
    'an annotation that is too long',
    target({ annotations: { a: 'v'.repeat(4097) } }),
    'spec.target.annotations',
  ),
  reference('suspend that is a word', { ...extract, suspend: 'yes' }, 'spec.suspend'),
];
