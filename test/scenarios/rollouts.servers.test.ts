import { expect, test } from '@jest/globals';
import { parseSecretRotation, type SecretRotationStatus } from '../../src/api/secret-rotation/secret-rotation.ts';
import { fieldOf, listOf, textOf } from '../../src/core/untyped.ts';
import { secretValue } from '../canary.ts';
import { byChart } from '../chart/release.ts';
import { until } from '../servers/process.ts';
import { conditionOf } from './objects.ts';
import { type TeamWithValue, useWorld } from './world.ts';

/**
 * The controllers of Kubernetes are real, and judge rollouts as they do everywhere. There is no kubelet: a test says which
 * pods become ready.
 */
const world = useWorld({
  install: byChart({ rotation: { enabled: true } }),
});

const template = (app: string) => ({
  metadata: { labels: { app, team: 'orders' } },
  spec: { containers: [{ name: 'app', image: 'example.com/app' }] },
});

const workload = (kind: 'Deployment' | 'StatefulSet', name: string, namespace: string, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, namespace, labels: { team: 'orders' } },
  spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: template(name), ...more },
});

/** What the pod template of a pod was restarted for. */
const restartedFor = (pod: unknown): string | undefined =>
  textOf(fieldOf(fieldOf(fieldOf(pod, 'metadata'), 'annotations'), 'shearline.dev/restarted-for'));

const isReady = (pod: unknown): boolean =>
  listOf(fieldOf(fieldOf(pod, 'status'), 'conditions')).some(
    each => fieldOf(each, 'type') === 'Ready' && fieldOf(each, 'status') === 'True',
  );

/** As a kubelet would: those pods become ready that are well, and are not ready yet. */
async function kubelet(namespace: string, isWell: (pod: unknown) => boolean): Promise<void> {
  for (const pod of await world().cluster.list('Pod', namespace)) {
    const name = textOf(fieldOf(fieldOf(pod, 'metadata'), 'name')) ?? '';
    if (isReady(pod) || !isWell(pod)) continue;
    const conditions = ['Ready', 'ContainersReady'].map(type => ({ type, status: 'True' }));
    // It may have been replaced meanwhile.
    await world()
      .cluster.patch('Pod', `${name}/status`, namespace, { status: { phase: 'Running', conditions } })
      .catch(() => undefined);
  }
}

/** Waits, while pods that are well become ready. */
async function meanwhile<T>(
  { namespace }: TeamWithValue,
  what: string,
  look: () => Promise<T | undefined>,
  isWell: (pod: unknown) => boolean = () => true,
): Promise<T> {
  let found: T | undefined;
  await until(
    what,
    async () => {
      await kubelet(namespace, isWell);
      found = await look();
      return found !== undefined;
    },
    120_000,
  );
  if (found === undefined) throw new Error(`${what}: never`);
  return found;
}

async function runOf({ namespace }: TeamWithValue, number = 1): Promise<SecretRotationStatus | undefined> {
  return parseSecretRotation(await world().cluster.read('SecretRotation', `db-${number}`, namespace))?.status;
}

const ended = async (team: TeamWithValue, number?: number): Promise<SecretRotationStatus | undefined> => {
  const status = await runOf(team, number);
  return status?.result === undefined ? undefined : status;
};

/** In step with revision 1, and all workloads are up; then the store has a newer value, and somebody asks for it. */
async function asked(
  namespace: string,
  workloads: readonly ReturnType<typeof workload>[],
  restart: readonly object[],
  first: () => Promise<unknown> = async () => undefined,
): Promise<TeamWithValue & { readonly newer: string }> {
  const team = await world().teamWithValue(namespace);
  for (const each of workloads) await world().cluster.create(each);
  await team.refer('db', { dataFrom: [team.extract('db')], rotation: { restart } });
  await team.synced('db');
  for (const { kind, metadata } of workloads)
    await meanwhile(team, `${kind} ${metadata.name} to be up`, async () => {
      const status = fieldOf(await world().cluster.read(kind, metadata.name, namespace), 'status');
      return fieldOf(status, 'availableReplicas') === 2 || undefined;
    });
  await first();
  const newer = secretValue('newer');
  await team.put('db', { password: newer });
  await team.annotate('db', { 'shearline.dev/rotate': 't1' });
  return { ...team, newer };
}

const workloadWrites = async (namespace: string): Promise<readonly string[]> =>
  (await world().audits.writes(namespace)).filter(write =>
    /^(update secrets\/db$|patch (deploy|stateful).*[^9]$)/.test(write),
  );

test('what reads the Secret is restarted in its order, each after the rollout before it', async () => {
  const namespace = 'rollouts-in-order';
  const api = workload('Deployment', 'api', namespace);
  const team = await asked(
    namespace,
    [workload('StatefulSet', 'proxy', namespace), api],
    [
      { kind: 'StatefulSet', name: 'proxy' },
      { kind: 'Deployment', selector: { matchLabels: { team: 'orders' } } },
    ],
  );
  const status = await meanwhile(team, 'the run to end', () => ended(team));
  expect(status).toMatchObject({ result: 'Rotated', from: 1, to: 2 });
  expect(status.stages.map(({ name, message }) => [name, message])).toEqual([
    ['Publish', undefined],
    ['Restart', 'restarted: StatefulSet proxy, Deployment api'],
  ]);
  expect((await team.secret('db'))?.text.password).toBe(team.newer);
  expect(
    (await team.until('db', 'the answer', each => each.status?.rotation?.lastHandled === 't1')).status,
  ).toMatchObject({ rotation: { lastSucceeded: 't1', result: 'Rotated' } });
  expect(await workloadWrites(namespace)).toEqual([
    'update secrets/db',
    'patch statefulsets/proxy',
    'patch deployments/api',
  ]);
  const pods = await world().cluster.list('Pod', namespace);
  expect(pods.map(restartedFor)).toEqual(['db-1', 'db-1', 'db-1', 'db-1']);
  const after = await world().cluster.read('Deployment', 'api', namespace);
  expect(fieldOf(fieldOf(fieldOf(after, 'spec'), 'template'), 'spec')).toMatchObject(api.spec.template.spec);
}, 300_000);

test('a rollout that Kubernetes gives up puts the values before back, and restarts once more', async () => {
  const namespace = 'rollouts-back';
  const api = workload('Deployment', 'api', namespace, { progressDeadlineSeconds: 15 });
  const team = await asked(namespace, [api], [{ kind: 'Deployment', name: 'api' }]);
  const isWell = (pod: unknown) => restartedFor(pod) !== 'db-1';
  const status = await meanwhile(team, 'the run to end', () => ended(team), isWell);
  expect(status).toMatchObject({ result: 'RolledBack', reason: 'RolloutFailed' });
  expect(status.message).toBe(
    'Deployment api made no progress within its progressDeadlineSeconds; restarted: Deployment api',
  );
  expect((await team.secret('db'))?.text.password).toBe(team.password);
  const reference = await team.until('db', 'the answer', each => each.status?.rotation?.lastHandled === 't1');
  expect(reference.status?.rotation).toMatchObject({ result: 'RolledBack' });
  expect(conditionOf(reference, 'Synced')).toMatchObject({ reason: 'RotationFailed' });
  expect(conditionOf(reference, 'Ready')).toMatchObject({ status: 'True' });
  expect(await team.event('db', 'RotationFailed')).toContain('db-1');
  expect(await workloadWrites(namespace)).toEqual([
    'update secrets/db',
    'patch deployments/api',
    'update secrets/db',
    'patch deployments/api',
  ]);
  const pods = await world().cluster.list('Pod', namespace);
  expect(pods.map(restartedFor)).toEqual(['db-1-rollback', 'db-1-rollback']);
}, 300_000);

test('a quota that lets no pod be made ends in a rollback that names the workload, and its pods stay', async () => {
  const namespace = 'rollouts-quota';
  const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const quota = {
    kind: 'ResourceQuota',
    metadata: { name: 'full', namespace },
    spec: { hard: { pods: '2' } },
  } as const;
  const team = await asked(
    namespace,
    [workload('Deployment', 'api', namespace, { strategy })],
    [{ kind: 'Deployment', name: 'api', timeout: '10s' }],
    () => world().cluster.create({ apiVersion: 'v1', ...quota }),
  );
  const status = await meanwhile(team, 'the run to end', () => ended(team));
  const hung =
    'Deployment api did not roll out within 10s: it cannot make pods (a quota, or an admission policy): its conditions and events say why';
  expect(status).toMatchObject({
    result: 'RolledBack',
    reason: 'RolloutTimeout',
    message: `${hung}; the values before are back, but not everywhere: ${hung}`,
  });
  expect((await team.secret('db'))?.text.password).toBe(team.password);
  const pods = await world().cluster.list('Pod', namespace);
  expect(pods.map(restartedFor)).toEqual([undefined, undefined]);
}, 300_000);

test('what does not exist is said before anything is published, and a new token tries again', async () => {
  const namespace = 'rollouts-nothing';
  const team = await asked(namespace, [], [{ kind: 'Deployment', name: 'api' }]);
  await team.until('db', 'the answer', each => each.status?.rotation?.lastHandled === 't1');
  expect(await runOf(team)).toMatchObject({
    result: 'Failed',
    reason: 'WorkloadNotFound',
    message: 'there is no Deployment api: correct rotation.restart',
  });
  expect((await team.secret('db'))?.text.password).toBe(team.password);
  await world().cluster.create(workload('Deployment', 'api', namespace));
  await team.annotate('db', { 'shearline.dev/rotate': 't2' });
  const status = await meanwhile(team, 'the next run to end', () => ended(team, 2));
  expect(status).toMatchObject({ result: 'Rotated' });
  expect((await team.secret('db'))?.text.password).toBe(team.newer);
}, 300_000);
