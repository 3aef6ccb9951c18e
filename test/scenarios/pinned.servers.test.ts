import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { byChart } from '../chart/release.ts';
import { until } from '../servers/process.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { type TeamWithValue, useWorld } from './world.ts';

const world = useWorld({
  install: byChart({ pinning: { enabled: true } }),
});

/** A reference `db` with revision 1. */
async function pinned(
  namespace: string,
  delivery: object = {},
): Promise<TeamWithValue & { readonly passwords: string[] }> {
  const team = await world().teamWithValue(namespace);
  await team.refer('db', { dataFrom: [team.extract('db')], delivery: { mode: 'Pinned', ...delivery } });
  await team.synced('db');
  return { ...team, passwords: [team.password] };
}

/** The next content, which is the next revision. */
async function rotated({ passwords, put, rotate, synced }: Awaited<ReturnType<typeof pinned>>): Promise<void> {
  const password = secretValue(`revision-${passwords.length + 1}`);
  passwords.push(password);
  await put('db', { password });
  await rotate('db', `t${passwords.length}`);
  await synced('db');
}

const passwordIn = async (team: Team, name: string): Promise<string | undefined> =>
  (await team.secret(name))?.text.password;
const revisionsOf = async ({ namespace }: Team): Promise<readonly string[]> => {
  const names = await world().kubectl(
    'get',
    'secrets',
    '-n',
    namespace,
    '-l',
    'shearline.dev/revision-of=db',
    '-o',
    'name',
  );
  return names
    .split('\n')
    .flatMap(line => (line === '' ? [] : line.replace('secret/', '')))
    .toSorted();
};

/** A pod that nobody starts: there is no kubelet. */
const podWith = (namespace: string, name: string, secret: string) =>
  world().cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      containers: [
        {
          name: 'driver',
          image: 'example.com/spark',
          env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'password' } } }],
        },
      ],
    },
  });

test('each content is an immutable Secret, written before the one that changes, and keeps its bytes', async () => {
  const team = await pinned('pinned-contents');
  await rotated(team);
  const [first, second] = team.passwords;
  expect(await revisionsOf(team)).toEqual(['db-r1', 'db-r2']);
  expect([await passwordIn(team, 'db-r1'), await passwordIn(team, 'db-r2'), await passwordIn(team, 'db')]).toEqual([
    first,
    second,
    second,
  ]);
  expect((await team.reference('db')).status?.target).toMatchObject({ revision: 2, pinned: { name: 'db-r2' } });
  await expect(team.tamper('db-r1', { stringData: { password: 'other' } })).rejects.toThrow('immutable');
  expect(await world().audits.writes(team.namespace)).toEqual([
    'create secrets/db-r1',
    'create secrets/db',
    'patch secretreferences/db/status',
    'patch secretreferences/db',
    'create secrets/db-r2',
    'update secrets/db',
    'patch secretreferences/db/status',
  ]);
});

test('a revision that somebody deletes comes back under its name with its own bytes', async () => {
  const team = await pinned('pinned-deleted');
  const before = await team.secret('db-r1');
  await world().kubectl('delete', 'secret', 'db-r1', '-n', team.namespace);
  const again = await team.secretThat('db-r1', 'to be back', ({ metadata }) => metadata.uid !== before?.metadata.uid);
  expect(again.text).toEqual({ password: team.password });
  await team.until('db', 'its revision', ({ status }) => status?.target?.pinned?.uid === again.metadata.uid);
});

test('old revisions go when no pod refers to them, also after a restart', async () => {
  const team = await pinned('pinned-garbage', { keep: 1 });
  await podWith(team.namespace, 'spark-driver', 'db-r1');
  for (let times = 0; times < 3; times++) await rotated(team);
  await world().operator.kill();
  await world().operator.start();
  await until('what no pod refers to to go', async () => (await revisionsOf(team)).join() === 'db-r1,db-r4');
  expect(await passwordIn(team, 'db-r1')).toBe(team.password);
  await world().kubectl('delete', 'pod', 'spark-driver', '-n', team.namespace, '--force', '--grace-period=0');
  await world().operator.kill();
  await world().operator.start();
  await until('the last to go with its pod', async () => (await revisionsOf(team)).join() === 'db-r4');
});

test('SafeToRevoke names who still reads the revision before, and is True when they have ended', async () => {
  const team = await pinned('pinned-revoke');
  const { namespace } = team;
  await podWith(namespace, 'spark-driver', 'db-r1');
  await podWith(namespace, 'spark-executor', 'db-r2');
  await rotated(team);
  const reason = (each: unknown) => conditionOf(each, 'SafeToRevoke')?.reason;
  const blocked = await team.until('db', 'who blocks it to be named', each => reason(each) === 'OlderInUse');
  expect(conditionOf(blocked, 'SafeToRevoke')?.message).toBe('1 pod of Pod/spark-driver still reads revision 1');
  expect(blocked.status?.consumers).toEqual([
    { revision: 2, pods: 1 },
    { revision: 1, pods: 1 },
  ]);
  await world().kubectl('delete', 'pod', 'spark-driver', '-n', namespace, '--force', '--grace-period=0');
  await world().operator.kill();
  await world().operator.start();
  await world().kubectl('wait', 'sref/db', '-n', namespace, '--for=condition=SafeToRevoke', '--timeout=120s');
  const message = conditionOf(await team.reference('db'), 'SafeToRevoke')?.message ?? '';
  expect(await team.event('db', 'SafeToRevoke')).toBe(message);
  const [, command] = /store: (vault kv delete .*) \(OpenBao/.exec(message) ?? [];
  expect(command).toMatch(/^vault kv delete .*-mount=\S+ -versions=1 \S+$/);
});

test('a rollback by hand publishes the bytes of a kept revision until the annotation goes', async () => {
  const team = await pinned('pinned-rollback');
  await rotated(team);
  await team.annotate('db', { 'shearline.dev/rollback': '1' });
  await team.secretThat('db', 'the first password', ({ text }) => text.password === team.password);
  const back = await team.until('db', 'RolledBack', each => conditionOf(each, 'Synced')?.reason === 'RolledBack');
  expect(conditionOf(back, 'Ready')?.status).toBe('True');
  expect(await team.event('db', 'RolledBack')).toContain('revision 1');
  await team.annotate('db', { 'shearline.dev/rollback': '9' });
  expect(await team.failing('db', 'RevisionNotFound')).toContain('2, 1');
  await team.annotate('db', { 'shearline.dev/rollback': null });
  await team.secretThat('db', 'the newest password', ({ text }) => text.password === team.passwords[1]);
  await team.synced('db');
});

test('a spec that has no room for revisions is refused by the API server', async () => {
  const team = await world().team('pinned-refused');
  const delivery = { mode: 'Pinned' };
  const spec = (target: object) => ({ dataFrom: [team.extract('db')], delivery, target });
  await expect(team.refer('db', spec({ creationPolicy: 'Orphan' }))).rejects.toThrow(
    'needs target.creationPolicy Owner',
  );
  await expect(team.refer('db', spec({ immutable: true }))).rejects.toThrow('does not go with delivery.mode Pinned');
  await expect(team.refer('db', spec({ name: 'n'.repeat(51) }))).rejects.toThrow('at most 50 characters');
});

describe('a pod that asks for a revision', () => {
  const asks = { labels: { 'shearline.dev/pinned': 'true' }, annotations: { 'shearline.dev/pin': 'db' } };
  const podOf = (namespace: string, name: string, metadata: object, spec: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, ...metadata },
    spec,
  });
  const container = { name: 'app', image: 'example.com/app' };
  const reads = { containers: [{ ...container, envFrom: [{ secretRef: { name: 'db' } }] }] };
  const create = (pod: object, ...more: readonly string[]): Promise<string> =>
    world().controlPlane.kubectl(['create', '-f', '-', ...more], { input: JSON.stringify(pod) });
  /** What the API server would make of it. */
  const admitted = async (pod: object): Promise<string> => await create(pod, '--dry-run=server', '--output=json');
  const refusal = (pod: object): Promise<string> => admitted(pod).then(() => 'admitted', String);
  const revisionOf = async (pod: object): Promise<string | undefined> =>
    /"secretRef": \{\s*"name": "([^"]*)"/.exec(await admitted(pod))?.[1];
  /** A policy takes some seconds to be active, a status some milliseconds to be decided on. */
  const untilPinned = (pod: object, to: string): Promise<void> =>
    until(`new pods to be sent to ${to}`, async () => (await revisionOf(pod).catch(() => undefined)) === to);
  const spark = (id: string): object => ({ ...asks, labels: { ...asks.labels, 'spark-app-selector': id } });

  /** Every field by which a pod names a Secret's values. */
  const everywhere = (name: string) => {
    const fromKey = (secret: string) => ({
      name: 'PASSWORD',
      valueFrom: { secretKeyRef: { name: secret, key: 'password' } },
    });
    const all = {
      ...container,
      env: [{ name: 'PLAIN', value: 'db' }, fromKey(name), { ...fromKey('dbs'), name: 'OTHER' }],
      envFrom: [{ configMapRef: { name: 'db' } }, { secretRef: { name } }, { secretRef: { name: 'dbs' } }],
    };
    const defaultMode = 0o440;
    const sources = [{ configMap: { name: 'db' } }, { secret: { name } }, { secret: { name: 'dbs' } }];
    return {
      automountServiceAccountToken: false,
      containers: [{ ...container, name: 'plain' }, all],
      initContainers: [{ ...all, name: 'init' }],
      volumes: [
        { name: 'scratch', emptyDir: {} },
        { name: 'config', configMap: { name: 'db', defaultMode } },
        { name: 'files', secret: { secretName: name, defaultMode } },
        { name: 'others', secret: { secretName: 'dbs', defaultMode } },
        { name: 'projected', projected: { sources, defaultMode } },
      ],
    };
  };

  test('has it in every field that names the Secret, and everything else stays; other pods are left alone', async () => {
    const team = await pinned('pinned-fields');
    await untilPinned(podOf(team.namespace, 'x', asks, reads), 'db-r1');
    const made = JSON.parse(await admitted(podOf(team.namespace, 'x', asks, everywhere('db'))));
    expect(made.spec).toMatchObject(everywhere('db-r1'));
    expect(made.metadata.labels).toEqual({ ...asks.labels, 'shearline.dev/pinned-db': 'db-r1' });
    for (const metadata of [{}, { annotations: asks.annotations }, { labels: { 'shearline.dev/pinned': 'false' } }]) {
      const other = JSON.parse(await admitted(podOf(team.namespace, 'x', metadata, everywhere('db'))));
      expect([other.spec, other.metadata]).toMatchObject([everywhere('db'), metadata]);
    }
  });

  test('is refused with what is wrong, when it would not be pinned', async () => {
    const team = await pinned('pinned-wrong');
    await team.put('live', { password: team.password });
    await team.refer('live');
    await team.synced('live');
    await untilPinned(podOf(team.namespace, 'x', asks, reads), 'db-r1');
    const asking = (annotations: object) => refusal(podOf(team.namespace, 'x', { ...asks, annotations }, reads));
    expect(await asking({})).toContain('needs the annotation shearline.dev/pin');
    expect(await asking({ 'shearline.dev/pin': 'db, live ,nobody' })).toMatch(
      /cannot pin Secret live and nobody .* delivery\.mode Pinned that was synced/,
    );
    expect(await asking({ 'shearline.dev/pin': 'db', 'shearline.dev/pin-group': '' })).toContain('1 to 253 characters');
    expect(await asking({ 'shearline.dev/pin': ' db ' })).toBe('admitted');
  });

  test('shares the one of its application, from the first of its pods to the last; the next application has the newest', async () => {
    const team = await pinned('pinned-groups');
    const { namespace } = team;
    const of = (name: string, id: string) => podOf(namespace, name, spark(id), reads);
    await untilPinned(of('x', 'spark-1'), 'db-r1');
    await create(of('driver', 'spark-1'));
    await rotated(team);
    expect((await team.reference('db')).status?.pins).toEqual({ 'spark-1': 1 });
    await untilPinned(of('x', 'spark-2'), 'db-r2');
    expect(await revisionOf(of('x', 'spark-1'))).toBe('db-r1');
    await create(of('executor', 'spark-1'));
    await create(of('second-driver', 'spark-2'));
    await rotated(team);
    expect((await team.reference('db')).status?.pins).toEqual({ 'spark-1': 1, 'spark-2': 2 });
    await untilPinned(of('x', 'spark-3'), 'db-r3');
    expect(await Promise.all(['spark-1', 'spark-2'].map(id => revisionOf(of('x', id))))).toEqual(['db-r1', 'db-r2']);
    await world().kubectl('delete', 'pod', 'driver', 'executor', '-n', namespace, '--force', '--grace-period=0');
    await world().operator.kill();
    await world().operator.start();
    await team.until('db', 'the application without pods to go', each => each.status?.pins?.['spark-1'] === undefined);
    expect((await team.reference('db')).status?.pins).toEqual({ 'spark-2': 2 });
  });

  test('that came with the status of before is found after it', async () => {
    const team = await pinned('pinned-late');
    const group = { ...asks, annotations: { ...asks.annotations, 'shearline.dev/pin-group': 'nightly' } };
    await untilPinned(podOf(team.namespace, 'x', asks, reads), 'db-r1');
    await rotated(team);
    // As an API server makes it that has not heard of the rotation.
    const labels = { ...asks.labels, 'shearline.dev/pinned-db': 'db-r1' };
    await create(podOf(team.namespace, 'late', { ...group, labels }, reads));
    await team.until('db', 'its group', ({ status }) => status?.pins?.nightly === 1);
    await untilPinned(podOf(team.namespace, 'x', group, reads), 'db-r1');
  });

  test('keeps it for what is added to debug it', async () => {
    const team = await pinned('pinned-debug');
    await untilPinned(podOf(team.namespace, 'x', asks, reads), 'db-r1');
    await create(podOf(team.namespace, 'app', asks, reads));
    await rotated(team);
    await untilPinned(podOf(team.namespace, 'x', asks, reads), 'db-r2');
    const ephemeralContainers = [
      { name: 'debugger', image: 'example.com/sh', envFrom: [{ secretRef: { name: 'db' } }] },
    ];
    const patch = JSON.stringify({ spec: { ephemeralContainers } });
    const place = ['-n', team.namespace, 'pod', 'app'];
    await world().kubectl('patch', ...place, '--subresource=ephemeralcontainers', '--type=strategic', '-p', patch);
    const seen = await world().kubectl(
      'get',
      ...place,
      '--output=jsonpath={.spec.ephemeralContainers[0].envFrom[0].secretRef.name}',
    );
    expect(seen).toBe('db-r1');
  });

  test('is looked at once for each reference that is Pinned, and the pods of others not at all', async () => {
    const team = await pinned('pinned-cost');
    for (let index = 0; index < 20; index++)
      await team.refer(`live-${index}`, { suspend: true, dataFrom: [team.extract('db')] });
    await untilPinned(podOf(team.namespace, 'x', asks, reads), 'db-r1');
    const evaluations = async (pod: object): Promise<number> => {
      const count = async () => {
        const metrics = await world().kubectl('get', '--raw', '/metrics');
        const found = metrics.matchAll(
          /^apiserver_mutating_admission_policy_check_total\{[^}]*shearline-pin[^}]*\} (\d+)/gm,
        );
        return [...found].reduce((sum, [, value]) => sum + Number(value), 0);
      };
      const before = await count();
      await admitted(pod);
      return (await count()) - before;
    };
    // Of 21 references one, and once more if another plug-in changes the pod after it.
    expect([1, 2]).toContain(await evaluations(podOf(team.namespace, 'x', asks, reads)));
    expect(await evaluations(podOf(team.namespace, 'x', {}, reads))).toBe(0);
  });
});
