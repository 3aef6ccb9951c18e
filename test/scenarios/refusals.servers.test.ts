import { describe, expect, test } from '@jest/globals';
import { policy } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { source, vaultAt } from './manifests.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

describe('the API server refuses at once', () => {
  const entry = (secretKey: string, key = 'x') => ({ secretKey, remoteRef: { key } });
  test.each<[what: string, spec: object, why: RegExp]>([
    ['two entries for one secretKey', { data: [entry('a'), entry('a')] }, /duplicate/i],
    ['nothing asked for', {}, /set data, dataFrom or both: nothing is asked for/],
    ['a secretKey with a space', { data: [entry('a b')] }, /secretKey/],
    ['a secretKey that is a path', { data: [entry('..data')] }, /must not begin with "\.\."/],
    ['an empty key', { data: [entry('a', '')] }, /remoteRef\.key/],
    ['a key of 1025 characters', { data: [entry('a', 'x'.repeat(1025))] }, /remoteRef\.key/],
    [
      '257 entries',
      { data: Array.from({ length: 257 }, (_, index) => entry(`k${index}`)) },
      /must have at most 256 items/,
    ],
    ['an interval of 5 s', { refreshInterval: '5s', data: [entry('a')] }, /at least "10s", or "0s"/],
    ['an interval of nonsense', { refreshInterval: 'soon', data: [entry('a')] }, /must be a duration such as "1h"/],
    [
      'a target that is a token of a ServiceAccount',
      { data: [entry('a')], target: { type: 'kubernetes.io/service-account-token' } },
      /Unsupported value/,
    ],
    [
      'a target that is a bootstrap token',
      { data: [entry('a')], target: { type: 'bootstrap.kubernetes.io/token' } },
      /Unsupported value/,
    ],
    [
      'a reserved annotation',
      { data: [entry('a')], target: { annotations: { 'shearline.dev/owner': 'x' } } },
      /are reserved: use another prefix/,
    ],
    [
      'a reserved annotation of Kubernetes',
      { data: [entry('a')], target: { annotations: { 'kubernetes.io/service-account.name': 'x' } } },
      /are reserved/,
    ],
    [
      'a reserved label',
      { data: [entry('a')], target: { labels: { 'shearline.dev/credential': 'true' } } },
      /are reserved/,
    ],
    ['a target name that is none', { data: [entry('a')], target: { name: 'Not_A_Name' } }, /target\.name/],
    ['a field that does not exist', { data: [entry('a')], target: { namespace: 'other' } }, /unknown|not declared/i],
  ])('%s', async (_, spec, why) => {
    const metadata = { name: 'refused', namespace: 'default' };
    const object = { apiVersion: 'shearline.dev/v1alpha1', kind: 'SecretReference', metadata, spec } as const;
    await expect(world().cluster.apply(object)).rejects.toThrow(why);
  });

  test('another type for a Secret that is there', async () => {
    const team = await world().teamWithValue('type-stays');
    await team.refer('db');
    await team.synced('db');
    const spec = { dataFrom: [team.extract('db')], target: { type: 'kubernetes.io/basic-auth' } };
    await expect(team.refer('db', spec)).rejects.toThrow(/the type cannot be changed, as on a Secret itself/);
  });
});

/** A quota that leaves room for nothing, once the controller has counted. */
async function quota(namespace: string): Promise<void> {
  const metadata = { name: 'no-secrets', namespace };
  const spec = { hard: { 'count/secrets': '0' } };
  await world().cluster.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec });
  const counted = async () =>
    JSON.stringify(await world().cluster.read('ResourceQuota', 'no-secrets', namespace)).includes('"used"');
  await until('the quota to be counted', counted);
}

const api = 'admissionregistration.k8s.io/v1';

/** An admission policy that takes no Secret with the label `refused` in this namespace. */
async function admission(namespace: string): Promise<void> {
  const resourceRules = [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['secrets'] },
  ];
  const validations = [{ expression: '!has(object.metadata.labels.refused)', message: 'our house has rules' }];
  await world().cluster.apply({
    apiVersion: api,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: namespace },
    spec: { matchConstraints: { resourceRules }, validations },
  });
  const matchResources = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  await world().cluster.apply({
    apiVersion: api,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: namespace },
    spec: { policyName: namespace, validationActions: ['Deny'], matchResources },
  });
  const probe = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'probe', namespace, labels: { refused: 'x' } },
  } as const;
  await until('the policy to be in force', async () => {
    const taken = await world()
      .cluster.create(probe)
      .then(
        () => true,
        () => false,
      );
    if (taken) await world().cluster.remove('Secret', 'probe', namespace);
    return !taken;
  });
}

test('a ResourceQuota is named, and so is what helps; once there is room, a rotation brings the Secret', async () => {
  const team = await world().teamWithValue('quota');
  await quota('quota');
  await team.refer('db');
  expect(await team.failing('db', 'TargetWriteRefused')).toBe(
    'a ResourceQuota refuses Secret quota/db: raise it, or delete Secrets that are not needed',
  );
  expect(conditionOf(await team.reference('db'), 'Reconciling')?.status).toBe('True');
  await world().cluster.remove('ResourceQuota', 'no-secrets', 'quota');
  await team.rotate('db', 't1');
  await team.synced('db');
});

test('an admission policy that refuses is named without its words; the last good Secret stays', async () => {
  const team = await world().teamWithValue('admission');
  await team.refer('db');
  await team.synced('db');
  await admission('admission');
  await team.refer('db', { dataFrom: [team.extract('db')], target: { labels: { refused: 'x' } } });
  expect(await team.failing('db', 'TargetWriteRefused')).toBe(
    'an admission policy refuses Secret admission/db: ask its owner, or change spec.target',
  );
  expect((await team.secret('db'))?.text.password).toBe(team.password);
  await team.refer('db', { dataFrom: [team.extract('db')], target: { labels: { taken: 'x' } } });
  await team.synced('db');
  expect((await team.secret('db'))?.metadata.labels).toMatchObject({ taken: 'x' });
});

test('what was refused heals by itself once the refusal is lifted', async () => {
  const names = ['heals-quota', 'heals-admission', 'heals-policy'] as const;
  const [byQuota, byAdmission, byPolicy] = await Promise.all(names.map(name => world().teamWithValue(name)));
  const role = { bound_service_account_names: ['app'], bound_service_account_namespaces: ['*'], audience: 'vault' };
  const makeRole = (name: string) =>
    world().bao.api('POST', `auth/kubernetes/role/${name}`, { ...role, policies: [name] });
  const throughRole = async (name: string) => {
    const auth = { kubernetes: { role: name, serviceAccountRef: { name: 'app', audiences: ['vault'] } } };
    const { address } = world().bao;
    await world().cluster.apply(source(name, 'own', address, { default: true, provider: vaultAt(address, { auth }) }));
  };
  await Promise.all([quota('heals-quota'), admission('heals-admission'), makeRole('heals-policy')]);
  await throughRole('heals-policy');
  await byQuota?.refer('db');
  await byAdmission?.refer('db', { dataFrom: [byAdmission.extract('db')], target: { labels: { refused: 'x' } } });
  await byPolicy?.refer('db');
  await byQuota?.failing('db', 'TargetWriteRefused');
  await byAdmission?.failing('db', 'TargetWriteRefused');
  await byPolicy?.failing('db', 'AccessDenied');

  await world().cluster.remove('ResourceQuota', 'no-secrets', 'heals-quota');
  await world().cluster.remove('ValidatingAdmissionPolicyBinding', 'heals-admission');
  await policy(world().bao, 'heals-policy', { 'secret/data/heals-policy/*': ['read'] });
  // The first attempt comes after 15 to 30 s.
  const inStep = async (team: Team) => conditionOf(await team.reference('db'), 'Synced')?.status === 'True';
  for (const team of [byQuota, byAdmission, byPolicy])
    if (team !== undefined) await until(`${team.namespace} to heal`, () => inStep(team), 45_000);
}, 90_000);

test('in a namespace that is being deleted nothing is put back', async () => {
  const team = await world().teamWithValue('going');
  const metadata = { name: 'holds-it', namespace: 'going', finalizers: ['example.com/hold'] };
  await world().cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  await team.refer('db', undefined, { finalizers: ['example.com/hold'] });
  await team.synced('db');
  const writes = await world().audits.writes('going');
  await world().cluster.remove('Namespace', 'going');
  await until('the Secret to go', async () => (await team.secret('db')) === undefined);
  const other = await world().teamWithValue('staying');
  await other.refer('db');
  await other.synced('db');
  expect((await world().audits.writes('going')).slice(writes.length)).toEqual([]);
  for (const kind of ['ConfigMap', 'SecretReference'] as const)
    await world().cluster.patch(kind, kind === 'ConfigMap' ? 'holds-it' : 'db', 'going', {
      metadata: { finalizers: null },
    });
  await until('the namespace to go', async () => (await world().cluster.read('Namespace', 'going')) === undefined);
});
