import { describe, expect, test } from '@jest/globals';
import { deadline, type Kind, stuck, Workloads } from './workloads.ts';

const api = { kind: 'Deployment', name: 'api' } as const;
const db = { kind: 'StatefulSet', name: 'db' } as const;
const workers = { kind: 'Deployment', selector: { matchLabels: { app: 'worker' } } } as const;
const labels = { app: 'worker' };
const minutes = 60;

describe('a run', () => {
  test('restarts one entry after the other, those of a selector together, and each once', async () => {
    const etl = new Workloads([api, workers, db]);
    etl.with('Deployment', 'api').with('Deployment', 'w1', { labels }).with('Deployment', 'w2', { labels });
    etl.with('StatefulSet', 'db').with('Deployment', 'w3');
    expect(await etl.look()).toBe('waiting RollingOut: restarted: Deployment api');
    expect(await etl.look(5)).toBe('waiting RollingOut: Deployment api: its controller has not seen the restart yet');
    etl.status('Deployment', 'api', stuck);
    expect(await etl.look(5)).toBe('waiting RollingOut: Deployment api: 1 pods from before the restart still run');
    etl.status('Deployment', 'api');
    expect(await etl.look()).toBe('waiting RollingOut: restarted: Deployment w1, Deployment w2');
    etl.status('Deployment', 'w1');
    expect(await etl.look()).toBe('waiting RollingOut: Deployment w2: its controller has not seen the restart yet');
    etl.status('Deployment', 'w2');
    expect(await etl.look()).toBe('waiting RollingOut: restarted: StatefulSet db');
    etl.status('StatefulSet', 'db');
    expect(await etl.look()).toBe('passed: restarted: Deployment api, Deployment w1, Deployment w2, StatefulSet db');
    expect(await etl.look()).toMatch(/^passed/);
    expect(etl.api.writes).toEqual([
      'patch deployments/api',
      'patch deployments/w1',
      'patch deployments/w2',
      'patch statefulsets/db',
    ]);
    expect(etl.restartedFor('Deployment', 'w3')).toBe('');
  });

  test('changes nothing of a workload but its own annotations', async () => {
    const etl = new Workloads([api]).with('Deployment', 'api');
    const before = etl.object('Deployment', 'api');
    await etl.look();
    const time = '2026-01-01T00:00:00Z';
    const template = { of: 'somebody else', 'shearline.dev/restarted-for': 'db-4', 'shearline.dev/restarted-at': time };
    expect(etl.object('Deployment', 'api')).toEqual({
      ...before,
      metadata: {
        ...Object(before.metadata),
        annotations: { 'shearline.dev/restart-uid-db': `db-4 ${time}` },
        generation: 2,
        resourceVersion: expect.anything(),
      },
      spec: { replicas: 1, template: { metadata: { annotations: template } } },
    });
  });

  test('does not look back at what has rolled out: a pod of it that goes later fails nothing', async () => {
    const etl = new Workloads([api, db]).with('Deployment', 'api').with('StatefulSet', 'db');
    await etl.look();
    etl.status('Deployment', 'api');
    await etl.look(1);
    etl.status('Deployment', 'api', deadline);
    etl.status('StatefulSet', 'db');
    expect(await etl.look(20 * minutes)).toMatch(/^passed/);
  });

  test('of a reference that was made again restarts what the one before has restarted under the same name', async () => {
    const etl = new Workloads([api]).with('Deployment', 'api');
    etl.otherRestart('Deployment', 'api', 'db-4');
    etl.status('Deployment', 'api');
    expect(await etl.look(10)).toBe('waiting RollingOut: restarted: Deployment api');
    expect(await etl.look()).toBe('waiting RollingOut: Deployment api: its controller has not seen the restart yet');
  });

  test('waits for the rollout of another reference before it restarts the same workload', async () => {
    const etl = new Workloads([api]).with('Deployment', 'api');
    etl.otherRestart('Deployment', 'api');
    expect(await etl.look()).toBe(
      'waiting WorkloadBusy: Deployment api is still rolling out for other-3, which comes first',
    );
    expect(await etl.look(9 * minutes)).toMatch(/^waiting WorkloadBusy/);
    etl.status('Deployment', 'api');
    expect(await etl.look()).toBe('waiting RollingOut: restarted: Deployment api');
  });

  test('that has restarted a workload which another one restarts then is done when that has rolled out', async () => {
    const etl = new Workloads([api]).with('Deployment', 'api');
    await etl.look();
    etl.status('Deployment', 'api', stuck);
    etl.wall += 5000;
    etl.otherRestart('Deployment', 'api');
    etl.status('Deployment', 'api');
    expect(await etl.look()).toMatch(/^passed/);
  });

  test('looks less often the longer a rollout takes, and at its end', async () => {
    const etl = new Workloads([{ ...api, timeout: '1m' }]).with('Deployment', 'api');
    await etl.look();
    const waits: (number | undefined)[] = [];
    for (const seconds of [0, 5, 15, 35]) waits.push(await etl.lookAgainMs(seconds));
    expect(waits).toEqual([1000, 1000, 2000, 5000]);
  });
});

interface Row {
  readonly title: string;
  readonly entries?: ConstructorParameters<typeof Workloads>[0];
  /** What is there, beside Deployment `api`. */
  readonly given?: (etl: Workloads) => unknown;
  /** What happens once it was restarted; undefined: it never is. */
  readonly afterwards?: (etl: Workloads) => unknown;
  readonly says: string;
}

const withApi: Row['given'] = etl => etl.with('Deployment', 'api');
const toApi = (status: object) => (etl: Workloads) => etl.status('Deployment', 'api', { ...status });
const timedOut = (why: string) => `failed RolloutTimeout: Deployment api did not roll out within 10m: ${why}`;
const pass = (etl: Workloads) => {
  etl.wall += 10 * minutes * 1000;
};

const rows: readonly Row[] = [
  {
    title: 'a workload that does not exist, before any other is restarted',
    entries: [api, db],
    says: 'failed WorkloadNotFound: there is no StatefulSet db: correct rotation.restart',
  },
  {
    title: 'a workload that is being deleted, as when its namespace goes',
    entries: [api, db],
    given: etl => etl.with('Deployment', 'api').with('StatefulSet', 'db').going('StatefulSet', 'db'),
    says: 'failed WorkloadNotFound: there is no StatefulSet db: correct rotation.restart',
  },
  {
    title: 'a selector that matches nothing',
    entries: [api, workers],
    says: 'failed NothingSelected: no Deployment has the labels app=worker: correct rotation.restart',
  },
  {
    title: 'a Rollout where the cluster has no such kind',
    entries: [{ kind: 'Rollout', name: 'shop' }],
    given: etl => etl.api.refuse('get rollouts/shop', { kind: 'unavailable', notServed: true }),
    says: 'failed WorkloadNotFound: there is no Rollout shop: correct rotation.restart',
  },
  {
    title: 'a Rollout whose pods are described by a Deployment',
    entries: [{ kind: 'Rollout', name: 'shop' }],
    given: etl => etl.with('Rollout', 'shop', { spec: { workloadRef: { kind: 'Deployment', name: 'shop' } } }),
    says: 'failed RestartRefused: Rollout shop has its pod template in another object (workloadRef), which is not restarted through it: take it out of rotation.restart',
  },
  {
    title: 'an API server that does not answer',
    given: etl => etl.api.refuse('get deployments/api', { kind: 'unavailable' }),
    says: 'fault KubernetesUnavailable',
  },
  {
    title: 'an API server that asks to wait',
    given: etl =>
      etl.with('Deployment', 'api').api.refuse('patch deployments/api', { kind: 'throttled', retryAfterMs: 9 }),
    says: 'fault Throttled',
  },
  {
    title: 'a missing right to read',
    given: etl => etl.api.refuse('get deployments/api', { kind: 'refused', cause: 'forbidden' }),
    says: 'waiting RbacMissing: the operator may not get deployments in namespace etl: set rotation.enabled in its chart, which allows {apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"]}',
  },
  {
    title: 'a missing right to list',
    entries: [{ kind: 'Rollout', selector: { matchLabels: { app: 'worker' } } }],
    given: etl => etl.api.refuse('list rollouts', { kind: 'refused', cause: 'forbidden' }),
    says: 'waiting RbacMissing: the operator may not list rollouts in namespace etl: set rotation.enabled in its chart, which allows {apiGroups: ["argoproj.io"], resources: ["rollouts"], verbs: ["list"]}',
  },
  {
    title: 'a missing right to restart',
    given: etl =>
      etl.with('Deployment', 'api').api.refuse('patch deployments/api', { kind: 'refused', cause: 'forbidden' }),
    says: 'waiting RbacMissing: the operator may not patch deployments in namespace etl: set rotation.enabled in its chart, which allows {apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"]}',
  },
  {
    title: 'an admission policy that refuses',
    given: etl =>
      etl.with('Deployment', 'api').api.refuse('patch deployments/api', { kind: 'refused', cause: 'admission' }),
    says: 'failed StageRefused: Kubernetes refused to patch deployments in namespace etl: an admission policy or webhook says no; the same by kubectl shows what it says',
  },
  {
    title: 'a namespace that is being deleted',
    given: etl =>
      etl
        .with('Deployment', 'api')
        .api.refuse('patch deployments/api', { kind: 'refused', cause: 'namespace-terminating' }),
    says: 'waiting NamespaceTerminating: namespace etl is being deleted, so nothing can be created in it',
  },
  {
    title: 'somebody who is faster',
    given: etl =>
      etl
        .with('Deployment', 'api')
        .api.before('patch deployments/api', () => etl.api.change('deployments', 'api', { spec: { replicas: 2 } })),
    says: 'waiting RollingOut: a Deployment was changed meanwhile',
  },
  {
    title: 'another reference whose rollout never ends',
    given: etl => {
      etl.with('Deployment', 'api').otherRestart('Deployment', 'api');
      pass(etl);
    },
    says: 'failed RolloutTimeout: Deployment api is still rolling out for other-3, and was waited for long enough',
  },
  {
    title: 'a rollout in time',
    given: withApi,
    afterwards: toApi({ ...stuck, replicas: 1 }),
    says: 'passed: restarted: Deployment api',
  },
  {
    title: 'a rollout that the Deployment itself gives up',
    given: withApi,
    afterwards: toApi(deadline),
    says: 'failed RolloutFailed: Deployment api made no progress within its progressDeadlineSeconds',
  },
  {
    title: 'a rollout that takes too long',
    given: withApi,
    afterwards: etl => {
      etl.status('Deployment', 'api', stuck);
      pass(etl);
    },
    says: timedOut('1 pods from before the restart still run'),
  },
  {
    title: 'a Deployment that is paused for too long',
    given: etl => etl.with('Deployment', 'api', { spec: { paused: true } }),
    afterwards: etl => {
      etl.status('Deployment', 'api', { updatedReplicas: 0 });
      pass(etl);
    },
    says: timedOut('it is paused: resume it (kubectl rollout resume)'),
  },
  {
    title: 'a quota that is full for too long',
    given: withApi,
    afterwards: etl => {
      etl.status('Deployment', 'api', { ...stuck, conditions: [{ type: 'ReplicaFailure', status: 'True' }] });
      pass(etl);
    },
    says: timedOut('it cannot make pods (a quota, or an admission policy): its conditions and events say why'),
  },
  {
    title: 'a Deployment without pods',
    given: etl => etl.with('Deployment', 'api', { spec: { replicas: 0 } }),
    afterwards: toApi({ replicas: 0, updatedReplicas: 0, availableReplicas: 0 }),
    says: 'passed: restarted: Deployment api',
  },
  {
    title: 'somebody who writes the pod template as it was',
    given: withApi,
    afterwards: etl => {
      etl.undo('Deployment', 'api');
      etl.status('Deployment', 'api');
    },
    says: 'failed RestartUndone: somebody took the restart of Deployment api back: find out who writes its pod template',
  },
  {
    title: 'a partition, which leaves pods as they are',
    entries: [db],
    given: etl =>
      etl.with('StatefulSet', 'db', { spec: { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } } }),
    afterwards: etl => etl.status('StatefulSet', 'db', { updatedReplicas: 1, availableReplicas: 2 }),
    says: 'passed: restarted: StatefulSet db; StatefulSet db: its partition leaves 1 of 2 pods as they were',
  },
];

test.each(rows)('a run says of $title', async ({ entries = [api], given = withApi, afterwards, says }) => {
  const etl = new Workloads(entries);
  given(etl);
  if (entries.length > 1 && etl.object('Deployment', 'api').metadata === undefined) etl.with('Deployment', 'api');
  if (afterwards !== undefined) expect(await etl.look()).toMatch(/^waiting RollingOut: restarted/);
  afterwards?.(etl);
  expect(await etl.look()).toBe(says);
  if (afterwards === undefined) expect(etl.restartedFor('Deployment', 'api')).not.toBe('db-4');
});

describe('a rollback', () => {
  async function failedRun(): Promise<Workloads> {
    const etl = new Workloads([api, db, workers]);
    etl.with('Deployment', 'api').with('StatefulSet', 'db').with('Deployment', 'w1', { labels });
    await etl.look();
    etl.status('Deployment', 'api');
    await etl.look();
    etl.status('StatefulSet', 'db', { ...stuck, updatedReplicas: 0 });
    expect(await etl.look(10 * minutes)).toMatch(/^failed RolloutTimeout/);
    return etl;
  }

  test('restarts those that the run has restarted, and only those, in the same order', async () => {
    const etl = await failedRun();
    expect(await etl.lookBack()).toBe('waiting RollingOut: restarted: Deployment api');
    expect(await etl.lookBack(1)).toMatch(/^waiting RollingOut: Deployment api/);
    etl.status('Deployment', 'api');
    expect(await etl.lookBack()).toBe('waiting RollingOut: restarted: StatefulSet db');
    etl.status('StatefulSet', 'db');
    expect(await etl.lookBack()).toBe('passed: restarted: Deployment api, StatefulSet db');
    expect(etl.restartedFor('StatefulSet', 'db')).toBe('db-4-rollback');
    expect(etl.restartedFor('Deployment', 'w1')).toBe('');
  });

  test('restarts also what another reference has restarted since', async () => {
    const etl = await failedRun();
    etl.otherRestart('Deployment', 'api');
    etl.status('Deployment', 'api');
    expect(await etl.lookBack()).toBe('waiting RollingOut: restarted: Deployment api');
  });

  test('that fails in its turn names the workload', async () => {
    const etl = await failedRun();
    await etl.lookBack();
    etl.status('Deployment', 'api', deadline);
    expect(await etl.lookBack()).toBe(
      'failed RolloutFailed: Deployment api made no progress within its progressDeadlineSeconds',
    );
  });

  test('restarts nothing where nothing was restarted, though an entry names what is not there', async () => {
    const etl = new Workloads([api, { kind: 'DaemonSet', name: 'nope' }]).with('Deployment', 'api');
    expect(await etl.look()).toMatch(/^failed WorkloadNotFound/);
    expect(await etl.lookBack()).toBe('passed: nothing');
    expect(etl.api.writes).toEqual([]);
  });
});

describe('the operator is killed', () => {
  const every = ['patch deployments/api', 'patch deployments/w1', 'patch deployments/w2', 'patch statefulsets/db'];
  const kills = every.flatMap(request => (['before', 'after'] as const).map(when => ({ when, request })));

  test.each(kills)('$when $request: the run and its rollback restart each once', async ({ when, request }) => {
    const etl = new Workloads([api, workers, db]);
    etl.with('Deployment', 'api').with('Deployment', 'w1', { labels }).with('Deployment', 'w2', { labels });
    etl.with('StatefulSet', 'db');
    const all: readonly (readonly [Kind, string])[] = [
      ['Deployment', 'api'],
      ['Deployment', 'w1'],
      ['Deployment', 'w2'],
      ['StatefulSet', 'db'],
    ];
    for (const look of [etl.look.bind(etl), etl.lookBack.bind(etl)]) {
      const process = new AbortController();
      etl.api.kill(when, request, process);
      await ends(etl, all, seconds => look(seconds, process.signal.aborted ? new AbortController() : process));
    }
    const generations = all.map(([kind, name]) => Object(etl.object(kind, name).metadata).generation);
    expect(generations).toEqual([3, 3, 3, 3]);
  });

  async function ends(
    etl: Workloads,
    all: readonly (readonly [Kind, string])[],
    look: (seconds: number) => Promise<string>,
  ): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      if ((await look(1)).startsWith('passed')) return;
      for (const [kind, name] of all) etl.status(kind, name);
    }
    throw new Error('it never ends');
  }
});
