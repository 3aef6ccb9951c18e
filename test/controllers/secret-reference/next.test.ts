import { describe, expect, test } from '@jest/globals';
import { nextTurn } from '../../../src/controllers/secret-reference/next.ts';
import type { Outcome } from '../../../src/controllers/secret-reference/outcome.ts';
import {
  absent,
  accessDenied,
  authFailed,
  conflict,
  type Fault,
  invalidSpec,
  kubernetesUnavailable,
  throttled,
  tooLarge,
  unavailable,
  unusable,
  writeRefused,
} from '../../../src/core/fault.ts';
import type { Next } from '../../../src/runtime/work.ts';
import { hour, type ReferenceBuilder, reference, start } from '../builders.ts';
import { syncedOutcome } from '../outcomes.ts';
import { World } from '../world.ts';

const now = start.steady;
const synced = reference().synced();
const never = synced.spec({ refreshInterval: '0s' });

function next(builder: ReferenceBuilder, outcome: (world: World) => Outcome, attempt = 0): Next {
  const world = new World(builder);
  return nextTurn(world.observe(), outcome(world), now, attempt, world.store);
}
const afterFault = (fault: Fault, builder = synced, attempt = 0): Next =>
  next(builder, () => ({ kind: 'failed', fault }), attempt);

describe('after a sync', () => {
  test('the next turn is the next tick of the interval, in the lane of refreshes', () => {
    const found = next(synced, world => syncedOutcome(world));
    expect(found).toMatchObject({ kind: 'at', lane: 'refresh' });
    if (found.kind !== 'at') return;
    expect(found.time).toBeGreaterThan(now);
    expect(found.time).toBeLessThanOrEqual(now + hour);
    expect(found.time).toBe(new World(synced).observe().dueAt);
  });

  test('that was a repair, the refresh stays due when it was, even in the past', () => {
    const due = new World(synced.due()).observe().dueAt;
    expect(next(synced.due(), world => syncedOutcome(world, { because: 'TargetMissing' }))).toEqual({
      kind: 'at',
      time: due,
      lane: 'refresh',
    });
  });

  test.each(['RefreshDue', 'TargetMissing'] as const)('of interval zero nothing comes by time: %s', because => {
    expect(next(never, world => syncedOutcome(world, { because }))).toEqual({ kind: 'on-change' });
  });
});

test('while it is suspended nothing comes by time', () => {
  expect(next(synced.suspended(), () => ({ kind: 'suspended' }))).toEqual({ kind: 'on-change' });
});

describe('after a fault', () => {
  const due = new World(synced).observe().dueAt ?? 0;
  const place = (attempt: number, earliest?: number): number =>
    new World().store.retryAt(
      'uid-source-vault',
      new World(synced).observe().reference.metadata.uid,
      attempt,
      earliest,
    );

  test.each([unusable('not JSON'), tooLarge('too large'), absent('KeyNotFound', 'gone')])(
    '$reason is looked at again from the interval on, in line with all others that fail at that source',
    fault => {
      expect(afterFault(fault, synced, 2)).toEqual({ kind: 'at', time: place(2, due), lane: 'refresh' });
      expect(afterFault(fault, never)).toEqual({ kind: 'on-change' });
    },
  );

  test('a conflict waits for a change, and looks again after ten minutes: a foreign Secret is not watched', () => {
    expect(afterFault(conflict('theirs'))).toEqual({ kind: 'at', time: now + 10 * 60_000, lane: 'refresh' });
  });

  test('an invalid spec waits for a change, and looks again anyway', () => {
    const fault = invalidSpec('wrong');
    expect(afterFault(fault)).toEqual({ kind: 'at', time: now + hour, lane: 'refresh' });
    expect(afterFault(fault, synced.spec({ refreshInterval: '10s' }))).toEqual({
      kind: 'at',
      time: now + 10 * 60_000,
      lane: 'refresh',
    });
    expect(afterFault(fault, never)).toMatchObject({ time: now + 10 * 60_000 });
  });

  test.each([accessDenied('no'), authFailed('no')])('$reason backs off for long, and stands in line', fault => {
    expect(afterFault(fault, synced, 3)).toEqual({ kind: 'backoff', pace: 'long', notBefore: place(3) });
  });

  test('TargetWriteRefused backs off for long: no source is to blame', () => {
    expect(afterFault(writeRefused('quota'))).toEqual({ kind: 'backoff', pace: 'long' });
  });

  test.each([unavailable('away'), throttled('later', 5000)])('$reason waits for its place in line', fault => {
    expect(afterFault(fault, synced, 3)).toEqual({ kind: 'retry-at', time: place(3) });
  });

  test('KubernetesUnavailable is tried again soon: no source is to blame', () => {
    expect(afterFault(kubernetesUnavailable('away'))).toEqual({ kind: 'backoff', pace: 'short' });
  });

  test('a Secret that is wanted no more is looked for again at the interval', () => {
    const fault = absent('KeyNotFound', 'gone');
    expect(next(synced, () => ({ kind: 'gone', fault, deleted: true }))).toMatchObject({ kind: 'at', lane: 'refresh' });
  });
});
