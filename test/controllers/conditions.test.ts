import { describe, expect, test } from '@jest/globals';
import type { Condition } from '../../src/api/conditions.ts';
import { findCondition, type WantedCondition, withConditions } from '../../src/controllers/conditions.ts';

const now = Date.UTC(2026, 0, 1);
const ready = (status: 'True' | 'False', message = 'm'): WantedCondition => ({
  type: 'Ready',
  status,
  reason: status === 'True' ? 'Synced' : 'AccessDenied',
  message,
});
const before: readonly Condition[] = [
  { ...ready('True'), lastTransitionTime: 'long ago', observedGeneration: 1 },
  { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message: 'm', lastTransitionTime: 'long ago' },
];

describe('the new conditions', () => {
  test('carry on the time of their last transition while their status stays', () => {
    const [after] = withConditions(before, [ready('True', 'another message')], 2, now);
    expect(after).toEqual({
      ...ready('True', 'another message'),
      lastTransitionTime: 'long ago',
      observedGeneration: 2,
    });
  });

  test.each([
    ['another status', before, ready('False')],
    ['nothing before', [], ready('True')],
  ])('begin now with %s', (_, earlier, wanted) => {
    expect(withConditions(earlier, [wanted], 2, now)[0]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
  });

  test('are those that are wanted, and no others', () => {
    expect(withConditions(before, [ready('True')], 1, now).map(({ type }) => type)).toEqual(['Ready']);
  });
});

test('a condition is found by its type', () => {
  expect(findCondition(before, 'Stalled')?.reason).toBe('InvalidSpec');
  expect(findCondition(before, 'Synced')).toBeUndefined();
  expect(findCondition(undefined, 'Ready')).toBeUndefined();
});
