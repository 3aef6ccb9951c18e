import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { until } from '../servers/process.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { type Manifest, render, type Values } from './render.ts';

/** The API server is shared with other tests, so each policy is bound to namespaces of this one alone. */
const id = randomBytes(3).toString('hex');
const namespace = `policies-${id}`;
const operator = `system:serviceaccount:${namespace}:shearline`;
const selected = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
const on = { enabled: true, ...selected };

let controlPlane: ControlPlaneAccess;
let policies: readonly Manifest[];

const kubectl = (args: readonly string[], as?: string, input = ''): Promise<string> =>
  controlPlane.kubectl([...args, ...(as === undefined ? [] : ['--as', as])], { input });
/** What was said against it; undefined: it was done. */
const refusal = (args: readonly string[], as?: string, input?: string): Promise<string | undefined> =>
  kubectl(args, as, input).then(
    () => undefined,
    (problem: Error) => problem.message,
  );
const apply = (object: object, as?: string): Promise<string | undefined> =>
  refusal(['apply', '--dry-run=server', '-f', '-'], as, stringify(object));

const policyValues = (): Values => ({
  serviceAccount: { name: 'shearline' },
  scope: { clusterReferences: true },
  rotation: { enabled: true },
  policies: {
    operatorTokens: { enabled: true, apiServerAudiences: [controlPlane.server], deniedNamespaces: ['kube-system'] },
    operatorSecrets: { enabled: true },
    operatorWorkloads: { enabled: true },
    owner: on,
    keyPrefix: on,
    sourceUse: on,
    plaintextCredentials: { ...on, actions: ['Deny'] },
  },
});

beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  await kubectl(['create', 'namespace', namespace]);
  for (const name of ['shearline', 'app']) await kubectl(['-n', namespace, 'create', 'serviceaccount', name]);
  await kubectl([
    'create',
    'clusterrolebinding',
    namespace,
    '--clusterrole=cluster-admin',
    `--serviceaccount=${namespace}:shearline`,
  ]);
  await kubectl(['apply', '--server-side', '-f', 'crds/'], undefined);
  await kubectl(['apply', '-f', '-'], undefined, stringify(sparkCrd));
  await kubectl(
    ['apply', '-f', '-'],
    undefined,
    developer()
      .map(object => stringify(object))
      .join('---\n'),
  );
  const rendered = await render(policyValues(), { release: `shearline-${id}`, namespace });
  policies = rendered.objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
  await kubectl(['apply', '-f', '-'], undefined, policies.map(object => stringify(object)).join('---\n'));
  // A policy takes some seconds to be active: each is waited for by what it refuses.
  for (const [refuses, ask] of probes) await until(refuses, async () => (await ask()) !== undefined);
}, 120_000);

afterAll(async () => {
  const names = policies.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  await kubectl(['delete', ...names, `clusterrolebinding/${namespace}`, `namespace/${namespace}`, '--wait=false']);
});

const reference = (spec: object) => ({
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'SecretReference',
  metadata: { name: 'warehouse', namespace },
  spec,
});
const extract = (key: string) => ({ dataFrom: [{ extract: { key } }] });
const usual = { owner: 'team', sourceRef: { name: 'own' }, ...extract(`${namespace}/db`) };
const keysOf = (...sources: readonly string[]) =>
  sources.map((name, at) => ({ secretKey: `k${at}`, remoteRef: { key: `${namespace}/k` }, sourceRef: { name } }));
const secret = (metadata: object) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'x', namespace, ...metadata },
});
const pod = (env: readonly object[]) => ({ containers: [{ name: 'app', image: 'app', env }] });
const podOf = (env: readonly object[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'x', namespace },
  spec: pod(env),
});
const plain = [{ name: 'DB_PASSWORD', value: 'CANARY-7f3a' }];
const referred = [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'warehouse', key: 'password' } } }];
const mint = (...flags: readonly string[]) => ['-n', namespace, 'create', 'token', 'app', ...flags];

const probes: readonly (readonly [string, () => Promise<string | undefined>])[] = [
  ['the policy on tokens', () => refusal(mint(), operator)],
  ['the policy on Secrets', () => apply(secret({}), operator)],
  ['the policy on owners', () => apply(reference({ ...usual, owner: undefined }))],
  ['the policy on keys', () => apply(reference({ ...usual, ...extract('prod/db') }))],
  ['the policy on use', () => apply(reference(usual), 'dev')],
  ['the policy on plain text', () => apply(podOf(plain))],
];

describe('tokens of the operator', () => {
  test.each<[string, readonly string[], string | undefined]>([
    ['for a store', ['--audience=vault'], undefined],
    ['for nobody in particular, which is the API server', [], 'kubernetesSourceNamespaces'],
    ['for a store and the API server', ['--audience=vault', '--audience=SERVER'], 'kubernetesSourceNamespaces'],
  ])('%s', async (_, flags, says) => {
    const said = await refusal(mint(...flags.map(flag => flag.replace('SERVER', controlPlane.server))), operator);
    expect(said).toEqual(says && expect.stringContaining(says));
  });

  test('are not minted in kube-system', async () => {
    const asked = ['-n', 'kube-system', 'create', 'token', 'default', '--audience=vault'];
    expect(await refusal(asked, operator)).toContain('deniedNamespaces');
  });

  test('of others are none of its business', async () => {
    expect(await refusal(mint())).toBeUndefined();
  });
});

describe('workloads that the operator restarts', () => {
  const labels = { app: 'api' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace },
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod([]) } },
  };
  const patch = (body: object, as?: string) =>
    refusal(
      ['-n', namespace, 'patch', 'deployment/api', '--type=merge', '--dry-run=server', '-p', JSON.stringify(body)],
      as,
    );
  const toTemplate = (template: object) => ({ spec: { template } });
  const changes: readonly (readonly [string, object, boolean])[] = [
    [
      'annotations of the pods',
      toTemplate({ metadata: { annotations: { 'shearline.dev/restarted-for': 'x-1' } } }),
      true,
    ],
    ['an annotation of its own', { metadata: { annotations: { 'shearline.dev/restart-uid': 'x-1' } } }, true],
    ['labels of the pods', toTemplate({ metadata: { labels: { other: 'x' } } }), false],
    ['an image', toTemplate({ spec: { containers: [{ name: 'app', image: 'other' }] } }), false],
    ['a ServiceAccount', toTemplate({ spec: { serviceAccountName: 'app' } }), false],
    ['how many there are', { spec: { replicas: 3 } }, false],
    ['whether they are paused', { spec: { paused: true } }, false],
    ['how they roll out', { spec: { strategy: { rollingUpdate: { maxUnavailable: '100%' } } } }, false],
  ];

  test('are changed in their annotations only', async () => {
    await kubectl(['apply', '-f', '-'], undefined, stringify(deployment));
    for (const [what, body, isAllowed] of changes) {
      const said = await patch(body, operator);
      expect([what, said]).toEqual([what, isAllowed ? undefined : expect.stringContaining('annotations only')]);
      expect([what, await patch(body)]).toEqual([what, undefined]);
    }
  });
});

describe('Secrets that the operator writes', () => {
  const marked = { labels: { 'shearline.dev/managed': 'true' } };

  test('carry its mark', async () => {
    expect(await apply(secret(marked), operator)).toBeUndefined();
    expect(await apply(secret({}), operator)).toContain('shearline.dev/managed');
    expect(await apply(secret({}))).toBeUndefined();
  });

  test.each<[string, object, string, boolean]>([
    ["somebody else's", {}, 'delete', false],
    ["somebody else's", {}, 'annotate', false],
    ["somebody else's with consent to Merge", { labels: { 'shearline.dev/merge': 'allowed' } }, 'annotate', true],
    ["somebody else's with consent to Merge", { labels: { 'shearline.dev/merge': 'allowed' } }, 'delete', false],
    ['its own', marked, 'annotate', true],
    ['its own without the label', { annotations: { 'shearline.dev/owner': 'SecretReference/x/1' } }, 'annotate', true],
    ['its own', marked, 'delete', true],
  ])('%s (%j): %s is allowed: %s', async (_, metadata, verb, allowed) => {
    expect((await refusalTo(verb, metadata)) === undefined).toBe(allowed);
  });

  test('its own without label and annotations may be annotated', async () => {
    // A living owner: the garbage collector takes a Secret whose owner never was.
    const name = 'owner';
    const { apiVersion, kind, spec } = reference(usual);
    await kubectl(
      ['apply', '-f', '-'],
      undefined,
      stringify({ apiVersion, kind, metadata: { name, namespace }, spec }),
    );
    const uid = await kubectl(['-n', namespace, 'get', `sref/${name}`, '--output=jsonpath={.metadata.uid}']);
    const owner = { apiVersion, kind, name, uid, controller: true };
    expect(await refusalTo('annotate', { ownerReferences: [owner] })).toBeUndefined();
  });

  async function refusalTo(verb: string, metadata: object): Promise<string | undefined> {
    await kubectl(['apply', '-f', '-'], undefined, stringify(secret(metadata)));
    try {
      const change = verb === 'annotate' ? ['a=b'] : [];
      return await refusal(['-n', namespace, verb, 'secret', 'x', ...change, '--dry-run=server'], operator);
    } finally {
      await kubectl(['-n', namespace, 'delete', 'secret', 'x']);
    }
  }

  test('cannot be taken over by labelling them in the same write', async () => {
    await kubectl(['apply', '-f', '-'], undefined, stringify(secret({})));
    expect(await refusal(['-n', namespace, 'label', 'secret', 'x', 'shearline.dev/managed=true'], operator)).toContain(
      'writes only Secrets that carry',
    );
    await kubectl(['-n', namespace, 'delete', 'secret', 'x']);
  });
});

describe('a reference', () => {
  test.each<[string, object, string | undefined]>([
    ['with an owner, and keys of its namespace', {}, undefined],
    ['without an owner', { owner: undefined }, 'spec.owner is missing'],
    ['that extracts a key of another namespace', extract('prod/db'), '"prod/db" does not'],
    ['that asks for one in data', { data: [{ secretKey: 'a', remoteRef: { key: 'prod/db' } }] }, '"prod/db" does not'],
    ['that finds everything', { dataFrom: [{ find: {} }] }, '"" does not'],
    ['that finds below its namespace', { dataFrom: [{ find: { prefix: `${namespace}/a` } }] }, undefined],
  ])('%s', async (_, change, says) => {
    const said = await apply(reference({ ...usual, ...change }));
    expect(said).toEqual(says && expect.stringContaining(says));
  });

  test.each<[string, object, string | undefined]>([
    ['a source that the writer may use', { sourceRef: { name: 'allowed' } }, undefined],
    [
      'a source that the writer may only see',
      { sourceRef: { name: 'own' } },
      'dev lacks the verb "use" on SecretSource own',
    ],
    [
      'a shared source, for one key',
      {
        sourceRef: { name: 'allowed' },
        data: [
          {
            secretKey: 'a',
            remoteRef: { key: `${namespace}/a` },
            sourceRef: { kind: 'ClusterSecretSource', name: 'big' },
          },
        ],
      },
      'lacks the verb "use" on ClusterSecretSource big',
    ],
    [
      'one source for many keys',
      { sourceRef: { name: 'allowed' }, data: keysOf(...Array(9).fill('allowed')) },
      undefined,
    ],
    [
      'the fourth of many',
      { sourceRef: { name: 'allowed' }, data: keysOf('allowed', 'allowed', 'own', 'allowed') },
      'dev lacks the verb "use" on SecretSource own',
    ],
    ['no source', { sourceRef: undefined }, 'spec.sourceRef is missing'],
  ])('with %s', async (_, change, says) => {
    const said = await apply(reference({ ...usual, ...change }), 'dev');
    expect(said).toEqual(says && expect.stringContaining(says));
  });

  test('that the operator writes for a ClusterSecretReference is no wish of the namespace', async () => {
    expect(await apply(reference({ ...extract('prod/db') }), operator)).toBeUndefined();
  });

  test('of a ClusterSecretReference is of sources that its writer may use', async () => {
    const role = [
      'create',
      'clusterrole',
      `csref-${id}`,
      '--verb=create,get,patch',
      '--resource=clustersecretreferences',
    ];
    await kubectl(role);
    await kubectl(['create', 'clusterrolebinding', `csref-${id}`, `--clusterrole=csref-${id}`, '--user=dev']);
    const shared = {
      apiVersion: 'shearline.dev/v1alpha1',
      kind: 'ClusterSecretReference',
      metadata: { name: `policies-${id}` },
      spec: {
        namespaces: { names: [namespace] },
        reference: { sourceRef: { kind: 'ClusterSecretSource', name: 'big' }, ...extract('prod/db') },
      },
    };
    expect(await apply(shared, 'dev')).toContain('lacks the verb "use" on ClusterSecretSource big');
    expect(await apply(shared)).toBeUndefined();
    await kubectl(['delete', `clusterrole/csref-${id}`, `clusterrolebinding/csref-${id}`]);
  });

  test('that was there before can still be annotated, for a rotation', async () => {
    await kubectl(['apply', '-f', '-'], undefined, stringify(reference(usual)));
    const annotate = ['-n', namespace, 'annotate', 'secretreference', 'warehouse', 'shearline.dev/rotate=1'];
    expect(await refusal(annotate, 'dev')).toBeUndefined();
  });
});

describe('a credential in plain text', () => {
  const template = { metadata: { labels: { app: 'x' } }, spec: { ...pod(plain) } };
  const never = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
  const named = { metadata: { name: 'x', namespace } };
  test.each<[string, object]>([
    ['Pod', podOf(plain)],
    [
      'init container',
      { ...podOf([]), spec: { ...pod([]), initContainers: [{ ...pod(plain).containers[0], name: 'init' }] } },
    ],
    [
      'Deployment',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        ...named,
        spec: { selector: { matchLabels: { app: 'x' } }, template },
      },
    ],
    ['Job', { apiVersion: 'batch/v1', kind: 'Job', ...named, spec: { template: never } }],
    [
      'CronJob',
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        ...named,
        spec: { schedule: '0 0 * * *', jobTemplate: { spec: { template: never } } },
      },
    ],
    [
      'SparkApplication',
      {
        apiVersion: 'sparkoperator.k8s.io/v1beta2',
        kind: 'SparkApplication',
        ...named,
        spec: { driver: { env: plain }, executor: {} },
      },
    ],
  ])('is refused in a %s by its name, and never quoted', async (_, object) => {
    const said = await apply(object);
    expect(said).toContain('env DB_PASSWORD');
    expect(said).not.toContain('CANARY');
  });

  test('is refused in sparkConf', async () => {
    const conf = { 'spark.hadoop.fs.s3a.secret.key': 'CANARY-7f3a', 'spark.executor.memory': '1g' };
    const object = {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      ...named,
      spec: { sparkConf: conf },
    };
    const said = await apply(object);
    expect(said).toContain('sparkConf spark.hadoop.fs.s3a.secret.key');
    expect(said).not.toMatch(/CANARY|memory/);
  });

  test.each([
    ['from a Secret', referred],
    ['that is empty', [{ name: 'DB_PASSWORD', value: '' }]],
    ['made of other variables', [{ name: 'API_TOKEN', value: '$(OTHER)' }]],
    ['of another name', [{ name: 'DB_HOST', value: 'db' }]],
  ])('is no variable %s', async (_, env) => {
    expect(await apply(podOf(env))).toBeUndefined();
  });
});

/** May write references, and use the source `allowed`. */
function developer(): readonly object[] {
  const rules = [
    { apiGroups: ['shearline.dev'], resources: ['secretreferences'], verbs: ['create', 'get', 'update', 'patch'] },
    { apiGroups: ['shearline.dev'], resources: ['secretsources'], verbs: ['use'], resourceNames: ['allowed'] },
  ];
  const metadata = { name: 'dev', namespace };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'dev' };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'dev' }];
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  return [
    { apiVersion, kind: 'Role', metadata, rules },
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects },
  ];
}

/** No more than what a policy needs to see one. */
const sparkCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'sparkapplications.sparkoperator.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
  },
  spec: {
    group: 'sparkoperator.k8s.io',
    scope: 'Namespaced',
    names: { kind: 'SparkApplication', plural: 'sparkapplications' },
    versions: [
      {
        name: 'v1beta2',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
