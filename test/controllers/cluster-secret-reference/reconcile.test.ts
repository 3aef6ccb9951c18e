import { describe, expect, test } from '@jest/globals';
import type { Fields } from '../fields.ts';
import { ClusterWorld, clusterReference, spec } from './world.ts';

/** The namespaces `n0`, `n1`, … of the team, each with a reference that is Ready. */
async function inStep(count: number, raw: Fields = clusterReference()): Promise<ClusterWorld> {
  const world = new ClusterWorld(raw);
  for (let at = 0; at < count; at++) world.team(`n${at}`);
  await world.run();
  for (let at = 0; at < count; at++) world.becomes(`n${at}`, 'True');
  await world.run();
  return world;
}

const rotated = (token: string, succeeded = token) => ({ rotation: { lastHandled: token, lastSucceeded: succeeded } });

describe('a thousand namespaces', () => {
  test('get one write each, a report a second, and no more looks than twice each', async () => {
    const world = await inStep(1000);
    const made = world.api.writes.filter(each => each === 'create secretreferences/warehouse');
    expect([made.length, world.api.writes.length - made.length]).toEqual([1000, 2]);
    expect(world.object.status?.namespaces).toEqual({ matched: 1000, ready: 1000, failed: 0, conflicts: 0 });
    expect(world.reconciles.places).toBeLessThan(4000);
    expect(world.reconciles.wholes).toBeLessThan(6);
    world.api.writes.length = 0;
    await world.reconcile('/warehouse');
    await world.run();
    expect(world.api.writes).toEqual([]);
  });

  test('that all fail leave a status of twenty', async () => {
    const world = await inStep(100);
    for (let at = 0; at < 100; at++) world.becomes(`n${at}`, 'False', 'AuthFailed');
    await world.run();
    expect(world.object.status?.namespaces?.failed).toBe(100);
    expect(world.object.status?.notReady).toHaveLength(20);
    expect(world.object.status?.notReady[0]).toEqual({ namespace: 'n0', reason: 'AuthFailed' });
    expect(world.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Normal Synced',
      'Warning ReferencesNotReady',
    ]);
  });
});

describe('a namespace that refuses', () => {
  test('is reported with what it lacks, tried again later, and holds up none of the others', async () => {
    const world = new ClusterWorld();
    world.api.refuse('create secretreferences/warehouse', { kind: 'refused', cause: 'quota' });
    for (const name of ['etl', 'web']) world.team(name);
    await world.run();
    world.becomes('web', 'True');
    await world.run();
    expect(world.next.get('etl/warehouse')).toEqual({ kind: 'backoff', pace: 'long' });
    expect(world.object.status?.notReady).toEqual([
      {
        namespace: 'etl',
        reason: 'ReferenceWriteRefused',
        message: 'a ResourceQuota refuses SecretReference etl/warehouse: raise it',
      },
    ]);
    expect(world.conditions()).toEqual(['Ready False ReferencesNotReady', 'Reconciling True ReferencesNotReady']);
    await world.reconcile('etl/warehouse');
    await world.run();
    world.becomes('etl', 'True');
    await world.run();
    expect(world.conditions()).toEqual(['Ready True Synced']);
  });

  test('is tried again at once when the spec is edited', async () => {
    const world = new ClusterWorld();
    world.api.refuse('create secretreferences/warehouse', { kind: 'refused', cause: 'invalid' });
    world.team('etl');
    await world.run();
    expect(world.reference('etl')).toBeUndefined();
    world.edit({ metadata: { generation: 2 }, spec: { reference: { ...spec, owner: 'etl' } } });
    await world.run();
    expect(world.reference('etl')).toBeDefined();
  });

  test.each([
    [{ kind: 'already-exists' } as const, { kind: 'backoff', pace: 'short' }],
    [{ kind: 'unavailable' } as const, { kind: 'backoff', pace: 'short' }],
    [{ kind: 'refused', cause: 'namespace-terminating' } as const, { kind: 'on-change' }],
  ])('for %j is tried again by %j', async (fault, next) => {
    const world = new ClusterWorld();
    world.api.refuse('create secretreferences/warehouse', fault);
    world.team('etl');
    await world.reconcile('etl/warehouse');
    expect(world.next.get('etl/warehouse')).toEqual(next);
  });

  test('by a webhook that changes what is written is reported, and not written to again and again', async () => {
    const world = await inStep(1);
    world.mutate = each => ({ ...each, suspend: true });
    world.edit({ metadata: { generation: 2 }, spec: { reference: { ...spec, owner: 'etl' } } });
    world.api.writes.length = 0;
    await world.run();
    expect(world.object.status?.notReady).toMatchObject([
      { namespace: 'n0', reason: 'ReferenceWriteRefused', message: expect.stringContaining('an admission webhook') },
    ]);
    expect(world.api.writes.filter(each => each === 'patch secretreferences/warehouse').length).toBeLessThan(4);
  });
});

describe('what happens meanwhile', () => {
  test('an edit by somebody is put back, and one of a status costs nothing', async () => {
    const world = await inStep(2);
    world.api.writes.length = 0;
    world.api.change('secretreferences', 'warehouse', { metadata: { generation: 2 }, spec: { suspend: true } }, 'n1');
    await world.run();
    expect(world.api.writes).toEqual([
      'patch secretreferences/warehouse',
      'patch clustersecretreferences/warehouse/status',
    ]);
    expect(world.reference('n1')?.spec).toMatchObject({ value: { suspend: false } });
  });

  test('a namespace that is chosen no longer loses its reference, one that is going is left', async () => {
    const world = await inStep(3);
    world.api.writes.length = 0;
    world.team('n0', { team: 'web' });
    world.team('n1', { team: 'etl' }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    await world.run();
    expect(world.api.writes.filter(each => !each.endsWith('/status'))).toEqual(['delete secretreferences/warehouse']);
    expect(world.reference('n0')).toBeUndefined();
    expect(world.object.status?.namespaces).toEqual({ matched: 1, ready: 1, failed: 0, conflicts: 0 });
  });

  test('conflicts alone are Stalled; who is in the way is never touched, and replaced when gone', async () => {
    const world = new ClusterWorld();
    const metadata = { name: 'warehouse', namespace: 'etl', uid: 'theirs', resourceVersion: '4', generation: 1 };
    world.api.put('secretreferences', { metadata, spec });
    world.team('etl');
    await world.run();
    expect(world.conditions()).toEqual(['Ready False ReferenceConflict', 'Stalled True ReferenceConflict']);
    expect(world.api.writes).toEqual(['patch clustersecretreferences/warehouse/status']);
    world.api.remove('secretreferences', 'warehouse', 'etl');
    await world.run();
    expect(world.reference('etl')?.metadata.ownerReferences).toMatchObject([{ name: 'warehouse' }]);
  });
});

describe('a token', () => {
  const asks = { metadata: { annotations: { 'shearline.dev/rotate': 't1' } } };

  test('is answered when all have answered it, whoever comes later', async () => {
    const world = await inStep(2);
    world.edit(asks);
    await world.run();
    expect(world.object.status?.rotation).toBeUndefined();
    world.becomes('n0', 'True', 'Synced', rotated('t1'));
    await world.run();
    expect(world.object.status?.rotation).toBeUndefined();
    world.becomes('n1', 'True', 'Synced', rotated('t1'));
    await world.run();
    expect(world.object.status?.rotation).toEqual({ lastHandled: 't1', lastSucceeded: 't1' });
    world.team('n2');
    await world.run();
    expect(world.object.status?.rotation).toEqual({ lastHandled: 't1', lastSucceeded: 't1' });
  });

  test('that failed for one is handled, and has not succeeded', async () => {
    const world = await inStep(2);
    world.edit(asks);
    await world.run();
    world.becomes('n0', 'True', 'Synced', rotated('t1'));
    world.becomes('n1', 'True', 'Synced', rotated('t1', 't0'));
    await world.run();
    expect(world.object.status?.rotation).toEqual({ lastHandled: 't1' });
  });

  test('that cannot be answered is refused by an event, once', async () => {
    const world = await inStep(1);
    world.edit({ metadata: { annotations: { 'shearline.dev/rotate': 'x'.repeat(257) } } });
    await world.run();
    await world.reconcile('/warehouse');
    expect(world.events.filter(({ reason }) => reason === 'TokenRefused')).toHaveLength(1);
    expect(world.reference('n0')?.metadata.annotations).toEqual({});
  });
});

test.each<[string, Fields, boolean, readonly string[]]>([
  ['without the flag', {}, false, ['Ready False NotEnabled', 'Stalled True NotEnabled']],
  ['with a spec that is wrong', { reference: {} }, true, ['Ready False InvalidSpec', 'Stalled True InvalidSpec']],
])('%s it says so, and nothing else is written', async (_, fields, enabled, conditions) => {
  const world = new ClusterWorld(clusterReference(fields));
  world.team('etl');
  await world.reconcile('/warehouse', enabled);
  await world.reconcile('etl/warehouse', enabled);
  expect(world.conditions()).toEqual(conditions);
  expect(world.api.writes).toEqual(['patch clustersecretreferences/warehouse/status']);
});

test('one that is being deleted does nothing any more: the garbage collector does', async () => {
  const world = await inStep(1);
  world.edit({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] } });
  world.api.remove('secretreferences', 'warehouse', 'n0');
  world.api.writes.length = 0;
  await world.run();
  expect(world.api.writes).toEqual([]);
});
