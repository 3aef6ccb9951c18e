import { describe, expect, test } from '@jest/globals';
import { objectKey } from '../../../src/core/object-key.ts';
import type { Fields } from '../fields.ts';
import { readable } from '../objects.ts';
import { approved, RunWorld } from './run-world.ts';

/** One leader follows another: its watches may lag, each by as much as it likes, and the one before may wake up. */

const job = 'db-1-validate';
const jobs = { group: 'batch', version: 'v1', plural: 'jobs' };
const template = { spec: { containers: [{ name: 'psql', image: 'postgres:17' }] } };
const { signal } = new AbortController();

/** The caches of the next leader show an object as it was. */
function lag({ world }: RunWorld, plural: string, name: string, object: Fields | undefined): void {
  world.caches.deliver(plural, objectKey('etl', name), undefined);
  if (object !== undefined) world.caches.deliver(plural, objectKey('etl', name), object);
}

describe('a watch that lags', () => {
  test('of the reference: the run that it does not know of yet goes on', async () => {
    const run = await RunWorld.asked();
    const before = run.world.api.find('secretreferences', 'db');
    await run.ask('t2');
    lag(run, 'secretreferences', 'db', before);
    await run.reconcile();
    expect([run.state(1), run.state(2)]).toEqual(['Superseded Superseded', 'Approval ApprovalPending']);
    lag(run, 'secretreferences', 'db', run.world.api.find('secretreferences', 'db'));
    await run.decide('Approved', 2);
    expect([run.served, run.state(2)]).toEqual([[run.newer(2), 2], 'Rotated Synced']);
  });

  test.each([
    ['is not there yet', () => undefined],
    ['is not approved yet', (record: Fields) => record],
  ])('of the record: what is published is not looked past while the record %s', async (_, seen) => {
    const run = await RunWorld.asked(approved({ restart: [{ kind: 'Deployment', name: 'api' }] }));
    run.world.api.put('deployments', { metadata: { name: 'api', namespace: 'etl', uid: 'uid-api' }, spec: {} });
    const before = readable(run.world.api.find('secretrotations', 'db-1'));
    await run.decide('Approved');
    expect([run.served, run.state()]).toEqual([[run.newer(2), 2], 'Restart RollingOut']);
    lag(run, 'secretrotations', 'db-1', seen(before));
    run.world.store.put('etl/db', { password: run.newer(3) });
    run.edit({ metadata: { annotations: { 'shearline.dev/rotate': 't2' } } });
    await run.reconcileReference();
    expect([run.served, run.world.status()?.candidate]).toMatchObject([
      [run.newer(2), 2],
      { run: 1, state: 'Published' },
    ]);
  });

  test.each(['lags as well', 'is seen'])(
    'of the reference: what was published stays, while its record %s',
    async how => {
      const run = await RunWorld.asked();
      const held = readable(run.world.api.find('secretreferences', 'db'));
      const pending = readable(run.world.api.find('secretrotations', 'db-1'));
      await run.decide('Approved');
      expect([run.served, run.state()]).toEqual([[run.newer(2), 2], 'Rotated Synced']);
      lag(run, 'secretreferences', 'db', held);
      if (how === 'lags as well') lag(run, 'secretrotations', 'db-1', pending);
      run.world.forget();
      await run.reconcileReference();
      expect([run.served, run.world.api.writes]).toEqual([[run.newer(2), 2], []]);
      lag(run, 'secretreferences', 'db', run.world.api.find('secretreferences', 'db'));
      await run.settle();
      expect([run.served, run.state()]).toEqual([[run.newer(2), 2], 'Rotated Synced']);
      expect(run.world.api.writes).not.toContain('update secrets/db');
    },
  );
});

describe('a Job that was on the way to the API server when its leader was stopped', () => {
  const ended = async (condition: string): Promise<RunWorld> => {
    const run = await RunWorld.asked(approved({ validate: { job: { template, env: true } } }));
    run.world.api.change('jobs', job, { status: { conditions: [{ type: condition, status: 'True' }] } });
    await run.reconcile();
    await run.settle();
    if (condition === 'Complete') await run.decide('Approved');
    return run;
  };

  test.each([
    ['Complete', 'Rotated Synced', 600],
    ['Failed', 'Failed JobFailed', 86_400],
  ])('finds the one of the next leader, which has ended: %s', async (condition, state, seconds) => {
    const run = await ended(condition);
    expect(run.state()).toBe(state);
    const late = { metadata: { name: job, namespace: 'etl' } };
    expect(await run.world.api.create(jobs, 'etl', late, { signal })).toMatchObject({ ok: false });
    expect(run.world.api.find('jobs', job)).toMatchObject({ spec: { ttlSecondsAfterFinished: seconds } });
  });
});

test('a late record of a run that is over is given up, and publishes nothing', async () => {
  const run = await RunWorld.asked(approved({ history: 1 }));
  const late = readable(run.world.api.find('secretrotations', 'db-1'));
  await run.ask('t2');
  await run.ask('t3');
  await run.decide('Approved', 3);
  expect(run.record(1)).toBeUndefined();
  run.world.api.put('secretrotations', { ...late, status: undefined });
  await run.settle();
  expect([run.served, run.record(1)]).toEqual([[run.newer(2), 2], undefined]);
});
