import { afterEach, expect, test } from '@jest/globals';
import { rules } from '../../src/cli/chart/rules.ts';
import { startOperator } from '../scenarios/operator.ts';
import { until } from '../servers/process.ts';
import { useBattery } from './battery.ts';
import { SettableClock } from './clock.ts';
import { staysQuiet } from './idle.ts';
import { judged } from './judged.ts';
import { elected, leads, renews, standsBy, termsOf } from './leading.ts';
import { leaseWrite } from './match.ts';
import { endsAsEver, isWell, survives } from './oracle.ts';
import { failure } from './says.ts';
import type { Scene } from './story.ts';

const clock = new SettableClock();
const battery = useBattery({ flags: [elected, '--rotation'], env: clock.env, rules: rules.rotation });
const hour = 3_600_000;
afterEach(() => clock.set(0));

test('goes on as its clock is set two hours forward, and two hours back', async () => {
  const { world } = battery();
  await until('it leads', () => leads(world.operator));
  const terms = await termsOf(world.operator);
  await survives(battery(), {
    rotate: () => clock.set(2),
    change: async scene => {
      expect(await sayAhead(scene)).toBeGreaterThan(1.9 * hour);
      await clock.set(0);
    },
    repair: async scene => expect(await sayAhead(scene)).toBeLessThan(0),
  });
  expect(await termsOf(world.operator)).toBe(terms);
});

test('a run goes on whose Job began while the clock was ahead, and whose wait for other work did', () =>
  endsAsEver(battery(), judged, {
    try: () => clock.set(2),
    judge: () => clock.set(0),
    approve: () => clock.set(2),
    publish: () => clock.set(0),
  }));

test('reads no more often, and writes nothing, for three refresh intervals after such a jump', async () => {
  await clock.set(2);
  await staysQuiet(battery());
});

test('leads again at once when it could not renew its Lease right after such a jump, as after a long sleep', async () => {
  const { api, world } = battery();
  const terms = await termsOf(world.operator);
  await renews(battery()); // by the clock as it is now
  await clock.set(2);
  api.when(leaseWrite).first(1).answer(500, failure(500));
  await until('another term', async () => (await termsOf(world.operator)) === terms + 1);
  await isWell(battery());
});

test('does not lead beside a leader that lives, however far ahead its clock is; follows one that falls silent', async () => {
  const { world, kubeconfigThrough, addApi } = battery();
  const kubeconfig = await kubeconfigThrough(await addApi());
  const env = await new SettableClock().env(world.controlPlane.directory, 2);
  const standby = await startOperator(world.controlPlane, ['--kubeconfig', kubeconfig, elected], env);
  await renews(battery(), 4);
  expect(await standsBy(standby)).toBe(true);
  expect(await leads(world.operator)).toBe(true);
  await world.operator.paused(() => until('the standby leads', () => leads(standby)));
  await until('the old leader to stand by', () => standsBy(world.operator));
  await standby.stop();
  await until('it leads again', () => leads(world.operator));
  await isWell(battery());
});

/** How far ahead of ours the time is at which it says that it wrote last, in milliseconds. */
async function sayAhead({ team }: Scene): Promise<number> {
  const { status } = await team.reference('db');
  return Date.parse(status?.lastSyncTime ?? '') - Date.now();
}
