import { describe, expect, test } from '@jest/globals';
import { canary } from '../canary.ts';
import { until } from '../servers/process.ts';
import { useBattery } from './battery.ts';
import { staysQuiet } from './idle.ts';
import { anyRequest, create } from './match.ts';
import { isWell, survives } from './oracle.ts';

const battery = useBattery();
const crd = 'crds/secretreferences.yaml';
const first = { password: `${canary}-1` };

test('goes on when its rights come back, which were taken away while it runs', () =>
  survives(battery(), {
    rotate: async ({ api, world: { kubectl, controlPlane } }) => {
      const binding = await kubectl('get', 'clusterrolebinding', 'shearline', '--output=json');
      await kubectl('delete', 'clusterrolebinding', 'shearline');
      api.cut(anyRequest);
      setTimeout(() => controlPlane.kubectl(['create', '-f', '-'], { input: binding }), 2000);
    },
  }));

describe('says who refuses its write, and makes it when it may', () => {
  test('a ResourceQuota', async () => {
    const { world } = battery();
    const team = await world.team('poor');
    await team.put('db', first);
    await world.cluster.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace: 'poor' },
      spec: { hard: { 'count/secrets': '0' } },
    });
    await untilRefused('poor', 'exceeded quota');
    await team.refer('db');
    expect(await team.failing('db', 'TargetWriteRefused')).toContain('ResourceQuota');
    await world.cluster.remove('ResourceQuota', 'none', 'poor');
    // Nothing tells that a quota was raised: it is tried again within half a minute.
    await until('the Secret', async () => (await team.secret('db')) !== undefined, 60_000);
    await team.synced('db');
  }, 120_000);

  test('an admission policy', async () => {
    const { world } = battery();
    const team = await world.team('policed');
    await team.put('db', first);
    for (const object of policyAgainstSecretsOf('policed')) await world.cluster.create(object);
    await untilRefused('policed', 'ValidatingAdmissionPolicy');
    await team.refer('db');
    expect(await team.failing('db', 'TargetWriteRefused')).toContain('admission policy');
    await world.cluster.remove('ValidatingAdmissionPolicyBinding', 'no-secrets');
    await until('the Secret', async () => (await team.secret('db')) !== undefined, 60_000);
    await team.synced('db');
    await isWell(battery());
  }, 120_000);
});

test('leaves a namespace alone that is being deleted, and serves it when it is made again', async () => {
  const { world, api } = battery();
  const team = await world.team('doomed');
  await team.put('db', first);
  await team.refer('db');
  await team.synced('db');
  const since = api.journal.length;
  const anchor = { name: 'anchor', namespace: 'doomed', finalizers: ['example.com/anchor'] };
  await world.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: anchor });
  await world.cluster.remove('Namespace', 'doomed');
  await until('its Secret to go', async () => (await team.secret('db')) === undefined);
  await isWell(battery());
  expect(api.journal.of(create('secrets', { namespace: 'doomed' }), since).length).toBeLessThan(2);
  expect(api.journal.writes({ namespace: 'doomed' }, since).filter(({ call }) => call.resource === 'secrets')).toEqual(
    [],
  );
  await world.cluster.patch('ConfigMap', 'anchor', 'doomed', { metadata: { finalizers: null } });
  await until('the namespace to go', async () => (await world.cluster.read('Namespace', 'doomed')) === undefined);
  const again = await world.team('doomed');
  await again.refer('db');
  await again.synced('db');
});

test('goes on when its CRD was deleted and is applied again', async () => {
  const { world, bystander } = battery();
  const team = await world.team('crd');
  await team.put('db', first);
  await team.refer('db');
  await team.synced('db');
  await world.kubectl('delete', '-f', crd);
  await world.kubectl('apply', '--server-side', '-f', crd);
  await world.kubectl('wait', '--for=condition=Established', 'crd/secretreferences.shearline.dev');
  await until('it to be served', () =>
    team.refer('db').then(
      () => true,
      () => false,
    ),
  );
  const { metadata } = await team.synced('db');
  await team.secretThat(
    'db',
    'owned by the new reference',
    secret => secret.metadata.ownerReferences[0]?.uid === metadata.uid,
  );
  await bystander.settles();
  await isWell(battery());
});

test('writes nothing for three refresh intervals afterwards', () => staysQuiet(battery()));

/** A rule of the API server holds a moment after it was made: until it refuses the administrator too. */
async function untilRefused(namespace: string, why: string): Promise<void> {
  const probe = ['create', 'secret', 'generic', 'probe', '--namespace', namespace, '--dry-run=server'];
  const complaint = () =>
    battery()
      .world.kubectl(...probe)
      .then(
        () => '',
        (problem: Error) => problem.message,
      );
  await until(`Secrets to be refused in ${namespace}`, async () => (await complaint()).includes(why));
}

function policyAgainstSecretsOf(namespace: string) {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: 'no-secrets' };
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: 'false', message: 'no Secrets here' }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: 'no-secrets', validationActions: ['Deny'], matchResources: { namespaceSelector } },
    },
  ] as const;
}
