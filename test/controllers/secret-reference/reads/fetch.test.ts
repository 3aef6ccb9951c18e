import { describe, expect, test } from '@jest/globals';
import { fetchAll } from '../../../../src/controllers/secret-reference/reads/fetch.ts';
import { accessDenied, unavailable } from '../../../../src/core/fault.ts';
import { failed, ok } from '../../../../src/core/result.ts';
import type { RemoteReader } from '../../../../src/remote/ports.ts';
import { canary } from '../../../canary.ts';
import { reference, start } from '../../builders.ts';
import { syncPlan, unwrap } from '../../outcomes.ts';
import { World } from '../../world.ts';

const work = { priority: 'normal', readSignal: new AbortController().signal } as const;
const asking = (...keys: readonly string[]) =>
  reference().spec({ data: keys.map((key, index) => ({ secretKey: `k${index}`, remoteRef: { key } })) });

function worldOf(...keys: readonly string[]): World {
  const world = new World(asking(...keys));
  for (const key of keys) world.store.put(key, `${canary}-${key}`);
  return world;
}

describe('reading', () => {
  test('asks for every remote key, as fresh as the plan says, with the identity of the namespace', async () => {
    const world = worldOf('a', 'b');
    const answers = unwrap(await fetchAll(syncPlan(world), 'etl', world.store, work));
    expect(answers.map(({ read, found }) => [read.key, found.ok])).toEqual([
      ['a', true],
      ['b', true],
    ]);
    expect(world.store.wants).toMatchObject([
      { priority: 'normal', notBefore: start.steady },
      { priority: 'normal', notBefore: start.steady },
    ]);
  });

  test('takes a proved absence for an answer', async () => {
    const world = worldOf('a', 'b');
    world.store.destroy('b');
    const answers = unwrap(await fetchAll(syncPlan(world), 'etl', world.store, work));
    expect(answers.map(({ found }) => (found.ok ? 'found' : found.fault.reason))).toEqual(['found', 'KeyNotFound']);
  });

  test('ends as a whole with the first other fault', async () => {
    const world = worldOf('a', 'b', 'c');
    world.store.fail('b', accessDenied('vault refused access to b'));
    expect(await fetchAll(syncPlan(world), 'etl', world.store, work)).toMatchObject({
      ok: false,
      fault: { reason: 'AccessDenied' },
    });
  });

  test('stops when what it holds is more than any Secret could be made of', async () => {
    const keys = Array.from({ length: 40 }, (_, n) => `large-${n}`);
    const world = worldOf(...keys);
    for (const key of keys) world.store.put(key, `${canary}${'x'.repeat(1024 * 1024)}`);
    expect(await fetchAll(syncPlan(world), 'etl', world.store, work)).toMatchObject({
      ok: false,
      fault: { reason: 'TargetTooLarge' },
    });
  });

  test('calls the other reads off, whose own faults are not reported', async () => {
    const world = worldOf('a', 'b');
    const remote: RemoteReader = {
      ...world.store,
      forgetReference: () => undefined,
      onRecovered: () => undefined,
      drop: () => undefined,
      sawCaBundle: () => undefined,
      close: async () => undefined,
      list: async () => ok([]),
      read: async (_source, _namespace, { key }, { signal }) => {
        if (key === 'b') return failed(accessDenied('vault refused access to b'));
        await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
        return failed(unavailable('called off'));
      },
    };
    expect(await fetchAll(syncPlan(world), 'etl', remote, work)).toMatchObject({ fault: { reason: 'AccessDenied' } });
  });
});

describe('a repair', () => {
  const repaired = async (prepare: (world: World) => void, builder = reference().synced()) => {
    const world = new World(builder);
    prepare(world);
    const answers = unwrap(await fetchAll(syncPlan(world, 'TargetMissing'), 'etl', world.store, work));
    return { reads: world.store.reads, movedOn: answers.map(({ movedOn }) => movedOn) };
  };

  test.each<[string, (world: World) => void, readonly string[], boolean]>([
    ['asks for the version that is served', ({ store }) => store.put('etl/db', 'newer'), ['etl/db@1'], false],
    [
      'takes the newest when that is gone, and says so',
      ({ store }) => {
        store.put('etl/db', 'newer');
        store.destroy('etl/db', 1);
      },
      ['etl/db@1', 'etl/db'],
      true,
    ],
    [
      'asks for the newest from a store without versions',
      ({ api }) => api.change('secretreferences', 'db', { status: { remote: [] } }),
      ['etl/db'],
      false,
    ],
  ])('%s', async (_, prepare, reads, movedOn) => {
    expect(await repaired(prepare)).toEqual({ reads, movedOn: [movedOn] });
  });

  test('keeps the version that was the one before the newest when it was served', async () => {
    const data = [{ secretKey: 'a', remoteRef: { key: 'etl/db', version: 'previous' } }];
    const found = await repaired(({ store }) => store.put('etl/db', 'newer'), reference().spec({ data }).synced());
    expect(found).toEqual({ reads: ['etl/db@1'], movedOn: [false] });
  });

  test('never leaves the version that the spec names', async () => {
    const data = [{ secretKey: 'a', remoteRef: { key: 'etl/db', version: '3' } }];
    const found = await repaired(() => undefined, reference().spec({ data }).synced());
    expect(found).toEqual({ reads: ['etl/db@3'], movedOn: [false] });
  });
});
