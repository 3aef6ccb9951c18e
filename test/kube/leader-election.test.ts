import { afterEach, describe, expect, test } from '@jest/globals';
import type { LeaderElectionPorts, Leadership, LeaseTiming } from '../../src/kube/held-lease.ts';
import { acquireLease, ObservedLease } from '../../src/kube/leader-election.ts';
import { FakeClock } from './builders.ts';
import { LeaseDouble, leaseKey } from './lease-double.ts';
import { until } from './until.ts';

// The loops wait in real time, a thousandth of it; ages are told by clocks that the test moves.
const timing: LeaseTiming = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2 };
const never = new AbortController().signal;
const terms: Leadership[] = [];
afterEach(async () => {
  for (const term of terms.splice(0)) await term.release(AbortSignal.abort());
});

function candidate(lease: LeaseDouble, identity: string, clock = new FakeClock(), onRefused = () => {}) {
  const ports: LeaderElectionPorts = { store: lease.store, identity, clock, random: () => 0.5, timing };
  return { ...ports, key: leaseKey, lease: lease.informer(), onRefused } as const;
}

async function leading(lease: LeaseDouble, identity: string, clock?: FakeClock): Promise<Leadership> {
  const term = await acquireLease(candidate(lease, identity, clock), never);
  if (term === undefined) throw new Error(`${identity} does not lead`);
  terms.push(term);
  return term;
}

describe('an election', () => {
  test('makes the Lease where there is none, and knows that nobody led before', async () => {
    const lease = new LeaseDouble();
    const term = await leading(lease, 'a');
    expect(lease.record).toMatchObject({ holder: 'a', durationMs: 15_000, transitions: 0 });
    expect(term.ledUntil).toBeUndefined();
  });

  test('takes a Lease that was released at once, and knows until when somebody led', async () => {
    const lease = new LeaseDouble();
    const clock = new FakeClock();
    const first = await leading(lease, 'a', clock);
    const waiting = leading(lease, 'b', clock);
    clock.pass(60_000);
    await first.release(never);
    const second = await waiting;
    expect(lease.record).toMatchObject({ holder: 'b', transitions: 1 });
    expect(second.ledUntil).toBe(clock.wall());
    expect(first.signal.aborted).toBe(true);
  });

  test('leaves the Lease to a holder that lives', async () => {
    const lease = new LeaseDouble();
    await leading(lease, 'a');
    const stop = new AbortController();
    const waiting = acquireLease(candidate(lease, 'b'), stop.signal);
    const { writes } = lease;
    await until(() => lease.writes > writes + 5);
    expect(lease.record?.holder).toBe('a');
    stop.abort();
    expect(await waiting).toBeUndefined();
  });

  test('says that it cannot take a Lease that is free', async () => {
    const lease = new LeaseDouble();
    lease.faults.push('unavailable');
    const stop = new AbortController();
    const refused = Promise.withResolvers<void>();
    const waiting = acquireLease(candidate(lease, 'a', new FakeClock(), refused.resolve), stop.signal);
    await refused.promise;
    stop.abort();
    expect(await waiting).toBeUndefined();
  });

  test('holds what it took although the answer was lost', async () => {
    const lease = new LeaseDouble();
    lease.heldBy('gone', Date.UTC(2025, 0, 1));
    const clock = new FakeClock();
    lease.faults.push('lost');
    const waiting = leading(lease, 'a', clock);
    await until(() => {
      clock.pass(1000);
      lease.become(lease.record);
      return lease.record?.holder === 'a';
    });
    const term = await waiting;
    expect(term.ledUntil).toBe(Date.UTC(2025, 0, 1));
    expect(lease.record?.transitions).toBe(4);
  });
});

describe('a leader', () => {
  test('outlives faults shorter than its deadline, lost answers, and a Lease that is deleted', async () => {
    const lease = new LeaseDouble();
    const term = await leading(lease, 'a');
    lease.faults.push('unavailable', 'unavailable', 'lost');
    await until(() => lease.faults.length === 0);
    lease.become(undefined);
    await until(() => lease.record !== undefined);
    const { writes } = lease;
    await until(() => lease.writes > writes + 3);
    expect([lease.record?.holder, term.signal.aborted]).toEqual(['a', false]);
  });

  test('gives up when it could not renew for longer than its deadline', async () => {
    const lease = new LeaseDouble();
    const clock = new FakeClock();
    const term = await leading(lease, 'a', clock);
    lease.faults.push('unavailable');
    expect(term.signal.aborted).toBe(false);
    clock.pass(10_001);
    await until(() => term.signal.aborted);
  });

  test('finds out that it was replaced while it was stopped, and does not release what is not its own', async () => {
    const lease = new LeaseDouble();
    const clock = new FakeClock();
    const term = await leading(lease, 'a', clock);
    lease.heldBy('b', clock.wall());
    await until(() => term.signal.aborted);
    await term.release(never);
    expect(lease.record?.holder).toBe('b');
  });

  test.each([7_200_000, -7_200_000])('still leads after its wall clock jumped by %d ms', async jump => {
    const lease = new LeaseDouble();
    const clock = new FakeClock();
    const term = await leading(lease, 'a', clock);
    clock.wallMs += jump;
    const { writes } = lease;
    await until(() => lease.writes > writes + 3);
    expect(term.signal.aborted).toBe(false);
  });
});

describe('how long a standby waits', () => {
  const held = (lease: LeaseDouble, renewTime: number) => {
    lease.heldBy('a', renewTime);
    if (lease.record === undefined) throw new Error('nobody holds it');
    return lease.record;
  };

  test('the whole duration without a renewal, counted from when it saw the last one', () => {
    const [lease, clock] = [new LeaseDouble(), new FakeClock()];
    const sight = new ObservedLease(clock, 5000);
    expect(sight.expiresInMs(held(lease, clock.wall()), 15_000)).toBe(15_000);
    clock.pass(4_000);
    const renewed = held(lease, clock.wall());
    expect(sight.expiresInMs(renewed, 15_000)).toBe(15_000);
    clock.pass(15_000);
    expect(sight.expiresInMs(renewed, 15_000)).toBe(0);
  });

  test('a shorter time for a holder that was dead before it started', () => {
    const [lease, clock] = [new LeaseDouble(), new FakeClock()];
    const sight = new ObservedLease(clock, 5000);
    const dead = held(lease, clock.wall() - 60_000);
    expect(sight.expiresInMs(dead, 15_000)).toBe(5_000);
    clock.pass(5_000);
    expect(sight.expiresInMs(dead, 15_000)).toBe(0);
  });

  test('not a moment less because a wall clock is wrong', () => {
    const [lease, clock] = [new LeaseDouble(), new FakeClock()];
    const sight = new ObservedLease(clock, 5000);
    const twoHours = 7_200_000;
    expect(sight.expiresInMs(held(lease, clock.wall() - twoHours), 15_000)).toBe(5_000);
    clock.pass(2_000);
    expect(sight.expiresInMs(held(lease, clock.wall() - twoHours), 15_000)).toBe(15_000);
    expect(new ObservedLease(clock, 5000).expiresInMs(held(lease, clock.wall() + twoHours), 15_000)).toBe(15_000);
  });
});
