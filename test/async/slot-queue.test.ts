import { describe, expect, test } from '@jest/globals';
import type { Priority } from '../../src/async/priority.ts';
import { SlotQueue, type Waiter } from '../../src/async/slot-queue.ts';

interface Named extends Waiter {
  readonly name: string;
}

const waiter = (group: string, priority: Priority = 'normal', name = group): Named => ({ group, priority, name });

/** Who has a slot when all have that can. */
function served(slots: SlotQueue<Named>): readonly string[] {
  const names: string[] = [];
  for (let next = slots.next(); next; next = slots.next()) names.push(next.item.name);
  return names;
}

describe('slots of which a group has a part', () => {
  /** How many of so many waiters of each group have a slot, when none is given back. */
  const shares = (
    total: number,
    ...waiters: readonly (readonly [group: string, count: number, priority?: Priority])[]
  ) => {
    const slots = new SlotQueue<Named>(total, Math.ceil(total / 2), () => undefined);
    return waiters.map(([group, count, priority = 'low']) => {
      const all = Array.from({ length: count }, () => waiter(group, priority));
      for (const each of all) slots.push(each);
      const { length } = served(slots);
      for (const each of all) slots.remove(each);
      return length;
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
  ])('%s', (_, [total, ...waiters], taken) => {
    expect(shares(total, ...waiters)).toEqual(taken);
  });

  test('serve whoever holds few before those who waited longer and hold many', () => {
    const slots = new SlotQueue<Named>(4, 2, () => undefined);
    for (const group of ['large', 'large', 'large', 'large', 'large', 'small']) slots.push(waiter(group));
    expect(served(slots)).toEqual(['large', 'small', 'large']);
    expect([slots.size, slots.sizeOf('large'), slots.sizeOf('small')]).toEqual([3, 3, 0]);
  });

  test('go on to the next of a group when it gives one back, once', () => {
    let freed = 0;
    const slots = new SlotQueue<Named>(2, 1, () => {
      freed += 1;
    });
    slots.push(waiter('a', 'normal', 'first'));
    slots.push(waiter('a', 'normal', 'second'));
    const first = slots.next();
    expect([first?.item.name, slots.next()]).toEqual(['first', undefined]);
    first?.release();
    first?.release();
    expect(freed).toBe(1);
    expect(served(slots)).toEqual(['second']);
  });
});

test('a waiter goes on at a higher priority, never at a lower one', () => {
  const slots = new SlotQueue<Named>(1, undefined, () => undefined);
  const raised = waiter('a', 'low', 'raised');
  slots.push(waiter('a', 'normal', 'other'));
  slots.push(raised);
  slots.raise(raised, 'high');
  slots.raise(raised, 'normal');
  const first = slots.next();
  first?.release();
  expect([first?.item.name, ...served(slots)]).toEqual(['raised', 'other']);
});

test('slots are unused when nobody waits for one and none is held', () => {
  const slots = new SlotQueue<Named>(1, undefined, () => undefined);
  expect(slots.isUnused).toBe(true);
  slots.push(waiter('a'));
  expect(slots.isUnused).toBe(false);
  const next = slots.next();
  expect(slots.isUnused).toBe(false);
  next?.release();
  expect(slots.isUnused).toBe(true);
});
