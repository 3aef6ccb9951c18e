import { describe, expect, test } from '@jest/globals';
import { maxPins } from '../../../src/api/secret-reference/status.ts';
import { pinsOf } from '../../../src/controllers/secret-reference/nouns/pins.ts';
import { canary } from '../../canary.ts';
import { reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { World } from '../world.ts';

const pinned = reference().spec({ delivery: { mode: 'Pinned', keep: 1 } });
const minute = 60_000;
const listing = 'list pods shearline.dev/pinned-db';
const patching = 'patch secretreferences/db/status';

/** What the admission policy made of a pod. */
function pod(world: World, name: string, revision: number, more: Fields = {}, phase = 'Running'): void {
  const { labels = {}, ...metadata } = more;
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: `db-r${revision}`, key: 'password' } } }];
  world.api.put('pods', {
    metadata: {
      name,
      namespace: 'etl',
      uid: `uid-${name}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'shearline.dev/pinned': 'true', 'shearline.dev/pinned-db': `db-r${revision}`, ...Object(labels) },
      ...metadata,
    },
    spec: { containers: [{ env }] },
    status: { phase },
  });
}
const spark = (id: string): Fields => ({ labels: { 'spark-app-selector': id } });

async function rotate(world: World, token: string): Promise<void> {
  world.store.put('etl/db', { password: `${canary}-${token}` });
  world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': token } } });
  await world.run();
}
async function later(world: World, ms = 10 * minute): Promise<void> {
  world.clock.steadyMs += ms;
  world.clock.wallMs += ms;
  await world.reconcile();
}

describe('the pods of one application stay with the revision of the first', () => {
  const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'load', uid: 'uid-load', controller: true };
  test.each<[string, Fields, object | undefined]>([
    ['a Spark application', spark('spark-1'), { 'spark-1': 1 }],
    ['a Job', { ownerReferences: [job] }, { 'uid-load': 1 }],
    ['a group by annotation', { annotations: { 'shearline.dev/pin-group': 'nightly' } }, { nightly: 1 }],
    [
      'a group by annotation, whatever else it is of',
      { ...spark('spark-1'), ownerReferences: [job], annotations: { 'shearline.dev/pin-group': 'nightly' } },
      { nightly: 1 },
    ],
    [
      'a Spark application that a Job is the driver of',
      { ...spark('spark-1'), ownerReferences: [job] },
      { 'spark-1': 1 },
    ],
    ['nobody else', {}, undefined],
    [
      'an owner that is no Job of Kubernetes',
      { ownerReferences: [{ ...job, apiVersion: 'example.com/v1' }] },
      undefined,
    ],
    ['a Job that does not control it', { ownerReferences: [{ ...job, controller: false }] }, undefined],
    [
      'a group with a name that is too long',
      { annotations: { 'shearline.dev/pin-group': 'n'.repeat(254) } },
      undefined,
    ],
  ])('%s', async (_, metadata, pins) => {
    const world = await World.synced(pinned);
    pod(world, 'driver', 1, metadata);
    await rotate(world, 't1');
    expect(world.status()).toMatchObject({ target: { revision: 2, pinned: { name: 'db-r2' } } });
    expect(world.status()?.pins).toEqual(pins);
  });

  test('who has ended, has the newest one, or was pinned to another Secret, is none of them', async () => {
    const world = await World.synced(pinned);
    pod(world, 'done', 1, spark('spark-1'), 'Succeeded');
    pod(world, 'broken', 1, spark('spark-2'), 'Failed');
    pod(world, 'odd', 1, { labels: { 'spark-app-selector': 'spark-3', 'shearline.dev/pinned-db': 'other-r1' } });
    pod(world, 'early', 2, spark('spark-4'));
    await rotate(world, 't1');
    expect(world.status()?.pins).toBeUndefined();
  });

  test('each application has its own, through many rotations and a rollback', async () => {
    const world = await World.synced(pinned);
    pod(world, 'one', 1, spark('spark-1'));
    await rotate(world, 't1');
    pod(world, 'two', 2, spark('spark-2'));
    await rotate(world, 't2');
    pod(world, 'three', 3, spark('spark-3'));
    expect(world.status()?.pins).toEqual({ 'spark-1': 1, 'spark-2': 2 });
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rollback': '2' } } });
    await world.run();
    expect(world.status()).toMatchObject({ target: { revision: 2 }, pins: { 'spark-1': 1, 'spark-3': 3 } });
  });

  test('what status promised holds, also when the first pod has ended', async () => {
    const world = await World.synced(pinned);
    pod(world, 'executor-1', 1, spark('spark-1'));
    await rotate(world, 't1');
    pod(world, 'executor-2', 2, { ...spark('spark-1'), creationTimestamp: '2026-01-01T00:00:01Z' });
    pod(world, 'executor-3', 1, { ...spark('spark-1'), creationTimestamp: '2026-01-01T00:00:02Z' });
    world.api.remove('pods', 'executor-1');
    await later(world);
    expect(world.status()?.pins).toEqual({ 'spark-1': 1 });
  });

  test('of two pods of one second the one counts that has what others do not get any more', () => {
    const both = [1, 2].map(revision => ({ group: 'g', revision, createdAt: '2026-01-01T00:00:00Z' }));
    expect([pinsOf(both, {}, 2), pinsOf(both.toReversed(), {}, 2)]).toEqual([{ g: 1 }, { g: 1 }]);
  });

  test('as many as status has room for, first those that it has promised already', () => {
    const pods = Array.from({ length: maxPins + 5 }, (_, index) => ({
      group: `g${index}`,
      revision: 1,
      createdAt: '',
    }));
    const pins = pinsOf(pods, { [`g${maxPins + 4}`]: 1 }, 2);
    expect([Object.keys(pins).length, pins[`g${maxPins + 4}`], pins.g0]).toEqual([maxPins, 1, 1]);
  });
});

describe('in the order that leaves nobody out', () => {
  test('pods are listed, then status names the revision and who stays, then they are listed again', async () => {
    const world = await World.synced(pinned);
    pod(world, 'driver', 1, spark('spark-1'));
    let [listsBefore, liveBefore] = [0, ''];
    world.api.before(patching, () => {
      listsBefore = world.api.gets.filter(each => each === listing).length;
      liveBefore = world.secret()?.password ?? '';
    });
    await rotate(world, 't1');
    expect([listsBefore, liveBefore]).toEqual([1, `${canary}-t1`]);
    expect(world.api.gets.filter(each => each === listing)).toHaveLength(2);
    expect(world.api.writes).toEqual(['create secrets/db-r2', 'update secrets/db', patching]);
  });

  test('who came between the list and the answer of the patch is added at once', async () => {
    const world = await World.synced(pinned);
    world.api.before(patching, () => pod(world, 'late', 1, spark('spark-1')));
    await rotate(world, 't1');
    expect(world.status()).toMatchObject({ target: { revision: 2 }, pins: { 'spark-1': 1 } });
    expect(world.api.writes.filter(each => each === patching)).toHaveLength(2);
  });

  test('who was admitted with the status of before, and shows up later, is added after five seconds', async () => {
    const world = await World.synced(pinned);
    await rotate(world, 't1');
    pod(world, 'late', 1, spark('spark-1'));
    const { steadyMs } = world.clock;
    expect(await world.reconcile()).toMatchObject({ kind: 'at', time: steadyMs + 5_000 });
    expect(world.status()?.pins).toBeUndefined();
    await later(world, 5_000);
    expect(world.status()?.pins).toEqual({ 'spark-1': 1 });
  });

  test.each([
    ['before', listing],
    ['before', patching],
    ['after', patching],
    ['after', 'update secrets/db'],
  ] as const)('killed %s %s, its successor ends the same', async (when, request) => {
    const world = await World.synced(pinned);
    pod(world, 'driver', 1, spark('spark-1'));
    world.api.before(patching, () => pod(world, 'late', 1, spark('spark-2')));
    const killed = new AbortController();
    world.api.kill(when, request, killed);
    world.store.put('etl/db', { password: `${canary}-2` });
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': 't1' } } });
    await world.reconcile('db', { signal: killed.signal });
    world.restart();
    await world.run();
    await world.reconcile();
    expect(world.status()).toMatchObject({ target: { revision: 2 }, pins: { 'spark-1': 1, 'spark-2': 1 } });
  });

  test('while pods cannot be listed, status waits and everybody gets the revision of before', async () => {
    const world = await World.synced(pinned);
    pod(world, 'driver', 1, spark('spark-1'));
    world.api.refuse(listing, { kind: 'unavailable' });
    world.store.put('etl/db', { password: `${canary}-2` });
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': 't1' } } });
    expect(await world.reconcile()).toEqual({ kind: 'backoff', pace: 'short' });
    expect(world.status()?.target?.revision).toBe(1);
    await world.reconcile();
    expect(world.status()).toMatchObject({ rotation: { lastSucceeded: 't1' }, pins: { 'spark-1': 1 } });
  });

  test('where the operator may not list pods there are no pins, and it is published all the same', async () => {
    const world = await World.synced(pinned);
    pod(world, 'driver', 1, spark('spark-1'));
    world.api.refuse(listing, { kind: 'refused', cause: 'forbidden' });
    await rotate(world, 't1');
    expect(world.status()?.rotation?.lastSucceeded).toBe('t1');
  });

  test('a conflict of its own patch is tried again', async () => {
    const world = await World.synced(pinned);
    world.api.before(patching, () => {
      pod(world, 'late', 1, spark('spark-1'));
      world.api.refuse(patching, { kind: 'conflict' });
    });
    await rotate(world, 't1');
    await later(world, 5_000);
    await later(world, 5_000);
    expect(world.status()?.pins).toEqual({ 'spark-1': 1 });
  });
});

describe('a group goes', () => {
  test('when none of its pods runs, and its revision after it', async () => {
    const world = await World.synced(pinned);
    pod(world, 'driver', 1, spark('spark-1'));
    await rotate(world, 't1');
    await later(world);
    expect([world.status()?.pins, world.secret('db-r1')]).toMatchObject([{ 'spark-1': 1 }, {}]);
    pod(world, 'driver', 1, spark('spark-1'), 'Succeeded');
    await later(world);
    // One that was admitted just now may still be sent there.
    expect([world.status()?.pins, world.secret('db-r1')]).toMatchObject([undefined, {}]);
    await later(world);
    expect(world.secret('db-r1')).toBeUndefined();
  });

  test('and nobody looks any more when the last has gone', async () => {
    const world = await World.synced(pinned);
    pod(world, 'driver', 1, spark('spark-1'));
    await rotate(world, 't1');
    world.api.remove('pods', 'driver');
    for (let times = 0; times < 3; times++) await later(world);
    world.forget();
    for (let times = 0; times < 3; times++) await later(world);
    expect(world.api.gets).toEqual([]);
  });

  test('with delivery Live, and with another target name', async () => {
    for (const change of [{ delivery: { mode: 'Live' } }, { target: { name: 'next' } }]) {
      const world = await World.synced(pinned);
      pod(world, 'driver', 1, spark('spark-1'));
      await rotate(world, 't1');
      const edited = pinned.edited().spec(change).raw;
      const { metadata, status } = world.find() ?? {};
      world.api.put('secretreferences', {
        ...edited,
        metadata: { ...Object(edited.metadata), labels: metadata?.labels },
        status,
      });
      await world.run();
      expect(world.status()?.pins).toBeUndefined();
    }
  });
});

describe('the label by which the policy chooses references', () => {
  const labelOf = (world: World) => world.find()?.metadata.labels['shearline.dev/delivery'];

  test('is there as soon as there is a revision, comes back, and goes with Pinned', async () => {
    const world = await World.synced(pinned);
    expect(labelOf(world)).toBe('Pinned');
    world.api.change('secretreferences', 'db', { metadata: { labels: { 'shearline.dev/delivery': null } } });
    expect(await world.run()).toBeGreaterThan(0);
    expect(labelOf(world)).toBe('Pinned');
    world.api.change('secretreferences', 'db', { metadata: { generation: 2 }, spec: { delivery: null } });
    await world.run();
    expect(labelOf(world)).toBeUndefined();
  });

  test('costs references with delivery Live nothing', async () => {
    const world = await World.synced(reference());
    await rotate(world, 't1');
    expect([labelOf(world), world.api.gets]).toEqual([undefined, []]);
  });

  test('that cannot be written holds nothing up', async () => {
    const world = new World(pinned);
    world.api.refuse('patch secretreferences/db', { kind: 'refused', cause: 'admission' });
    await world.reconcile();
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
    await later(world);
    expect(labelOf(world)).toBe('Pinned');
  });
});
