import { type Row, row } from './row.ts';

const extract = { dataFrom: [{ extract: { key: 'etl/warehouse' } }] };
const entry = { secretKey: 'A', remoteRef: { key: 'etl/a' } };

const reference = (title: string, spec: unknown, at?: string, says?: string): Row =>
  row('SecretReference', title, spec, at, says);

const interval = (refreshInterval: unknown) => ({ ...extract, refreshInterval });
const target = (fields: unknown) => ({ ...extract, target: fields });
const pinned = (fields: unknown) => ({ ...target(fields), delivery: { mode: 'Pinned' } });
const secretKey = (name: string) => ({ data: [{ ...entry, secretKey: name }] });
const entries = (count: number) => Array.from({ length: count }, (_, index) => ({ ...entry, secretKey: `K${index}` }));
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, 'v']));

const windowed = (fields: object, target: object = {}) => ({
  ...extract,
  target,
  rotation: { window: { schedule: '0 2 * * SAT', duration: '4h', timeZone: 'Europe/Berlin', ...fields } },
});

const judged = (target: object = {}, rotation: object = {}) => ({
  ...extract,
  target,
  rotation: { approval: { required: true }, ...rotation },
});

const api = { kind: 'Deployment', name: 'api' };
const selected = (matchLabels: object) => [{ kind: 'Deployment', selector: { matchLabels } }];
const manyLabels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, 'v']));

const restartRows: readonly (readonly [title: string, entries: readonly object[], at?: string, says?: string])[] = [
  ['each kind', ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'].map(kind => ({ kind, name: 'api' }))],
  ['a selector', selected({ 'app.kubernetes.io/name': 'api', tier: '' })],
  ['the shortest and the longest timeout', ['10s', '24h'].map(timeout => ({ ...api, timeout }))],
  ['as many as there may be', Array.from({ length: 16 }, () => api)],
  ['one more', Array.from({ length: 17 }, () => api), ''],
  ['nothing', [], ''],
  ['another kind', [{ kind: 'CronJob', name: 'api' }], '[0].kind'],
  ['neither name nor selector', [{ kind: 'Deployment' }], '[0]', 'set exactly one of name, selector'],
  ['both', [{ ...api, selector: { matchLabels: { a: 'b' } } }], '[0]', 'set exactly one of name, selector'],
  ['a name that cannot be one', [{ ...api, name: 'API' }], '[0].name'],
  ['an empty selector', selected({}), '[0].selector.matchLabels', 'would restart everything'],
  ['a label that cannot be one', selected({ 'a b': 'c' }), '[0].selector.matchLabels', 'each key must be a name'],
  ['a value that cannot be one', selected({ a: 'b,c=d' }), '[0].selector.matchLabels.a'],
  ['too many labels', selected(manyLabels(9)), '[0].selector.matchLabels'],
  ['a shorter timeout', [{ ...api, timeout: '9s' }], '[0].timeout', 'from "10s" to "24h"'],
  ['a longer timeout', [{ ...api, timeout: '25h' }], '[0].timeout', 'from "10s" to "24h"'],
  ['no timeout at all', [{ ...api, timeout: '' }], '[0].timeout', 'must be a duration'],
];
const pod = { spec: { containers: [{ name: 'psql', image: 'postgres:17', command: ['psql', '-c', 'select 1'] }] } };
const rotation = (fields: object) => ({ ...extract, rotation: fields });
const byJob = (fields: object, rest: object = {}) =>
  rotation({ validate: { job: { template: pod, env: true, ...fields }, ...rest } });
const byHttp = (fields: object) => rotation({ validate: { http: { url: 'https://checker.etl.svc/try', ...fields } } });
const heldBy = (entry: object, rest: object = {}) =>
  rotation({ hold: { while: [{ kind: 'Job', selector: { matchLabels: { app: 'nightly' } }, ...entry }], ...rest } });
const afterwards = (then: string): object => Object.fromEntries([['then', then]]);

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
  ...['30d', '9999d', '10s', '720h', '1h30m'].map(every =>
    reference(`rotation every ${every}`, { ...extract, rotation: { every } }),
  ),
  reference('rotation overlap 24h', { ...extract, rotation: { overlap: '24h' } }),
  ...['', '0s', '1w', 24].map(overlap =>
    reference(
      `rotation overlap ${JSON.stringify(overlap)}`,
      { ...extract, rotation: { overlap } },
      'spec.rotation.overlap',
      typeof overlap === 'string' ? 'must be a number of days' : undefined,
    ),
  ),
  ...['', '0s', '9s', '0d', '30', '10000d', '1d12h', '1.5d', '-1d', '1w', '30d\n', 30].map(every =>
    reference(
      `rotation every ${JSON.stringify(every)}`,
      { ...extract, rotation: { every } },
      'spec.rotation.every',
      typeof every === 'string' ? 'must be a number of days' : undefined,
    ),
  ),
  reference('a rotation that asks for nothing', { ...extract, rotation: {} }),
  reference('a rotation that somebody approves', judged()),
  reference(
    'an approval that says nothing',
    { ...extract, rotation: { approval: {} } },
    'spec.rotation.approval.required',
  ),
  reference(
    'approval of a Secret that stays',
    judged({ creationPolicy: 'Orphan' }),
    'spec',
    'need target.creationPolicy Owner',
  ),
  reference('approval of a deletion', judged({ deletionPolicy: 'Delete' }), 'spec', 'target.deletionPolicy Delete'),
  reference('approval of what never changes', judged({ immutable: true }), 'spec', 'target.immutable does not go'),
  reference('approval, and the longest name', judged({ name: 'a'.repeat(50) })),
  reference('approval, and a longer name', judged({ name: 'a'.repeat(51) }), 'spec', 'at most 50 characters'),
  reference('approval that is not required', judged({ creationPolicy: 'Merge' }, { approval: { required: false } })),
  reference('the longest history', judged({}, { history: 100 })),
  reference('a longer history', judged({}, { history: 101 }), 'spec.rotation.history'),
  reference('no history', judged({}, { history: 0 }), 'spec.rotation.history'),
  reference('a history of some days', judged({}, { historyAge: '90d' })),
  reference('a history of an age without a unit', judged({}, { historyAge: '90' }), 'spec.rotation.historyAge'),
  ...['Periodic', 'OnChange', 'Once'].map(refreshPolicy =>
    reference(`refreshPolicy ${refreshPolicy}`, { ...extract, refreshPolicy }),
  ),
  reference('a refreshPolicy of another operator', { ...extract, refreshPolicy: 'CreatedOnce' }, 'spec.refreshPolicy'),

  reference('a window', windowed({})),
  reference('the shortest window', windowed({ duration: '1m' })),
  reference('a shorter window', windowed({ duration: '59s' }), 'spec.rotation.window.duration', 'from "1m" to "168h"'),
  reference('a window that is too long', windowed({ duration: '169h' }), 'spec.rotation.window.duration'),
  reference('a schedule of six parts', windowed({ schedule: '0 0 2 * * SAT' }), 'spec.rotation.window.schedule'),
  reference(
    'a schedule that depends on the start',
    windowed({ schedule: '? 2 * * *' }),
    'spec.rotation.window.schedule',
  ),
  reference(
    'a window of a Merge',
    windowed({}, { creationPolicy: 'Merge' }),
    'spec',
    'does not go with creationPolicy',
  ),

  ...restartRows.map(([title, entries, at, says]) =>
    reference(
      `restarts: ${title}`,
      { ...extract, rotation: { restart: entries } },
      at === undefined ? undefined : `spec.rotation.restart${at}`,
      says,
    ),
  ),
  reference('a validation by a Job', byJob({ mountPath: '/candidate', backoffLimit: 6 }, { timeout: '24h' })),
  reference('one that takes no time', byJob({}, { timeout: '9s' }), 'spec.rotation.validate.timeout', 'from "10s"'),
  reference(
    'a Job without the values',
    byJob({ env: false }),
    'spec.rotation.validate.job',
    'set env: true, mountPath',
  ),
  reference('a path that is none', byJob({ mountPath: 'candidate' }), 'spec.rotation.validate.job.mountPath'),
  reference('a Job that never gives up', byJob({ backoffLimit: 7 }), 'spec.rotation.validate.job.backoffLimit'),
  reference('a Job of nothing', byJob({ template: null }), 'spec.rotation.validate.job.template'),
  reference('a validation by HTTP', byHttp({ caBundle: { configMapKeyRef: { name: 'ca', key: 'ca.crt' } } })),
  reference('a password in a URL', byHttp({ url: 'https://u:p@checker' }), 'spec.rotation.validate.http.url'),
  reference('another scheme', byHttp({ url: 'ftp://checker/' }), 'spec.rotation.validate.http.url'),
  reference('a validation by nobody', rotation({ validate: {} }), 'spec.rotation.validate', 'exactly one of job, http'),
  reference(
    'a validation by both',
    byJob({}, { http: { url: 'https://checker/' } }),
    'spec.rotation.validate',
    'exactly one of job, http',
  ),

  ...['SparkApplication', 'Job', 'Pod'].map(kind => reference(`a hold for a ${kind}`, heldBy({ kind }))),
  reference('the longest hold', heldBy({}, { maxHold: '720h', ...afterwards('Switch') })),
  reference('a hold that never ends', heldBy({}, { maxHold: '721h' }), 'spec.rotation.hold.maxHold', 'to "720h"'),
  reference('a hold for nothing', rotation({ hold: { while: [] } }), 'spec.rotation.hold.while'),
  reference('a hold for a Deployment', heldBy({ kind: 'Deployment' }), 'spec.rotation.hold.while[0].kind'),
  reference('a hold that shrugs', heldBy({}, afterwards('Wait')), 'spec.rotation.hold.then'),
  reference(
    'a hold for everything',
    heldBy({ selector: { matchLabels: {} } }),
    'spec.rotation.hold.while[0].selector.matchLabels',
    'name at least one label',
  ),
  reference(
    'a hold by a label that is none',
    heldBy({ selector: { matchLabels: { 'a b': 'c' } } }),
    'spec.rotation.hold.while[0].selector.matchLabels',
    'each key must be a name',
  ),

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
  reference('a default', { data: [{ ...entry, default: 'none' }] }),
  reference('an empty default of one that is not optional', { data: [{ ...entry, default: '', optional: false }] }),
  reference(
    'a default of one that is optional',
    { data: [{ ...entry, default: 'none', optional: true }] },
    'spec.data[0]',
    'set default or optional: true, not both',
  ),
  reference('a default that is too long', { data: [{ ...entry, default: 'v'.repeat(4097) }] }, 'spec.data[0].default'),
  ...['Error', 'First', 'Last'].map(onConflict =>
    reference(`onConflict ${onConflict}`, { dataFrom: [{ ...extract.dataFrom[0], onConflict, decoding: 'Auto' }] }),
  ),
  reference(
    'an unknown onConflict',
    { dataFrom: [{ ...extract.dataFrom[0], onConflict: 'Merge' }] },
    'spec.dataFrom[0].onConflict',
  ),
  reference('keys that are rewritten in every way', {
    dataFrom: [
      {
        ...extract.dataFrom[0],
        rewrite: [
          { prefix: 'DB_' },
          { stripPrefix: 'etl_' },
          { case: 'Upper' },
          { regexp: { match: '-', replace: '' } },
          { cel: 'key.lowerAscii()' },
        ],
        invalidKeys: 'Replace',
      },
    ],
  }),
  reference(
    'two rules in one',
    { dataFrom: [{ ...extract.dataFrom[0], rewrite: [{ prefix: 'a', case: 'Upper' }] }] },
    'spec.dataFrom[0].rewrite[0]',
    'set exactly one of prefix, stripPrefix, case, regexp, cel',
  ),
  reference(
    'too many rules',
    { dataFrom: [{ ...extract.dataFrom[0], rewrite: Array(9).fill({ prefix: 'a' }) }] },
    'spec.dataFrom[0].rewrite',
  ),
  reference(
    'an unknown case',
    { dataFrom: [{ ...extract.dataFrom[0], rewrite: [{ case: 'Title' }] }] },
    'spec.dataFrom[0].rewrite[0].case',
  ),
  reference(
    'an unknown way with invalid keys',
    { dataFrom: [{ ...extract.dataFrom[0], invalidKeys: 'Skip' }] },
    'spec.dataFrom[0].invalidKeys',
  ),
  reference('a dataFrom entry without extract', { dataFrom: [{}] }, 'spec.dataFrom[0]', 'set exactly one of'),
  reference('a dataFrom entry that is optional', { dataFrom: [{ ...extract.dataFrom[0], optional: true }] }),
  reference('delivery Pinned', pinned({ name: 'n'.repeat(50) })),
  reference('delivery Pinned of a target that may change', pinned({ immutable: false })),
  reference('delivery Live of an immutable target', { ...target({ immutable: true }), delivery: { mode: 'Live' } }),
  reference('an unknown delivery', { ...extract, delivery: { mode: 'Frozen' } }, 'spec.delivery.mode'),
  reference('a delivery that keeps nothing', { ...extract, delivery: { keep: 0 } }, 'spec.delivery.keep'),
  reference('delivery Pinned of an immutable target', pinned({ immutable: true }), 'spec', 'leave it out'),
  reference(
    'delivery Pinned of an orphan',
    pinned({ creationPolicy: 'Orphan' }),
    'spec',
    'needs target.creationPolicy',
  ),
  reference('delivery Pinned of a merge', pinned({ creationPolicy: 'Merge' }), 'spec', 'needs target.creationPolicy'),
  reference('delivery Pinned of a long name', pinned({ name: 'n'.repeat(51) }), 'spec', 'at most 50 characters'),
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
  reference('an immutable target', target({ immutable: true, creationPolicy: 'Orphan' })),
  reference('a target that is not immutable', target({ immutable: false })),
  reference('an immutable that is a word', target({ immutable: 'yes' }), 'spec.target.immutable'),
  reference(
    'an immutable host of a Merge',
    target({ immutable: true, creationPolicy: 'Merge' }),
    'spec.target',
    'do not go with creationPolicy Merge',
  ),
  ...['DryRun', 'Match', 'Always'].map(adopt => reference(`a target that is adopted: ${adopt}`, target({ adopt }))),
  reference('an unknown adopt', target({ adopt: 'Never' }), 'spec.target.adopt'),
  reference(
    'a host of a Merge that is adopted',
    target({ adopt: 'Always', creationPolicy: 'Merge' }),
    'spec.target',
    'do not go with creationPolicy Merge',
  ),
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
