import { describe, expect, test } from '@jest/globals';
import type { SecretReference } from '../../../../src/api/secret-reference/secret-reference.ts';
import type { Outcome } from '../../../../src/controllers/secret-reference/nouns/outcome.ts';
import { statusAfter } from '../../../../src/controllers/secret-reference/report/report.ts';
import {
  absent,
  accessDenied,
  authFailed,
  conflict,
  type Fault,
  invalid,
  invalidSpec,
  kubernetesUnavailable,
  throttled,
  tooLarge,
  unavailable,
  unusable,
  writeRefused,
} from '../../../../src/core/fault.ts';
import { hour, type ReferenceBuilder, reference, start, wants } from '../../builders.ts';
import { assertConditionInvariants, assertTransitions } from '../../invariants.ts';
import { target } from '../../objects.ts';
import { syncedOutcome } from '../../outcomes.ts';
import { World } from '../../world.ts';

type Decide = (world: World) => Outcome;
const failing =
  (fault: Fault): Decide =>
  () => ({ kind: 'failed', fault });
const suspended: Decide = () => ({ kind: 'suspended' });
const inStep: Decide = world => syncedOutcome(world);

/** The reference as it is after an outcome; the invariants hold of every one. */
function reported(builder: ReferenceBuilder, decide: Decide, circumstance = (_: World) => {}): SecretReference {
  const world = new World(builder);
  circumstance(world);
  const status = statusAfter(world.observe(), decide(world), start.wall + hour);
  const updated = { ...builder.parsed, status };
  assertConditionInvariants(updated);
  assertTransitions(builder.parsed, updated);
  return updated;
}

const conditionsOf = ({ status }: SecretReference) =>
  Object.fromEntries((status?.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]));
const synced = reference().synced();

describe('a sync', () => {
  test('is Ready and in step, of this generation', () => {
    const updated = reported(reference(), inStep);
    expect(conditionsOf(updated)).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
    expect(updated.status).toMatchObject({ observedGeneration: 1, target: { generation: 1, keys: 1 } });
  });

  test('says how many keys there are, and in which Secret', () => {
    const [ready] = reported(reference(), inStep).status?.conditions ?? [];
    expect(ready?.message).toBe('Secret etl/db is in step: 1 key');
  });

  test('that found nothing new leaves the status exactly as it was', () => {
    const first = reported(reference(), world => syncedOutcome(world, { change: 'created', contentChanged: true }));
    const world = new World(reference().status(first.status ?? {}));
    const outcome = syncedOutcome(world, { change: 'kept' });
    const settled = { ...outcome.settled, revision: 2 };
    expect(statusAfter(world.observe(), { ...outcome, settled }, start.wall + 2 * hour)).toEqual(first.status);
  });

  test.each([
    ['created', '2026-01-01T01:00:00Z'],
    ['updated', '2026-01-01T01:00:00Z'],
    ['kept', 'long ago'],
  ] as const)('moves lastSyncTime when it wrote, and then only: %s', (change, time) => {
    const updated = reported(synced.status({ lastSyncTime: 'long ago' }), world => syncedOutcome(world, { change }));
    expect(updated.status?.lastSyncTime).toBe(time);
  });

  test('lists all that is served', () => {
    const data = Array.from({ length: 200 }, (_, index) => ({
      secretKey: `k${index}`,
      remoteRef: { key: `etl/${index}` },
    }));
    const { status } = reported(reference().spec({ data }), inStep);
    expect(status?.remote).toHaveLength(200);
    expect(status?.remote[199]).toEqual({ source: 'vault', key: 'etl/199', version: '2' });
  });
});

describe('a failure', () => {
  const waiting: readonly Fault[] = [
    unavailable('away'),
    throttled('later'),
    accessDenied('no'),
    authFailed('no'),
    absent('KeyNotFound', 'gone'),
    absent('PropertyNotFound', 'gone'),
    unusable('not JSON'),
    tooLarge('too large'),
    writeRefused('quota'),
    kubernetesUnavailable('away'),
  ];
  const stalling: readonly Fault[] = [
    invalidSpec('wrong'),
    invalid('SourceNotFound', 'none'),
    invalid('SourceInvalid', 'wrong'),
    invalid('KeyNotAllowed', 'no'),
    invalid('NamespaceNotAllowed', 'no'),
    invalid('ServiceAccountNotFound', 'none'),
    invalid('CABundleInvalid', 'wrong'),
  ];

  test.each(waiting)('$reason keeps the good Secret Ready, and says that it is not in step', fault => {
    expect(conditionsOf(reported(synced, failing(fault)))).toEqual({
      Ready: 'True Synced',
      Synced: `False ${fault.reason}`,
    });
  });

  test.each(waiting)('$reason without a good Secret is not Ready, and tried again', fault => {
    const failed = `False ${fault.reason}`;
    expect(conditionsOf(reported(reference(), failing(fault)))).toEqual({
      Ready: failed,
      Synced: failed,
      Reconciling: `True ${fault.reason}`,
    });
  });

  test.each(stalling)('$reason stalls: trying again cannot help', fault => {
    expect(conditionsOf(reported(synced, failing(fault)))).toEqual({
      Ready: 'True Synced',
      Synced: `False ${fault.reason}`,
      Stalled: `True ${fault.reason}`,
    });
  });

  test('TargetConflict is never Ready: the Secret is not ours, or not ours to change', () => {
    expect(conditionsOf(reported(synced, failing(conflict('theirs'))))).toMatchObject({
      Ready: 'False TargetConflict',
      Stalled: 'True TargetConflict',
    });
  });

  test('keeps what is served, and where from', () => {
    const updated = reported(synced, failing(unavailable('away')));
    expect(updated.status).toMatchObject({
      target: synced.parsed.status?.target,
      remote: synced.parsed.status?.remote,
      source: { name: 'vault' },
    });
  });

  test.each<[string, ReferenceBuilder, (world: World) => void]>([
    ['the spec was edited since', synced.edited(wants('user')), () => undefined],
    ['the target was renamed', synced.edited().target({ name: 'other' }), () => undefined],
    ['the Secret is gone', synced, world => world.caches.targets.remove('etl/db')],
    ['the Secret was touched', synced, world => world.caches.targets.put(target(synced, { resourceVersion: '6' }))],
  ])('is not Ready when %s', (_, builder, circumstance) => {
    const updated = reported(builder, failing(unavailable('away')), circumstance);
    expect(conditionsOf(updated)).toMatchObject({ Ready: 'False ProviderUnavailable' });
  });

  test('keeps the source that it had while that cannot be found', () => {
    const updated = reported(synced, failing(invalid('SourceNotFound', 'none')), world =>
      world.caches.sources.remove('etl/vault'),
    );
    expect(updated.status?.source).toEqual({ kind: 'SecretSource', name: 'vault' });
  });
});

describe('deletionPolicy Delete', () => {
  const gone = absent('KeyNotFound', 'gone');

  test.each([
    [true, '2026-01-01T01:00:00Z'],
    [false, 'long ago'],
  ])('clears what was served; lastSyncTime moves when something was deleted: %s', (deleted, time) => {
    const updated = reported(synced.status({ lastSyncTime: 'long ago' }), () => ({
      kind: 'gone',
      fault: gone,
      deleted,
    }));
    expect(updated.status).toMatchObject({ remote: [], lastSyncTime: time });
    expect(updated.status).not.toHaveProperty('target');
    expect(conditionsOf(updated)).toMatchObject({ Ready: 'False KeyNotFound', Reconciling: 'True KeyNotFound' });
  });
});

describe('suspended', () => {
  test.each<[string, ReferenceBuilder, string]>([
    ['stays Ready when it was', synced, 'True Suspended'],
    ['stays Ready when it was, though the spec moved on', synced.edited(), 'True Suspended'],
    [
      'stays not Ready when it was not',
      synced.failing('AccessDenied').conditions({ Ready: '!AccessDenied' }),
      'False Suspended',
    ],
    ['is not Ready when it never was', reference(), 'False Suspended'],
  ])('%s', (_, builder, ready) => {
    const updated = reported(builder.suspended(), suspended);
    expect(conditionsOf(updated)).toEqual({ Ready: ready, Synced: 'False Suspended' });
  });

  test('is not Ready any more once its Secret is gone', () => {
    const updated = reported(synced.suspended(), suspended, world => world.caches.targets.remove('etl/db'));
    expect(conditionsOf(updated)).toMatchObject({ Ready: 'False Suspended' });
  });
});

test('an edit is observed whatever becomes of it', () => {
  for (const decide of [inStep, suspended, failing(unavailable('away')), failing(invalidSpec('wrong'))])
    expect(reported(synced.edited(), decide).status?.observedGeneration).toBe(2);
});
