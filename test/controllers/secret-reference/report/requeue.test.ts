import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../../../src/controllers/secret-reference/nouns/outcome.ts';
import { requeue } from '../../../../src/controllers/secret-reference/report/requeue.ts';
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
} from '../../../../src/core/fault.ts';
import type { Next } from '../../../../src/runtime/reconcile.ts';
import { hour, type ReferenceBuilder, reference, start } from '../../builders.ts';
import { syncedOutcome } from '../../outcomes.ts';
import { World } from '../../world.ts';

const now = start.steady;
const synced = reference().synced();
const never = synced.spec({ refreshInterval: '0s' });

function next(builder: ReferenceBuilder, outcome: (world: World) => Outcome, failingMs = 0): Next {
  const world = new World(builder);
  return requeue(world.observe(), outcome(world), now, failingMs, world.store);
}
const afterFault = (fault: Fault, builder = synced, failingMs = 0): Next =>
  next(builder, () => ({ kind: 'failed', fault }), failingMs);

describe('after a sync', () => {
  test('the next reconcile is at the next tick of the interval, at the priority of refreshes', () => {
    const found = next(synced, world => syncedOutcome(world));
    expect(found).toMatchObject({ kind: 'at', priority: 'low' });
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
      priority: 'low',
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
  const second = 1000;
  const minute = 60 * second;
  /** The place that the budget of (source, namespace) has for one that would wait so long if it were alone. */
  const place = (waitMs: number, sourceUid = 'uid-source-vault'): number =>
    new World().store.retryAt(sourceUid, 'etl', new World(synced).observe().reference.metadata.uid, waitMs);
  const often = synced.spec({ refreshInterval: '30s' });

  describe.each([
    unusable('not JSON'),
    tooLarge('too large'),
    absent('KeyNotFound', 'gone'),
    accessDenied('no'),
    authFailed('no'),
    writeRefused('quota'),
  ])('$reason is tried again on the budget of the identity, as a refresh,', fault => {
    test.each<[string, ReferenceBuilder, failing: number, waits: number]>([
      ['after 5 s', synced, 0, 5 * second],
      ['then after 10 s', synced, 5 * second, 10 * second],
      ['then after 20 s', synced, 15 * second, 20 * second],
      ['then ever later, up to 5 minutes', synced, hour, 5 * minute],
      ['never later than the interval', often, hour, 30 * second],
      ['also where nothing is refreshed', never, hour, 5 * minute],
    ])('%s', (_, builder, failing, waits) => {
      expect(afterFault(fault, builder, failing)).toEqual({ kind: 'retry-at', time: place(waits), priority: 'low' });
    });
  });

  test('a conflict is looked at again after 5 s, doubling to 5 minutes: a foreign Secret is not watched', () => {
    expect(afterFault(conflict('theirs'), often)).toMatchObject({ time: place(5 * second), priority: 'low' });
    expect(afterFault(conflict('theirs'), often, hour)).toMatchObject({ time: place(5 * minute), priority: 'low' });
  });

  test('an invalid spec waits for a change, and looks again anyway', () => {
    const fault = invalidSpec('wrong');
    expect(afterFault(fault)).toEqual({ kind: 'at', time: now + hour, priority: 'low' });
    expect(afterFault(fault, synced.spec({ refreshInterval: '10s' }))).toEqual({
      kind: 'at',
      time: now + 10 * minute,
      priority: 'low',
    });
    expect(afterFault(fault, never)).toMatchObject({ time: now + 10 * minute });
  });

  test.each([unavailable('away'), throttled('later', 5000)])(
    '$reason is tried again within 9 s, at the priority of the reconcile: a token that waits stays urgent',
    fault => {
      expect(afterFault(fault)).toEqual({ kind: 'retry-at', time: place(second) });
      expect(afterFault(fault, synced, hour)).toEqual({ kind: 'retry-at', time: place(9 * second) });
    },
  );

  test('the source that gave it pays, not the one that the spec names first', () => {
    const fault = { ...unavailable('away'), sourceUid: 'uid-of-another-source' };
    expect(afterFault(fault)).toEqual({ kind: 'retry-at', time: place(second, 'uid-of-another-source') });
  });

  test('KubernetesUnavailable is tried again soon: no source is to blame', () => {
    expect(afterFault(kubernetesUnavailable('away'))).toEqual({ kind: 'backoff', pace: 'short' });
  });

  test('a Secret that is wanted no more is looked for again in the same way', () => {
    const fault = absent('KeyNotFound', 'gone');
    expect(next(synced, () => ({ kind: 'gone', fault, deleted: true }))).toEqual({
      kind: 'retry-at',
      time: place(5 * second),
      priority: 'low',
    });
  });
});
