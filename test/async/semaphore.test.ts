import { describe, expect, test } from '@jest/globals';
import type { Priority } from '../../src/async/priority.ts';
import { type Release, Semaphore } from '../../src/async/semaphore.ts';
import { settled } from './fake-time.ts';

const forever = new AbortController().signal;

/** Fills the slots, lets the given waiters queue, and gives slots back one by one: the order in which they are served. */
async function order(waiters: readonly (readonly [Priority, string, string])[], total = 1): Promise<readonly string[]> {
  const slots = new Semaphore(total);
  const held = await Promise.all(
    Array.from({ length: total }, () => slots.acquire({ priority: 'high', group: '', signal: forever })),
  );
  const served: string[] = [];
  const waiting = waiters.map(async ([priority, group, name]) => {
    const release = await slots.acquire({ priority, group, signal: forever });
    served.push(name);
    release?.();
  });
  for (const release of held) release?.();
  await Promise.all(waiting);
  return served;
}

const many = (count: number, priority: Priority, group = 'ns'): readonly (readonly [Priority, string, string])[] =>
  Array.from({ length: count }, () => [priority, group, priority] as const);

describe('slots of a semaphore', () => {
  test('serve rotations before edits before refreshes, whoever came first', async () => {
    const served = await order([
      ['low', 'a', 'c'],
      ['normal', 'a', 'b'],
      ['high', 'a', 'a'],
    ]);
    expect(served).toEqual(['a', 'b', 'c']);
  });

  test('serve the namespaces of a priority in turn, so that a large one does not hold up a small one', async () => {
    const served = await order([
      ['normal', 'large', 'large-1'],
      ['normal', 'large', 'large-2'],
      ['normal', 'large', 'large-3'],
      ['normal', 'small', 'small-1'],
      ['normal', 'other', 'other-1'],
    ]);
    expect(served).toEqual(['large-1', 'small-1', 'other-1', 'large-2', 'large-3']);
  });

  test('give a lower priority one slot in eight while rotations keep coming', async () => {
    const served = await order([...many(28, 'high'), ...many(4, 'low')]);
    const turns = served.flatMap((priority, index) => (priority === 'low' ? [index + 1] : []));
    expect(turns).toEqual([8, 16, 24, 32]);
  });

  test('starve neither edits nor refreshes while rotations keep coming', async () => {
    const served = await order([...many(70, 'high'), ...many(5, 'normal'), ...many(5, 'low')]);
    const early = served.slice(0, 50);
    expect(early.filter(priority => priority === 'normal').length).toBeGreaterThanOrEqual(5);
    expect(early.filter(priority => priority === 'low').length).toBeGreaterThanOrEqual(5);
  });

  test('keep an eighth for rotations when refreshes take all they can get', async () => {
    const slots = new Semaphore(32);
    const granted: Release[] = [];
    const take = (priority: Priority) =>
      slots.acquire({ priority, group: 'ns', signal: forever }).then(release => release && granted.push(release));
    for (let i = 0; i < 40; i += 1) void take('low');
    await settled();
    expect(granted).toHaveLength(28);
    for (let i = 0; i < 5; i += 1) void take('high');
    await settled();
    expect(granted).toHaveLength(32);
    expect(slots.waiting).toBe(13);
  });

  test('are had at once while some are free for the priority, past nobody who waits', async () => {
    const slots = new Semaphore(8);
    const held = Array.from({ length: 8 }, () => slots.tryAcquire('low'));
    expect(held.filter(release => release !== undefined)).toHaveLength(7);
    const rotation = slots.tryAcquire('high');
    expect(rotation).toBeDefined();
    expect(slots.tryAcquire('high')).toBeUndefined();
    const waiting = slots.acquire({ priority: 'low', group: 'a', signal: forever });
    rotation?.();
    expect(slots.tryAcquire('low')).toBeUndefined();
    held[0]?.();
    expect(await waiting).toBeDefined();
  });

  test('let a waiter go when its signal ends, and give its slot to nobody', async () => {
    const slots = new Semaphore(1);
    const release = await slots.acquire({ priority: 'normal', group: 'a', signal: forever });
    const controller = new AbortController();
    const left = slots.acquire({ priority: 'normal', group: 'a', signal: controller.signal });
    const stays = slots.acquire({ priority: 'normal', group: 'a', signal: forever });
    controller.abort();
    expect(await left).toBeUndefined();
    expect(await slots.acquire({ priority: 'normal', group: 'a', signal: controller.signal })).toBeUndefined();
    release?.();
    expect(await stays).toBeDefined();
    expect(slots.waiting).toBe(0);
  });

  test('count a slot that is given back twice once', async () => {
    const slots = new Semaphore(1);
    const release = await slots.acquire({ priority: 'normal', group: 'a', signal: forever });
    release?.();
    release?.();
    await slots.acquire({ priority: 'normal', group: 'a', signal: forever });
    void slots.acquire({ priority: 'normal', group: 'a', signal: forever });
    await settled();
    expect(slots.waiting).toBe(1);
  });

  test('let a waiter go on at a higher priority', async () => {
    const slots = new Semaphore(1);
    const held = await slots.acquire({ priority: 'normal', group: 'a', signal: forever });
    const served: string[] = [];
    const queue = (priority: Priority, name: string) => {
      const ticket = slots.queue({ priority, group: 'a', signal: forever });
      void ticket.granted.then(release => {
        served.push(name);
        release?.();
      });
      return ticket;
    };
    queue('normal', 'other');
    const promoted = queue('low', 'promoted');
    promoted.raise('high');
    held?.();
    await settled();
    promoted.raise('high');
    expect(served).toEqual(['promoted', 'other']);
  });

  describe('of which a group has a part', () => {
    /** How many of so many requests of each group have a slot, when none is given back. */
    const shares = (
      total: number,
      ...requests: readonly (readonly [group: string, count: number, priority?: Priority])[]
    ) => {
      const slots = new Semaphore(total, { perGroup: Math.ceil(total / 2) });
      return requests.map(([group, count, priority = 'low']) => {
        const held = Array.from({ length: count }, () => slots.tryAcquire(priority, group));
        return held.filter(release => release !== undefined).length;
      });
    };

    test.each<[string, Parameters<typeof shares>, readonly number[]]>([
      ['one group takes its part, but what is kept for its rotations', [32, ['a', 40]], [14]],
      ['its rotations have that', [32, ['a', 40], ['a', 40, 'high']], [14, 2]],
      ['the next group takes half of what is left', [32, ['a', 40], ['b', 40]], [14, 7]],
      ['whoever comes after many finds one', [32, ['a', 40], ['b', 40], ['c', 40], ['d', 40]], [14, 7, 4, 2]],
      [
        'for rotations too',
        [32, ['a', 40], ['a', 40, 'high'], ['b', 40], ['b', 40, 'high'], ['c', 40], ['c', 40, 'high']],
        [14, 2, 7, 5, 2, 1],
      ],
      ['a single one serves everybody', [1, ['a', 2]], [1]],
      ['two serve two', [2, ['a', 2], ['b', 2]], [1, 1]],
    ])('%s', (_, [total, ...requests], taken) => {
      expect(shares(total, ...requests)).toEqual(taken);
    });

    test('serve whoever holds few before those who waited longer and hold many', async () => {
      const slots = new Semaphore(4, { perGroup: 2 });
      const served: string[] = [];
      const ask = (group: string) =>
        void slots.acquire({ priority: 'normal', group, signal: forever }).then(() => served.push(group));
      for (let i = 0; i < 5; i += 1) ask('large');
      ask('small');
      await settled();
      expect(served).toEqual(['large', 'large', 'small']);
      expect(slots.waiting).toBe(3);
    });

    test('go on to the next of a group when it gives one back', async () => {
      const slots = new Semaphore(2, { perGroup: 1 });
      const first = slots.tryAcquire('normal', 'a');
      const second = slots.acquire({ priority: 'normal', group: 'a', signal: forever });
      await settled();
      expect(slots.waiting).toBe(1);
      first?.();
      expect(await second).toBeDefined();
    });
  });

  test('cost little with a hundred thousand waiters: a cost that grew with them would not end in time', async () => {
    const served = await order(Array.from({ length: 100_000 }, (_, i) => ['low', `ns-${i % 3}`, ''] as const));
    expect(served).toHaveLength(100_000);
  });
});
