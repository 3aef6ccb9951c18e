import { beforeAll, describe, expect, test } from '@jest/globals';
import { canary } from '../canary.ts';
import { type Operator, startOperator } from '../scenarios/operator.ts';
import { until } from '../servers/process.ts';
import { useBattery } from './battery.ts';
import { staysQuiet } from './idle.ts';
import { elected, leads, renews, standsBy, termsOf } from './leading.ts';
import { leaseWrite, update } from './match.ts';
import { isWell, survives } from './oracle.ts';
import { allowed } from './promptly.ts';
import type { FaultProxy } from './proxy.ts';
import { failure } from './says.ts';

const battery = useBattery({ flags: [elected] });

/** The second replica, with a way of its own to the API server. */
let standby: Operator;
let itsApi: FaultProxy;

describe('a single leader', () => {
  test('leads on when writes to its Lease fail for less than the deadline', async () => {
    const { api, world } = battery();
    await until('it leads', () => leads(world.operator));
    const terms = await termsOf(world.operator);
    const broken = api.when(leaseWrite).answer(500, failure(500));
    await until('two writes to fail', () => broken.hits >= 2);
    broken.off();
    await renews(battery());
    await isWell(battery());
    expect(await termsOf(world.operator)).toBe(terms);
  });

  test('leads on when answers to its Lease are lost', async () => {
    const { api, world } = battery();
    const terms = await termsOf(world.operator);
    const lost = api.when(leaseWrite).first(2).commitThenReset();
    await until('two answers to be lost', () => lost.hits === 2);
    await renews(battery());
    await isWell(battery());
    expect(await termsOf(world.operator)).toBe(terms);
  });

  test('stops when they fail for longer, and leads again in the same process', async () => {
    const { api, world } = battery();
    const terms = await termsOf(world.operator);
    const broken = api.when(leaseWrite).answer(500, failure(500));
    await until('its term to end', () => standsBy(world.operator));
    broken.off();
    await until('it leads again', () => leads(world.operator));
    await isWell(battery());
    expect(await termsOf(world.operator)).toBe(terms + 1);
  });
});

describe('two replicas', () => {
  beforeAll(async () => {
    const { addApi, kubeconfigThrough, world } = battery();
    itsApi = await addApi();
    standby = await startOperator(world.controlPlane, ['--kubeconfig', await kubeconfigThrough(itsApi), elected]);
  });

  test('a paused leader wakes up: its late write takes no effect', async () => {
    const { api, world } = battery();
    const team = await world.team('late');
    await team.put('db', { password: `${canary}-1` });
    await team.refer('db');
    await team.synced('db');
    await team.put('db', { password: `${canary}-2` });
    const since = api.journal.length;
    const here = { namespace: 'late' };
    // Its write is on the way when it is stopped, and arrives when another leads and has gone on.
    const arrives = Promise.withResolvers<void>();
    const onTheWay = Promise.withResolvers<void>();
    api
      .when(update('secrets', here))
      .nth(1)
      .after(() => {
        onTheWay.resolve();
        return arrives.promise;
      });
    await team.annotate('db', { 'shearline.dev/rotate': 'token-1' });
    await onTheWay.promise;
    await world.operator.paused(async () => {
      const stopped = performance.now();
      await until('the standby leads', () => leads(standby));
      expect(performance.now() - stopped).toBeLessThan(await allowed(world, 20_000));
      await team.until('db', 'the rotation succeeded', ({ status }) => status?.rotation?.lastSucceeded === 'token-1');
      await team.put('db', { password: `${canary}-3` });
      await team.rotate('db', 'token-2');
      arrives.resolve();
      await until('the late write to arrive', () => api.journal.of(update('secrets', here), since).length === 1);
    });
    await until('the old leader to stand by', () => standsBy(world.operator));
    expect(api.journal.of(update('secrets', here), since)).toMatchObject([{ status: 409 }]);
    expect(itsApi.journal.writes(here).filter(({ call }) => call.resource === 'secrets')).toHaveLength(2);
    expect((await team.secret('db'))?.text).toEqual({ password: `${canary}-3` });
    expect(await leads(standby)).toBe(true);
  });

  test('the leader ends: the other one leads within 3 s', async () => {
    const { world } = battery();
    await standby.stop();
    const ended = performance.now();
    await until('the other one leads', () => leads(world.operator));
    expect(performance.now() - ended).toBeLessThan(await allowed(world, 3_000));
    await survives(battery(), {});
  });
});

test('writes nothing for three refresh intervals afterwards', () => staysQuiet(battery()));
