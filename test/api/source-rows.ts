import { type Row, row } from './row.ts';

const serviceAccountRef = { name: 'reader', audiences: ['vault'] };
const secret = { name: 'credential', key: 'token' };
const vault = (auth: unknown, more = {}) => ({ vault: { address: 'https://vault.example.com:8200', auth, ...more } });
const provider = vault({ kubernetes: { role: 'etl', serviceAccountRef } });
const all = { all: true };

const source = (title: string, fields: object, at?: string, says?: string): Row =>
  row('SecretSource', title, { provider, ...fields }, at, says);
const clusterSource = (title: string, fields: object, at?: string, says?: string): Row =>
  row('ClusterSecretSource', title, { provider, allowedKeys: ['{namespace}/**'], ...fields }, at, says);

const badSegments = 'must be segments';
const badDepth = '"**" must be a whole segment';
const badDelimiter = '{namespace}-* would let namespace etl read etl-prod-db';
const badPosition = 'it would not be clear which namespace a key is for';
const oneChoice = 'set exactly one of names, selector, all';
const oneLogin = 'set exactly one of kubernetes, jwt, appRole, token';
const oneRoleId = 'set exactly one of roleId, roleIdRef';
const emptySelector = 'an empty selector would serve every namespace';
const expression = (fields: object) => ({
  namespaces: { selector: { matchExpressions: [{ key: 'team', ...fields }] } },
});
const expressionAt = 'spec.namespaces.selector.matchExpressions[0]';

/** Patterns of `allowedKeys`, and what is wrong with those that are refused. */
export const patterns: readonly { readonly text: string; readonly says?: string }[] = [
  { text: 'etl/warehouse' },
  { text: '{namespace}/**' },
  { text: '**' },
  { text: 'team-{labels.example.com/team}/*-conn/**/x' },
  { text: '{namespace}_*' },
  { text: '{namespace}.x' },
  { text: '{labels.example.com/team}@{namespace}_*' },
  { text: '**/{namespace}/*' },
  { text: '{namespace}/**/x/**' },
  { text: '/etl', says: badSegments },
  { text: 'etl/', says: badSegments },
  { text: 'a//b', says: badSegments },
  { text: '{name}', says: badSegments },
  { text: '{labels.}', says: badSegments },
  { text: 'a}b', says: badSegments },
  { text: '{labels.a*}', says: badSegments },
  { text: '{namespace}-*', says: badDelimiter },
  { text: '{namespace}-db', says: badDelimiter },
  { text: '{namespace}*', says: badDelimiter },
  { text: 'x/{namespace}{labels.team}/y', says: badDelimiter },
  { text: '{labels.example.com/team}_*', says: badDelimiter },
  { text: '{labels.team}.*', says: badDelimiter },
  { text: '{labels.team}-{namespace}', says: badDelimiter },
  { text: '*_{namespace}', says: badPosition },
  { text: '*{labels.example.com/team}@x', says: badPosition },
  { text: '**/{namespace}/**', says: badPosition },
  { text: '**/a\n/x{labels.team}/b/**/c', says: badPosition },
  { text: 'etl**', says: badDepth },
  { text: '**etl', says: badDepth },
  { text: 'a/***/b', says: badDepth },
  { text: Array(16).fill('a').join('/') },
  { text: Array(17).fill('a').join('/'), says: 'must have at most 16 segments' },
];

export const sourceRows: readonly Row[] = [
  source('a source with a login by ServiceAccount', {}),
  source('without a provider', { provider: {} }, 'spec.provider', 'set exactly one of vault'),
  source('with an unknown provider only', { provider: { unknown: {} } }, 'spec.provider', 'set exactly one of vault'),
  source('without a login', { provider: vault({}) }, 'auth', oneLogin),
  source(
    'with two logins',
    { provider: vault({ token: { secretRef: secret }, kubernetes: { role: 'a', serviceAccountRef } }) },
    'auth',
    oneLogin,
  ),
  source('with a login by AppRole', { provider: vault({ appRole: { roleId: 'id', secretIdRef: secret } }) }),
  source(
    'with an AppRole of no role id',
    { provider: vault({ appRole: { secretIdRef: secret } }) },
    'auth.appRole',
    oneRoleId,
  ),
  source(
    'with an AppRole of two role ids',
    { provider: vault({ appRole: { roleId: 'id', roleIdRef: secret, secretIdRef: secret } }) },
    'auth.appRole',
    oneRoleId,
  ),
  source(
    'without an audience',
    { provider: vault({ jwt: { role: 'a', serviceAccountRef: { name: 'reader', audiences: [] } } }) },
    'spec.provider.vault.auth.jwt.serviceAccountRef.audiences',
  ),
  source(
    'with an unknown version of the engine',
    { provider: vault({ token: { secretRef: secret } }, { kv: { version: 3 } }) },
    'spec.provider.vault.kv.version',
  ),

  ...patterns.map(({ text, says }) =>
    source(`the pattern ${text}`, { allowedKeys: [text] }, says && 'spec.allowedKeys[0]', says),
  ),
  source('an empty pattern', { allowedKeys: [''] }, 'spec.allowedKeys[0]'),
  source('a pattern that is too long', { allowedKeys: ['a'.repeat(513)] }, 'spec.allowedKeys[0]'),
  source('as many patterns as there may be', { allowedKeys: Array.from({ length: 64 }, (_, index) => `k${index}/**`) }),
  source(
    'one pattern too many',
    { allowedKeys: Array.from({ length: 65 }, (_, index) => `k${index}`) },
    'spec.allowedKeys',
  ),

  ...[
    { configMapKeyRef: secret },
    { secretKeyRef: secret },
    { inline: 'PEM' },
    { clusterTrustBundle: { name: 'example.com:internal:v1' } },
  ].map(caBundle =>
    source(`a CA bundle by ${Object.keys(caBundle)}`, {
      provider: vault({ token: { secretRef: secret } }, { caBundle }),
    }),
  ),
  ...[{}, { secretKeyRef: secret, inline: 'PEM' }].map(caBundle =>
    source(
      `a CA bundle by ${Object.keys(caBundle).length} ways`,
      { provider: vault({ token: { secretRef: secret } }, { caBundle }) },
      'spec.provider.vault.caBundle',
      'set exactly one of configMapKeyRef, secretKeyRef, clusterTrustBundle, inline',
    ),
  ),
  source('a policy of every rule', {
    policy: {
      deniedKeys: ['**/root', '{namespace}/admin/**'],
      targetTypes: ['Opaque', 'kubernetes.io/tls'],
      minRefreshInterval: '5m',
      maxSecretBytes: 65_536,
      ownerRequired: true,
    },
  }),
  clusterSource('a policy of no rule', { namespaces: all, policy: {} }),
  ...patterns
    .filter(({ says }) => says !== undefined)
    .map(({ text, says }) =>
      source(`the denied pattern ${text}`, { policy: { deniedKeys: [text] } }, 'spec.policy.deniedKeys[0]', says),
    ),
  source(
    'a denied pattern of a label',
    { policy: { deniedKeys: ['{labels.env}/root'] } },
    'spec.policy.deniedKeys[0]',
    'must not depend on a label',
  ),
  source(
    'one denied pattern too many',
    { policy: { deniedKeys: Array.from({ length: 33 }, (_, index) => `k${index}`) } },
    'spec.policy.deniedKeys',
  ),
  source('no target type at all', { policy: { targetTypes: [] } }, 'spec.policy.targetTypes'),
  source('an unknown target type', { policy: { targetTypes: ['Token'] } }, 'spec.policy.targetTypes[0]'),
  source('a smallest interval of a day', { policy: { minRefreshInterval: '1d' } }, 'spec.policy.minRefreshInterval'),
  source('a Secret of no bytes', { policy: { maxSecretBytes: 0 } }, 'spec.policy.maxSecretBytes'),
  source('a Secret larger than any', { policy: { maxSecretBytes: 1_048_577 } }, 'spec.policy.maxSecretBytes'),

  clusterSource('for every namespace', { namespaces: all }),
  clusterSource('for nobody', {}, 'spec.namespaces'),
  clusterSource('for an empty choice', { namespaces: {} }, 'spec.namespaces', oneChoice),
  clusterSource('for two choices', { namespaces: { ...all, names: ['etl'] } }, 'spec.namespaces', oneChoice),
  clusterSource('for all: false', { namespaces: { all: false } }, 'spec.namespaces.all'),
  clusterSource('for names', { namespaces: { names: ['etl', 'bi'] } }),
  clusterSource('for an empty list of names', { namespaces: { names: [] } }, 'spec.namespaces.names'),
  clusterSource(
    'for a name that no namespace can have',
    { namespaces: { names: ['a.b'] } },
    'spec.namespaces.names[0]',
  ),
  clusterSource('for an empty selector', { namespaces: { selector: {} } }, 'spec.namespaces.selector', emptySelector),
  clusterSource(
    'for empty matchLabels',
    { namespaces: { selector: { matchLabels: {} } } },
    'spec.namespaces.selector',
    emptySelector,
  ),
  clusterSource('for a label', { namespaces: { selector: { matchLabels: { team: 'etl' } } } }),
  clusterSource('for one of two values', expression({ operator: 'In', values: ['a', 'b'] })),
  clusterSource('for a label that exists', expression({ operator: 'Exists' })),
  clusterSource('for one of no values', expression({ operator: 'In' }), expressionAt, 'In and NotIn need values'),
  clusterSource(
    'for a label that exists with a value',
    expression({ operator: 'Exists', values: ['a'] }),
    expressionAt,
    'take none',
  ),
  clusterSource('for an unknown operator', expression({ operator: 'Gt', values: ['1'] }), `${expressionAt}.operator`),
];
