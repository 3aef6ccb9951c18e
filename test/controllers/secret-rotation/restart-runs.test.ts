import { describe, expect, test } from '@jest/globals';
import { fieldOf } from '../../../src/core/untyped.ts';
import { password, reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { RunWorld } from './run-world.ts';

/** Runs that restart workloads, with both controllers: what consumers read in the end. */

const entry = { kind: 'Deployment', name: 'api', timeout: '5m' };
const rolledOut = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

/** A reference that asks for nothing but restarts; the store has a newer value, and somebody asks for it. */
async function asked(names: readonly string[], rotation: Fields = {}): Promise<RunWorld> {
  const run = await RunWorld.synced(reference().spec({ rotation: { restart: [entry], ...rotation } }));
  for (const name of names) deploy(run, name);
  run.world.store.put('etl/db', { password: run.newer(2) });
  await run.ask('t1');
  return run;
}

function deploy(run: RunWorld, name: string): void {
  run.world.api.put('deployments', {
    metadata: { name, namespace: 'etl', uid: `uid-${name}`, generation: 1 },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, ...rolledOut },
  });
}

/** Its controller has seen what there is, and comes so far; the run looks again. */
async function come(run: RunWorld, name: string, status: Fields = rolledOut): Promise<void> {
  const generation = fieldOf(fieldOf(run.world.api.find('deployments', name), 'metadata'), 'generation');
  run.world.api.change('deployments', name, { status: { observedGeneration: generation, ...status } });
  await later(run, 10);
}

async function later(run: RunWorld, seconds: number): Promise<void> {
  run.world.clock.pass(seconds * 1000);
  await run.reconcile();
  await run.settle();
}

const restartedFor = (run: RunWorld, name: string): unknown => {
  const template = fieldOf(fieldOf(run.world.api.find('deployments', name), 'spec'), 'template');
  return fieldOf(fieldOf(fieldOf(template, 'metadata'), 'annotations'), 'shearline.dev/restarted-for');
};

const patches = (run: RunWorld): readonly string[] =>
  run.world.api.writes.filter(write => write.startsWith('patch deployments') || write.includes('secrets/db'));

describe('a run that restarts what reads the Secret', () => {
  test('publishes first, restarts then, and ends when the rollout has', async () => {
    const run = await asked(['api']);
    expect(run.served).toEqual([run.newer(2), 2]);
    expect(run.state()).toBe('Restart RollingOut');
    expect(run.world.status()?.rotation?.lastHandled).toBeUndefined();
    await come(run, 'api');
    expect(run.state()).toBe('Rotated Synced');
    expect(run.world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
    expect(patches(run).slice(-2)).toEqual(['update secrets/db', 'patch deployments/api']);
  });

  test('whose rollout fails puts the values before back, restarts once more, and says so', async () => {
    const run = await asked(['api']);
    await later(run, 300);
    expect(run.served).toEqual([password, 1]);
    expect(run.state()).toBe('Rollback RollingOut');
    expect(restartedFor(run, 'api')).toBe('db-1-rollback');
    await come(run, 'api');
    expect(run.state()).toBe('RolledBack RolloutTimeout');
    expect(run.record()?.status?.message).toBe(
      'Deployment api did not roll out within 5m: its controller has not seen the restart yet; restarted: Deployment api',
    );
    expect(run.world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'True RotationFailed' });
    expect(run.world.events.filter(({ type }) => type === 'Warning').map(({ reason }) => reason)).toEqual([
      'RolledBack',
      'RotationFailed',
    ]);
    expect(run.world.status()?.rotation).toMatchObject({ lastHandled: 't1', result: 'RolledBack' });
    await run.refresh();
    expect(run.served).toEqual([password, 1]);
    expect(run.record(2)).toBeUndefined();
  });

  test('whose rollback fails as well has put the values back all the same, and names the workload', async () => {
    const run = await asked(['api']);
    await later(run, 300);
    await later(run, 300);
    expect(run.served).toEqual([password, 1]);
    expect(run.state()).toBe('RolledBack RolloutTimeout');
    expect(run.record()?.status?.message).toMatch(
      /; the values before are back, but not everywhere: Deployment api did not roll out within 5m/,
    );
  });

  test('whose rollout fails keeps what was edited meanwhile, with the values before', async () => {
    const run = await asked(['api']);
    const data = ['password', 'other'].map(secretKey => ({
      secretKey,
      remoteRef: { key: 'etl/db', property: 'password' },
    }));
    run.edit({ metadata: { generation: 2 }, spec: { data } });
    await run.settle();
    expect(run.world.secret()).toEqual({ password: run.newer(2), other: run.newer(2) });
    await later(run, 300);
    await come(run, 'api');
    expect([run.world.secret(), run.state()]).toEqual([{ password, other: password }, 'RolledBack RolloutTimeout']);
    expect(run.world.status()).toMatchObject({ target: { generation: 2 }, remote: [{ version: '1' }] });
    expect(run.world.conditions()).toMatchObject({ Ready: 'True Synced' });
  });

  test.each<[string, (run: RunWorld) => void]>([
    ['the values before were deleted', run => run.world.api.remove('secrets', 'db-r1')],
    [
      'somebody made others of their name',
      run => run.world.api.change('secrets', 'db-r1', { metadata: { uid: 'uid-swapped' }, data: { password: 'eA==' } }),
    ],
    [
      'the Secret was renamed meanwhile',
      run => run.edit({ metadata: { generation: 2 }, spec: { target: { name: 'moved' } } }),
    ],
  ])('whose rollout fails ends all the same when %s: the newer stay, and it says so', async (_, happens) => {
    const run = await asked(['api']);
    happens(run);
    await run.settle();
    await later(run, 300);
    await run.settle();
    const served = run.world.secret('moved') ?? run.world.secret();
    expect([served, run.state()]).toEqual([{ password: run.newer(2) }, 'Failed RolloutTimeout']);
    expect(run.record()?.status?.message).toMatch(/; Secret etl\/\w+-r1, which was served before, is gone/);
    expect(run.world.status()?.rotation).toMatchObject({ lastHandled: 't1', result: 'Failed' });
    expect(run.world.status()?.candidate).toBeUndefined();
    expect(run.world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'True Synced' });
    run.world.store.put('etl/db', { password: run.newer(3) });
    await run.ask('t2');
    expect(run.state(2)).toBe('Restart RollingOut');
  });

  test('that names what does not exist publishes nothing', async () => {
    const run = await asked([]);
    expect(run.served).toEqual([password, 1]);
    expect(run.state()).toBe('Failed WorkloadNotFound');
    expect(run.record()?.status?.message).toBe('there is no Deployment api: correct rotation.restart');
    expect(patches(run).filter(write => !write.includes('db-r'))).toEqual([]);
  });

  test('for which a right is missing publishes nothing until it is there', async () => {
    const run = await RunWorld.synced(reference().spec({ rotation: { restart: [entry] } }));
    run.world.store.put('etl/db', { password: run.newer(2) });
    deploy(run, 'api');
    // The record that says so wakes the run once more.
    for (const cause of ['forbidden', 'forbidden'] as const)
      run.world.api.refuse('get deployments/api', { kind: 'refused', cause });
    await run.ask('t1');
    expect(run.served).toEqual([password, 1]);
    expect(run.record()?.status).toMatchObject({ stages: [], reason: 'RbacMissing' });
    await later(run, 30);
    expect(run.served).toEqual([run.newer(2), 2]);
    expect(run.state()).toBe('Restart RollingOut');
  });
});

describe('the operator is killed', () => {
  const writes = [
    'create secrets/db-r2',
    'create secretrotations/db-1',
    'patch secretrotations/db-1/status',
    'update secrets/db',
    'patch deployments/api',
    'patch secretreferences/db/status',
  ];
  const kills = writes.flatMap(request => (['before', 'after'] as const).map(when => ({ when, request })));

  test.each(kills)('$when $request: the end is the same, and each is restarted once', async ({ when, request }) => {
    for (const fails of [false, true]) {
      const run = await RunWorld.synced(reference().spec({ rotation: { restart: [entry] } }));
      deploy(run, 'api');
      run.world.store.put('etl/db', { password: run.newer(2) });
      run.edit({ metadata: { annotations: { 'shearline.dev/rotate': 't1' } } });
      await lives(run, when, request);
      if (fails) run.world.clock.pass(300_000);
      if (fails) await lives(run, when, request);
      await come(run, 'api');
      await lives(run, when, request);
      expect([run.record()?.status?.result, run.served]).toEqual(
        fails ? ['RolledBack', [password, 1]] : ['Rotated', [run.newer(2), 2]],
      );
      expect(restartedFor(run, 'api')).toBe(fails ? 'db-1-rollback' : 'db-1');
      expect(fieldOf(fieldOf(run.world.api.find('deployments', 'api'), 'metadata'), 'generation')).toBe(fails ? 3 : 2);
      expect(run.world.api.find('secretrotations', 'db-2')).toBeUndefined();
    }
  });

  /** Both controllers work, in a process that is killed at such a request; the next process has only the caches. */
  async function lives(run: RunWorld, when: 'before' | 'after', request: string): Promise<void> {
    let life = new AbortController();
    run.world.api.kill(when, request, life);
    for (let turn = 0; turn < 8; turn++) {
      run.world.clock.pass(2000);
      await run.world.reconcile('db', { signal: life.signal });
      await run.reconcile('etl/db', { signal: life.signal });
      if (life.signal.aborted) run.world.restart();
      if (life.signal.aborted) life = new AbortController();
    }
  }
});
