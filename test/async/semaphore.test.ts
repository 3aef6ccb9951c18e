import { describe, expect, test } from '@jest/globals';
import type { Priority } from '../../src/async/priority.ts';
import { Semaphore } from '../../src/async/semaphore.ts';
import type { Release } from '../../src/async/slot-queue.ts';
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
    const granted: (Release | undefined)[] = [];
    const take = (priority: Priority) =>
      void slots.acquire({ priority, group: 'ns', signal: forever }).then(release => granted.push(release));
    for (let i = 0; i < 40; i += 1) take('low');
    await settled();
    expect(granted).toHaveLength(28);
    for (let i = 0; i < 5; i += 1) take('high');
    await settled();
    expect(granted).toHaveLength(32);
    for (let i = 0; i < 13; i += 1) {
      granted[i]?.();
      await settled();
    }
    expect(granted).toHaveLength(45);
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
  });

  test('count a slot that is given back twice once', async () => {
    const slots = new Semaphore(1);
    const release = await slots.acquire({ priority: 'normal', group: 'a', signal: forever });
    release?.();
    release?.();
    await slots.acquire({ priority: 'normal', group: 'a', signal: forever });
    let granted = false;
    void slots.acquire({ priority: 'normal', group: 'a', signal: forever }).then(() => {
      granted = true;
    });
    await settled();
    expect(granted).toBe(false);
  });

  test('cost little with a hundred thousand waiters: a cost that grew with them would not end in time', async () => {
    const served = await order(Array.from({ length: 100_000 }, (_, i) => ['low', `ns-${i % 3}`, ''] as const));
    expect(served).toHaveLength(100_000);
  });
});
