import { describe, expect, test } from '@jest/globals';
import type { StoreFault } from '../../src/core/fault.ts';
import { type CallOutcome, CircuitBreaker, type Permit } from '../../src/remote/circuit-breaker.ts';

const down: StoreFault = { kind: 'unavailable', reason: 'ProviderUnavailable', message: 'vault-prod does not answer' };
const slowDown: StoreFault = { kind: 'throttled', reason: 'Throttled', message: 'vault-prod asks to slow down' };
const second = 1000;

/** Jitter at its upper end, so that the first pause is exactly one second. */
const breaker = () => new CircuitBreaker(() => 1);

function admitted(under: CircuitBreaker, now: number): Permit {
  const permit = under.admit('low', now);
  if (!permit.ok) throw new Error('refused');
  return permit.value;
}

const fail = (under: CircuitBreaker, now: number, times = 1, outcome: CallOutcome = down) => {
  for (let i = 0; i < times; i += 1) under.report(admitted(under, now), outcome, now);
};

describe('the breaker', () => {
  test('stays closed as long as an answer comes now and then', () => {
    const under = breaker();
    for (let i = 0; i < 10; i += 1) {
      fail(under, 0, 4);
      under.report(admitted(under, 0), 'answered', 0);
    }
    expect(under.halfOpenAt).toBeUndefined();
  });

  test('waits longer after each failed try, ten seconds at most', () => {
    const under = breaker();
    let now = 0;
    fail(under, now, 5);
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      waits.push((under.halfOpenAt ?? 0) - now);
      now = under.halfOpenAt ?? 0;
      fail(under, now);
    }
    expect(waits).toEqual([1, 2, 4, 8, 10, 10].map(seconds => seconds * second));
  });

  test('tells how long the store was away', () => {
    const under = breaker();
    fail(under, 0, 5);
    fail(under, second);
    expect(under.report(admitted(under, 9 * second), 'answered', 10 * second)).toEqual({ awayMs: 10 * second });
  });

  test('does not listen to calls from before it opened, nor from before it closed', () => {
    const under = breaker();
    const early = [0, 1, 2, 3, 4, 5, 6].map(() => admitted(under, 0));
    fail(under, 0, 5);
    for (const permit of early.slice(0, 2)) expect(under.report(permit, 'answered', 1)).toBeUndefined();
    expect(under.halfOpenAt).toBe(second);
    under.report(admitted(under, second), 'answered', second);
    for (const permit of early) under.report(permit, down, 15 * second);
    expect(under.halfOpenAt).toBeUndefined();
  });

  test('lets another call try when the last try hangs', () => {
    const under = breaker();
    fail(under, 0, 5);
    admitted(under, second);
    expect(under.refusal('low', 5 * second)).toEqual(down);
    expect(under.refusal('low', 6 * second)).toBeUndefined();
  });

  test('waits no longer for rotations that tried besides, and closes when one of them is answered', () => {
    const under = breaker();
    fail(under, 0, 5);
    fail(under, second);
    for (let now = 2 * second; now < 3 * second; now += 100) {
      const rotation = under.admit('high', now);
      if (rotation.ok) under.report(rotation.value, down, now);
    }
    expect(under.halfOpenAt).toBe(3 * second);
    const probe = admitted(under, 3 * second);
    const rotation = under.admit('high', 5 * second);
    expect(rotation.ok).toBe(true);
    expect(under.refusal('low', 7 * second)).toEqual(down);
    expect(under.refusal('low', 8 * second)).toBeUndefined();
    under.report(probe, 'neutral', 8 * second);
    if (rotation.ok) under.report(rotation.value, 'answered', 8 * second);
    expect(under.halfOpenAt).toBeUndefined();
  });

  test('pauses for a rotation too when the store asks for it', () => {
    const under = breaker();
    fail(under, 0, 5);
    const rotation = under.admit('high', 1000);
    if (rotation.ok) under.report(rotation.value, { ...slowDown, retryAfterMs: 60 * second }, 1000);
    expect(under.halfOpenAt).toBe(61 * second);
    expect(under.refusal('high', 60 * second)).toMatchObject({ kind: 'throttled' });
  });

  test('lets the next call try when a try taught nothing', () => {
    const under = breaker();
    fail(under, 0, 5);
    fail(under, second, 3, 'neutral');
    expect(under.refusal('low', second)).toBeUndefined();
  });

  test('opens at the first throttled answer, for a time of its own if the store names none', () => {
    const under = breaker();
    fail(under, 0, 1, slowDown);
    expect(under.halfOpenAt).toBe(second);
  });
});
