import { expect, test } from '@jest/globals';
import { timestamp } from '../../../src/core/clock.ts';
import { hour, password, reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { approved, RunWorld } from './run-world.ts';

/** The wall clock is set while a run waits. The steady one, by which it looks again, goes on as ever. */

const day = 24 * hour;
const selector = { matchLabels: { app: 'nightly' } };
const hold = { while: [{ kind: 'Pod', selector }], maxHold: '4h' };
const pod = { metadata: { name: 'a', namespace: 'etl', labels: selector.matchLabels }, status: { phase: 'Running' } };
const deployment = {
  metadata: { name: 'api', namespace: 'etl', uid: 'uid-api', generation: 1 },
  spec: { replicas: 1 },
};
const restart = [{ kind: 'Deployment', name: 'api', timeout: '4h' }];

/** Waits in its last stage; of one that is published, the rollout hangs. */
async function waiting(rotation: Fields): Promise<RunWorld> {
  const run = await RunWorld.synced(reference().spec({ rotation }));
  run.world.api.put('pods', pod);
  run.world.api.put('deployments', deployment);
  run.world.store.put('etl/db', { password: run.newer(2) });
  await run.ask('t1');
  return run;
}

async function later(run: RunWorld, milliseconds: number): Promise<void> {
  run.world.clock.pass(milliseconds);
  await run.reconcile();
  await run.settle();
}

const jump = async (run: RunWorld, milliseconds: number): Promise<void> => {
  run.world.clock.wallMs += milliseconds;
  await later(run, 0);
};

test.each<[string, Fields, string, string]>([
  ['maxHold', { hold }, 'Hold ConsumersRunning', 'Failed HoldTooLong'],
  ['the time of a rollout', { restart }, 'Restart RollingOut', 'Rollback RollingOut'],
])('%s begins anew when the clock was ahead as it began', async (_, rotation, waits, ends) => {
  const run = await waiting(rotation);
  await jump(run, -day);
  expect(run.record()?.status?.stages.at(-1)?.start).toBe(timestamp(run.world.clock.wall()));
  await later(run, 4 * hour - 1000);
  expect(run.state()).toBe(waits);
  await later(run, 1000);
  expect([run.state(), run.served]).toEqual([ends, [password, 1]]);
});

test('maxHold is over when the clock says so, and consumers keep what they have', async () => {
  const run = await waiting({ hold });
  await jump(run, 4 * hour);
  expect([run.state(), run.served]).toEqual(['Failed HoldTooLong', [password, 1]]);
  await jump(run, -4 * hour);
  expect([run.state(), run.served]).toEqual(['Failed HoldTooLong', [password, 1]]);
});

test('a window that the clock has opened lets in what it finds then, and nothing once the clock is back', async () => {
  const window = { schedule: '0 2 * * *', duration: '4h' };
  const run = await RunWorld.asked(approved({ window }));
  await run.decide('Approved');
  await jump(run, day);
  expect([run.state(), run.served]).toEqual(['Window WindowClosed', [password, 1]]);
  await jump(run, -day - hour);
  expect([run.state(), run.served]).toEqual(['Window WindowClosed', [password, 1]]);
  await jump(run, 3 * hour);
  expect([run.state(), run.served]).toEqual(['Rotated Synced', [run.newer(2), 2]]);
});

test('a Job is not given up because the clock of the operator is ahead of that of the API server', async () => {
  const template = { spec: { containers: [{ name: 'psql', image: 'postgres:17' }] } };
  const run = await RunWorld.asked(approved({ validate: { job: { template, env: true } } }));
  const creationTimestamp = timestamp(run.world.clock.wall() - day);
  run.world.api.change('jobs', 'db-1-validate', { metadata: { creationTimestamp } });
  await later(run, 1000);
  expect(run.state()).toBe('Validate Validating');
});
