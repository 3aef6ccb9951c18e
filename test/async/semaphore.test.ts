import { describe, expect, test } from '@jest/globals';
import type { Lane } from '../../src/async/priority.ts';
import { type Release, Slots } from '../../src/async/semaphore.ts';
import { FakeTime, settled } from './fake-time.ts';

const forever = new AbortController().signal;

/** Fills the slots, lets the given waiters queue, and gives slots back one by one: the order in which they are served. */
async function order(waiters: readonly (readonly [Lane, string, string])[], total = 1): Promise<readonly string[]> {
  const slots = new Slots(total);
  const held = await Promise.all(
    Array.from({ length: total }, () => slots.acquire({ lane: 'rotation', group: '', signal: forever })),
  );
  const served: string[] = [];
  const waiting = waiters.map(async ([lane, group, name]) => {
    const release = await slots.acquire({ lane, group, signal: forever });
    served.push(name);
    release?.();
  });
  for (const release of held) release?.();
  await Promise.all(waiting);
  return served;
}

const many = (count: number, lane: Lane, group = 'ns'): readonly (readonly [Lane, string, string])[] =>
  Array.from({ length: count }, () => [lane, group, lane] as const);

describe('Slots', () => {
  test('serve rotations before edits before refreshes, whoever came first', async () => {
    const served = await order([
      ['refresh', 'a', 'c'],
      ['edit', 'a', 'b'],
      ['rotation', 'a', 'a'],
    ]);
    expect(served).toEqual(['a', 'b', 'c']);
  });

  test('serve the namespaces of a lane in turn, so that a large one does not hold up a small one', async () => {
    const served = await order([
      ['edit', 'large', 'large-1'],
      ['edit', 'large', 'large-2'],
      ['edit', 'large', 'large-3'],
      ['edit', 'small', 'small-1'],
      ['edit', 'other', 'other-1'],
    ]);
    expect(served).toEqual(['large-1', 'small-1', 'other-1', 'large-2', 'large-3']);
  });

  test('give a lower lane one turn in eight while rotations keep coming', async () => {
    const served = await order([...many(28, 'rotation'), ...many(4, 'refresh')]);
    const turns = served.flatMap((lane, index) => (lane === 'refresh' ? [index + 1] : []));
    expect(turns).toEqual([8, 16, 24, 32]);
  });

  test('starve neither edits nor refreshes while rotations keep coming', async () => {
    const served = await order([...many(70, 'rotation'), ...many(5, 'edit'), ...many(5, 'refresh')]);
    const early = served.slice(0, 50);
    expect(early.filter(lane => lane === 'edit').length).toBeGreaterThanOrEqual(5);
    expect(early.filter(lane => lane === 'refresh').length).toBeGreaterThanOrEqual(5);
  });

  test('keep an eighth for rotations when refreshes take all they can get', async () => {
    const slots = new Slots(32);
    const granted: Release[] = [];
    const take = (lane: Lane) =>
      slots.acquire({ lane, group: 'ns', signal: forever }).then(release => release && granted.push(release));
    for (let i = 0; i < 40; i += 1) void take('refresh');
    await settled();
    expect(granted).toHaveLength(28);
    for (let i = 0; i < 5; i += 1) void take('rotation');
    await settled();
    expect(granted).toHaveLength(32);
    expect(slots.waiting).toBe(13);
  });

  test('are had at once while some are free for the lane, past nobody who waits', async () => {
    const slots = new Slots(8);
    const held = Array.from({ length: 8 }, () => slots.tryAcquire('refresh'));
    expect(held.filter(release => release !== undefined)).toHaveLength(7);
    const rotation = slots.tryAcquire('rotation');
    expect(rotation).toBeDefined();
    expect(slots.tryAcquire('rotation')).toBeUndefined();
    const waiting = slots.acquire({ lane: 'refresh', group: 'a', signal: forever });
    rotation?.();
    expect(slots.tryAcquire('refresh')).toBeUndefined();
    held[0]?.();
    expect(await waiting).toBeDefined();
  });

  test('let a waiter go when its signal ends, and give its slot to nobody', async () => {
    const slots = new Slots(1);
    const release = await slots.acquire({ lane: 'edit', group: 'a', signal: forever });
    const controller = new AbortController();
    const left = slots.acquire({ lane: 'edit', group: 'a', signal: controller.signal });
    const stays = slots.acquire({ lane: 'edit', group: 'a', signal: forever });
    controller.abort();
    expect(await left).toBeUndefined();
    expect(await slots.acquire({ lane: 'edit', group: 'a', signal: controller.signal })).toBeUndefined();
    release?.();
    expect(await stays).toBeDefined();
    expect(slots.waiting).toBe(0);
  });

  test('count a slot that is given back twice once', async () => {
    const slots = new Slots(1);
    const release = await slots.acquire({ lane: 'edit', group: 'a', signal: forever });
    release?.();
    release?.();
    await slots.acquire({ lane: 'edit', group: 'a', signal: forever });
    void slots.acquire({ lane: 'edit', group: 'a', signal: forever });
    await settled();
    expect(slots.waiting).toBe(1);
  });

  test('let a waiter go on in a higher lane', async () => {
    const slots = new Slots(1);
    const held = await slots.acquire({ lane: 'edit', group: 'a', signal: forever });
    const served: string[] = [];
    const queue = (lane: Lane, name: string) => {
      const ticket = slots.queue({ lane, group: 'a', signal: forever });
      void ticket.granted.then(release => {
        served.push(name);
        release?.();
      });
      return ticket;
    };
    queue('edit', 'edit');
    const raised = queue('refresh', 'raised');
    raised.raise('rotation');
    held?.();
    await settled();
    raised.raise('rotation');
    expect(served).toEqual(['raised', 'edit']);
  });

  describe('of which a group has a part', () => {
    /** How many of so many requests of each group have a slot, when none is given back. */
    const shares = (total: number, ...requests: readonly (readonly [group: string, count: number, lane?: Lane])[]) => {
      const slots = new Slots(total, { perGroup: Math.ceil(total / 2) });
      return requests.map(([group, count, lane = 'refresh']) => {
        const held = Array.from({ length: count }, () => slots.tryAcquire(lane, group));
        return held.filter(release => release !== undefined).length;
      });
    };

    test.each<[string, Parameters<typeof shares>, readonly number[]]>([
      ['one group takes its part, but what is kept for its rotations', [32, ['a', 40]], [14]],
      ['its rotations have that', [32, ['a', 40], ['a', 40, 'rotation']], [14, 2]],
      ['the next group takes half of what is left', [32, ['a', 40], ['b', 40]], [14, 7]],
      ['whoever comes after many finds one', [32, ['a', 40], ['b', 40], ['c', 40], ['d', 40]], [14, 7, 4, 2]],
      [
        'for rotations too',
        [32, ['a', 40], ['a', 40, 'rotation'], ['b', 40], ['b', 40, 'rotation'], ['c', 40], ['c', 40, 'rotation']],
        [14, 2, 7, 5, 2, 1],
      ],
      ['a single one serves everybody', [1, ['a', 2]], [1]],
      ['two serve two', [2, ['a', 2], ['b', 2]], [1, 1]],
    ])('%s', (_, [total, ...requests], taken) => {
      expect(shares(total, ...requests)).toEqual(taken);
    });

    test('serve whoever holds few before those who waited longer and hold many', async () => {
      const slots = new Slots(4, { perGroup: 2 });
      const served: string[] = [];
      const ask = (group: string) =>
        void slots.acquire({ lane: 'edit', group, signal: forever }).then(() => served.push(group));
      for (let i = 0; i < 5; i += 1) ask('large');
      ask('small');
      await settled();
      expect(served).toEqual(['large', 'large', 'small']);
      expect(slots.waiting).toBe(3);
    });

    test('go on to the next of a group when it gives one back', async () => {
      const slots = new Slots(2, { perGroup: 1 });
      const first = slots.tryAcquire('edit', 'a');
      const second = slots.acquire({ lane: 'edit', group: 'a', signal: forever });
      await settled();
      expect(slots.waiting).toBe(1);
      first?.();
      expect(await second).toBeDefined();
    });
  });

  test('space the grants to a group out as its pace says, with one timer, and leave none behind', async () => {
    const time = new FakeTime();
    let nextAt = time.steady();
    const pace = {
      waitMs: (group: string) => (group === 'a' ? Math.max(0, nextAt - time.steady()) : 0),
      granted: () => {
        nextAt = time.steady() + 100;
      },
      slowed: ['a'],
    };
    const slots = new Slots(100, { pacing: { pace, timers: time } });
    const controller = new AbortController();
    let served = 0;
    for (let i = 0; i < 50; i += 1) {
      void slots.acquire({ lane: 'refresh', group: 'a', signal: controller.signal }).then(release => {
        if (release) served += 1;
      });
    }
    await time.advance(1000);
    expect(served).toBe(11);
    expect(time.pending.size).toBe(1);
    expect(slots.tryAcquire('refresh', 'b')).toBeDefined();
    controller.abort();
    expect(time.pending.size).toBe(0);
  });

  test('cost little with a hundred thousand waiters: a cost that grew with them would not end in time', async () => {
    const served = await order(Array.from({ length: 100_000 }, (_, i) => ['refresh', `ns-${i % 3}`, ''] as const));
    expect(served).toHaveLength(100_000);
  });
});
