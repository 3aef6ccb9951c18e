import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { until } from '../servers/process.ts';
import type { Battery } from './battery.ts';
import { get, leaseWrite, read } from './match.ts';

const looks = 4;
const betweenMs = 40;

/** Until nothing waits for a turn, and nothing was done, written or read between so many looks. */
export async function untilIdle(battery: Battery, withinMs = 30_000): Promise<void> {
  const end = performance.now() + withinMs;
  let before = '';
  for (let same = 0; same < looks; ) {
    if (performance.now() > end) throw new Error(`the operator is not idle after ${withinMs / 1000} s: ${before}`);
    const now = await activityOf(battery);
    same = now.idle && now.digest === before ? same + 1 : 0;
    before = now.digest;
    await sleep(betweenMs);
  }
}

/** Three refreshes of the bystander, and nothing else: there is no write. */
export async function staysQuiet(battery: Battery): Promise<void> {
  const { journal } = battery.api;
  const since = journal.length;
  await refreshes(battery, 3);
  expect(journal.writes({}, since)).toEqual([]);
}

/** So many of the bystander, by its reads: ten seconds each. */
export async function refreshes({ world }: Battery, count: number): Promise<void> {
  const reads = () => world.audits.reads('secret/data/bystander/calm');
  const before = await reads();
  await until(`${count} refreshes`, async () => (await reads()) >= before + count, count * 10_000 + 30_000);
}

async function activityOf({
  api,
  store,
  world,
}: Battery): Promise<{ readonly idle: boolean; readonly digest: string }> {
  // While it starts again it is not idle: it serves metrics before it has seen the cluster.
  const [ready, metrics] = await Promise.all([
    world.operator.page('readyz').catch(() => undefined),
    world.operator.metrics().catch(() => undefined),
  ]);
  if (ready?.status !== 200 || metrics === undefined) return { idle: false, digest: 'not ready' };
  const waiting = sum(metrics, /^shearline_queue_depth\{.*\} (\d+)$/gm);
  // A run that waits looks again and again at what it waits for: what it does about that is a write.
  const turns = sum(metrics, /^shearline_reconcile_duration_seconds_count\{(?!.*"secretrotation").*\} (\d+)$/gm);
  const { journal } = api;
  const looks = [{ verb: ['list', 'watch'] }, get('jobs'), get('deployments'), leaseWrite];
  const writes = journal.length - looks.reduce((all, look) => all + journal.of(look).length, 0);
  const digest = JSON.stringify({ turns, writes, reads: store.journal.of(read()).length });
  return { idle: waiting === 0, digest };
}

const sum = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
