import { describe, expect, test } from '@jest/globals';
import { accessDenied } from '../../../src/core/fault.ts';
import type { Next } from '../../../src/runtime/reconcile.ts';
import { password, reference } from '../builders.ts';
import { source } from '../objects.ts';
import { World } from '../world.ts';

const second = 1000;
const minute = 60 * second;

/** Milliseconds until the next try, to the second: the fake store adds its own marks below that. */
const waitOf = (next: Next): number => {
  if (next.kind !== 'retry-at') throw new Error(`there is no retry: ${next.kind}`);
  return Math.floor((next.time - new World().clock.steadyMs) / second) * second;
};

describe('a reference whose remote key does not exist yet', () => {
  const missing = async (): Promise<World> => {
    const world = new World(reference());
    world.store.destroy('etl/db');
    return world;
  };
  /** The waits of so many tries, each made when the one before said. */
  const waits = async (world: World, tries: number): Promise<readonly number[]> => {
    const all: number[] = [];
    for (let i = 0; i < tries; i += 1) {
      const wait = waitOf(await world.reconcile());
      all.push(wait);
      world.clock.pass(wait);
    }
    return all;
  };

  test('is tried again after 5 s, doubling to 5 minutes', async () => {
    expect(await waits(await missing(), 9)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map(each => each * second));
  });

  test('is tried soon again after an edit, and when it fails for another reason', async () => {
    const world = await missing();
    await waits(world, 6);
    world.api.put('secretreferences', reference().edited({ refreshInterval: '2h' }).raw);
    expect(await waits(world, 2)).toEqual([5 * second, 10 * second]);
    world.store.fail('etl/db', accessDenied('no'));
    expect(await waits(world, 2)).toEqual([5 * second, 10 * second]);
  });

  test('is not put off by reconciles that come in between', async () => {
    const world = await missing();
    for (let i = 0; i < 20; i += 1) await world.reconcile();
    expect(waitOf(await world.reconcile())).toBe(5 * second);
  });

  test('is refreshed at its interval again once the key is there', async () => {
    const world = await missing();
    await waits(world, 3);
    world.store.put('etl/db', { password });
    expect(await world.reconcile()).toMatchObject({ kind: 'at', priority: 'low' });
    expect(world.states.of('uid-db').failing).toBeUndefined();
    world.store.destroy('etl/db');
    world.clock.pass(2 * 60 * minute);
    expect(waitOf(await world.reconcile())).toBe(5 * second);
  });
});

test('the source that sent a wrong value pays for the next try, not the one that the spec names first', async () => {
  const world = new World(
    reference().spec({
      data: [{ secretKey: 'a', remoteRef: { key: 'etl/db', property: 'none' }, sourceRef: { name: 'side-store' } }],
    }),
  );
  world.api.put('secretsources', source('side-store'));
  const { metadata } = world.observe().reference;
  expect(await world.reconcile()).toMatchObject({
    time: world.store.retryAt('uid-source-side-store', 'etl', metadata.uid, 5 * second),
  });
  expect(world.conditions()).toMatchObject({ Synced: 'False PropertyNotFound' });
});
