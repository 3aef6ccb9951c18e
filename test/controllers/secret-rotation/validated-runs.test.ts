import { expect, test } from '@jest/globals';
import { timestamp } from '../../../src/core/clock.ts';
import { password } from '../builders.ts';
import { approved, RunWorld } from './run-world.ts';

/** Runs whose newer value a Job tries, with both controllers: how often it runs, and what is left of it. */

const template = { spec: { containers: [{ name: 'psql', image: 'postgres:17' }] } };
const name = 'db-1-validate';
const ended = (type: 'Complete' | 'Failed') => ({ status: { conditions: [{ type, status: 'True' }] } });

/** The Job of the run is made, and its controller says how it ended. The run has not looked yet. */
async function tried(type: 'Complete' | 'Failed'): Promise<RunWorld> {
  const run = await RunWorld.asked(approved({ validate: { job: { template, env: true } } }));
  const creationTimestamp = timestamp(run.world.clock.wall());
  run.world.api.change('jobs', name, { metadata: { creationTimestamp }, ...ended(type) });
  return run;
}

async function look(run: RunWorld): Promise<void> {
  await run.reconcile();
  await run.settle();
}

const created = (run: RunWorld): number => run.world.api.writes.filter(write => write === `create jobs/${name}`).length;

test.each(['before', 'after'] as const)(
  'killed %s a Job that passed is left to go, it is not run again',
  async when => {
    const run = await tried('Complete');
    // In one look the run sees that the Job has passed and that somebody has denied.
    run.world.api.change('secretrotations', 'db-1', { spec: { approval: { decision: 'Denied', by: 'ada' } } });
    run.killAt(when, `patch jobs/${name}`);
    await look(run);
    await run.restart();
    expect([run.state(), created(run), run.served]).toEqual(['Failed ApprovalDenied', 1, [password, 1]]);
    expect(run.world.api.find('jobs', name)).toMatchObject({ spec: { ttlSecondsAfterFinished: 600 } });
  },
);

test('of Jobs that failed there are no more than records, however often somebody asks', async () => {
  const run = await RunWorld.asked(approved({ history: 2, validate: { job: { template, env: true } } }));
  for (let number = 1; number <= 5; number++) {
    run.world.api.change('jobs', `db-${number}-validate`, ended('Failed'));
    await look(run);
    await run.ask(`t${number + 1}`);
  }
  const left = (plural: string, end: string) =>
    [1, 2, 3, 4, 5, 6].filter(number => run.world.api.find(plural, `db-${number}${end}`));
  expect([left('secretrotations', ''), left('jobs', '-validate')]).toEqual([
    [4, 5, 6],
    [4, 5, 6],
  ]);
});

test('a Job that failed is kept for its logs, and goes after a day', async () => {
  const run = await tried('Failed');
  await look(run);
  expect([run.state(), created(run), run.served]).toEqual(['Failed JobFailed', 1, [password, 1]]);
  expect(run.world.api.find('jobs', name)).toMatchObject({ spec: { ttlSecondsAfterFinished: 86_400 } });
});
