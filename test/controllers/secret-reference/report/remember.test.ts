import { describe, expect, test } from '@jest/globals';
import { accessDenied } from '../../../../src/core/fault.ts';
import { reference, start } from '../../builders.ts';
import { World } from '../../world.ts';

describe('what is remembered of a reference', () => {
  test('is nothing when it went while its store was asked', async () => {
    const world = new World(reference());
    world.store.during('etl/db', () => world.caches.references.remove('etl/db'));
    await world.reconcile();
    expect(world.states.of('uid-db')).toEqual({});
  });

  test('is nothing of an object that another of the same name took the place of meanwhile', async () => {
    const world = new World(reference());
    const another = reference().metadata({ uid: 'uid-another', resourceVersion: '999' });
    world.store.during('etl/db', () => world.caches.references.put(another.raw));
    await world.reconcile();
    expect([world.states.of('uid-db'), world.states.of('uid-another')]).toEqual([{}, {}]);
  });

  test('is all written when the reconcile ends, and nothing before', async () => {
    const world = new World(reference());
    let before: unknown;
    world.store.during('etl/db', () => {
      before = world.states.of('uid-db');
    });
    await world.reconcile();
    expect(before).toEqual({});
    expect(world.states.of('uid-db')).toMatchObject({
      checkedAt: start.steady,
      names: ['db'],
      target: { revision: 1 },
      failing: undefined,
    });
  });

  test('is that the store was asked, also when it refused', async () => {
    const world = new World(reference());
    world.store.fail('etl/db', accessDenied('no'));
    await world.reconcile();
    expect(world.states.of('uid-db')).toMatchObject({
      checkedAt: start.steady,
      failing: { how: 'AccessDenied in generation 1', since: start.steady },
    });
    expect(world.states.of('uid-db').names).toBeUndefined();
  });
});
