import { describe, expect, test } from '@jest/globals';
import type { RotationStatus } from '../../../../src/api/secret-reference/status.ts';
import type { Outcome } from '../../../../src/controllers/secret-reference/nouns/outcome.ts';
import { rotationAfter } from '../../../../src/controllers/secret-reference/report/rotation-status.ts';
import {
  absent,
  accessDenied,
  conflict,
  type Fault,
  invalidSpec,
  kubernetesUnavailable,
  throttled,
  unavailable,
  unusable,
} from '../../../../src/core/fault.ts';
import { type ReferenceBuilder, reference, start } from '../../builders.ts';
import { target } from '../../objects.ts';
import { syncedOutcome } from '../../outcomes.ts';
import { World } from '../../world.ts';

const before: RotationStatus = { lastHandled: 't0', lastSucceeded: 't0', result: 'Rotated', reason: 'Synced' };
const answered = reference().synced().status({ rotation: before });
const now = '2026-01-01T00:00:00Z';
const failing = (fault: Fault): Outcome => ({ kind: 'failed', fault });

const rotationOf = (builder: ReferenceBuilder, outcome: (world: World) => Outcome, writtenFor?: string) => {
  const world = new World(builder);
  const annotations = {
    'shearline.dev/rotated-for': writtenFor ?? '',
    'shearline.dev/owner': 'SecretReference/db/uid-db',
  };
  world.caches.targets.put(target(builder, { resourceVersion: '6', annotations }));
  return rotationAfter(world.observe(), outcome(world), start.wall).rotation;
};

describe('a rotation that a sync answers', () => {
  test.each([
    ['Rotated, when the content changed', true, undefined, 'Rotated'],
    ['NoChange, when the store has nothing newer', false, undefined, 'NoChange'],
    ['Rotated, when the Secret was written for this very token before the status could say so', false, 't1', 'Rotated'],
    ['NoChange, when the Secret was written for another token', false, 't0', 'NoChange'],
  ])('is %s', (_, contentChanged, writtenFor, result) => {
    const rotation = rotationOf(answered.token('t1'), world => syncedOutcome(world, { contentChanged }), writtenFor);
    expect(rotation).toEqual({ lastHandled: 't1', lastSucceeded: 't1', result, reason: 'Synced', time: now });
  });

  test('by force-sync moves lastForceSync and nothing else', () => {
    const rotation = rotationOf(answered.forceSync('f1'), world => syncedOutcome(world, { contentChanged: true }));
    expect(rotation).toEqual({ ...before, lastForceSync: 'f1', result: 'Rotated', time: now });
  });

  test('by both at once moves both', () => {
    const rotation = rotationOf(answered.token('t1').forceSync('f1'), world => syncedOutcome(world));
    expect(rotation).toMatchObject({ lastHandled: 't1', lastSucceeded: 't1', lastForceSync: 'f1' });
  });

  test('forgets the message of an earlier failure', () => {
    const failed = answered.status({
      rotation: { ...before, result: 'Failed', reason: 'AccessDenied', message: 'no' },
    });
    expect(rotationOf(failed.token('t1'), world => syncedOutcome(world))).not.toHaveProperty('message');
  });
});

describe('a rotation that cannot be done', () => {
  test.each([
    ['the store refuses', accessDenied('no')],
    ['the remote key is gone', absent('KeyNotFound', 'gone')],
    ['the value cannot be used', unusable('not JSON')],
    ['the spec is wrong', invalidSpec('no')],
    ['the target is somebody else’s', conflict('theirs')],
  ])('is Failed with the reason when %s; lastSucceeded stays', (_, fault) => {
    expect(rotationOf(answered.token('t1'), () => failing(fault))).toEqual({
      lastHandled: 't1',
      lastSucceeded: 't0',
      result: 'Failed',
      reason: fault.reason,
      message: fault.message,
      time: now,
    });
  });

  test('is Failed when the Secret was deleted, because its remote key is gone', () => {
    const gone: Outcome = { kind: 'gone', fault: absent('KeyNotFound', 'gone'), deleted: true };
    expect(rotationOf(answered.token('t1'), () => gone)).toMatchObject({ lastHandled: 't1', result: 'Failed' });
  });

  test.each<[string, Outcome]>([
    ['the store does not answer', failing(unavailable('away'))],
    ['the store asks for fewer calls', failing(throttled('later'))],
    ['the API server does not answer', failing(kubernetesUnavailable('away'))],
    ['the reference is suspended', { kind: 'suspended' }],
  ])('stays pending while %s', (_, outcome) => {
    expect(rotationOf(answered.token('t1'), () => outcome)).toEqual(before);
  });
});

describe('without a request', () => {
  test('a sync leaves the last answer as it is', () => {
    expect(rotationOf(answered.token('t0'), world => syncedOutcome(world, { contentChanged: true }))).toEqual(before);
  });

  test('a failure leaves the last answer as it is', () => {
    expect(rotationOf(answered, () => failing(accessDenied('no')))).toEqual(before);
  });

  test('there is no answer where there never was one', () => {
    expect(rotationOf(reference().synced(), world => syncedOutcome(world))).toBeUndefined();
  });
});
