import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import type { ObjectKey } from '../../src/core/object-key.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import type { Leadership, LeaseTiming } from '../../src/kube/held-lease.ts';
import { informerOf } from '../../src/kube/http-source.ts';
import { acquireLease } from '../../src/kube/leader-election.ts';
import { createLeaseStore, leases, parseLease } from '../../src/kube/lease.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { type Connected, connect, must, never, newNamespace } from './connected.ts';
import { until } from './until.ts';

// A fifth of the time that is used in earnest.
const timing: LeaseTiming = { durationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 400 };
const terms: Leadership[] = [];
let admin: Connected;
let namespace: string;
beforeAll(async () => {
  admin = await connect((await sharedControlPlane()).adminKubeconfig);
  namespace = await newNamespace(admin.client);
});
afterAll(async () => {
  for (const term of terms) await term.release(AbortSignal.timeout(1000));
  await admin?.[Symbol.asyncDispose]();
});

/** A replica of the operator, with connections of its own. */
async function replica(identity: string, lease: string) {
  const connected = await connect((await sharedControlPlane()).adminKubeconfig);
  const key: ObjectKey = `${namespace}/${lease}`;
  const ports = { clock: systemClock, random: Math.random, report: () => {} };
  const selection = { resource: leases, namespace, fieldSelector: `metadata.name=${lease}` };
  const options = {
    ...ports,
    key,
    identity,
    timing,
    store: createLeaseStore(createKubeClient(connected.transport.dedicated().call), key),
    lease: informerOf(connected.transport.dedicated(), selection, parseLease, ports),
    onRefused: () => {},
  };
  return {
    lead: async (): Promise<Leadership> => {
      const term = await acquireLease(options, never);
      if (term === undefined) throw new Error(`${identity} does not lead`);
      terms.push(term);
      return term;
    },
    /** As a process that is killed: nothing of it is heard any more. */
    die: () => connected.transport.close(),
  };
}

const leaseOf = async (name: string) =>
  parseLease(await must(admin.client.get(leases, `${namespace}/${name}`, { signal: never })));

describe('two replicas', () => {
  test('hand the Lease over at once when the leader gives it back', async () => {
    const first = await (await replica('a', 'handed')).lead();
    const standby = await replica('b', 'handed');
    const waiting = standby.lead();
    const begun = await leaseOf('handed');
    await until(async () => (await leaseOf('handed'))?.renewTime !== begun?.renewTime);
    const released = performance.now();
    await first.release(never);
    const second = await waiting;
    expect(performance.now() - released).toBeLessThan(1_000);
    expect(second.ledUntil).toBeGreaterThan(Date.now() - 5_000);
    expect(await leaseOf('handed')).toMatchObject({ holder: 'b', transitions: 1 });
  });

  test('take over from a leader that died, once its time is over and within a second of that', async () => {
    const leader = await replica('a', 'inherited');
    const first = await leader.lead();
    const waiting = (await replica('b', 'inherited')).lead();
    const begun = await leaseOf('inherited');
    await until(async () => (await leaseOf('inherited'))?.renewTime !== begun?.renewTime);
    await leader.die();
    const died = performance.now();
    const second = await waiting;
    const took = performance.now() - died;
    expect(took).toBeLessThan(timing.durationMs + 1_000);
    expect(took).toBeGreaterThan(timing.durationMs - 2 * timing.retryMs);
    expect(second.signal.aborted).toBe(false);
    await until(() => first.signal.aborted);
  });
});

test('a Lease that somebody deletes is made again by its leader', async () => {
  const term = await (await replica('a', 'deleted')).lead();
  const uid = (await leaseOf('deleted'))?.metadata.uid ?? '';
  await must(admin.client.delete(leases, `${namespace}/deleted`, { uid }, { signal: never }));
  await until(async () => (await admin.client.get(leases, `${namespace}/deleted`, { signal: never })).ok);
  expect((await leaseOf('deleted'))?.holder).toBe('a');
  expect(term.signal.aborted).toBe(false);
});
