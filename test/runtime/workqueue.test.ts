import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Lane } from '../../src/async/priority.ts';
import { type ObjectKey, objectKey } from '../../src/core/object-key.ts';
import { backoffTime } from '../../src/runtime/backoff.ts';
import type { Next } from '../../src/runtime/reconcile.ts';
import { type Turn, WorkQueue } from '../../src/runtime/workqueue.ts';
import { FakeTime } from '../async/fake-time.ts';

const key = objectKey('etl', 'warehouse');
const onChange: Next = { kind: 'on-change' };

let time: FakeTime;
let queue: WorkQueue;

beforeEach(() => {
  time = new FakeTime();
  queue = new WorkQueue({ clock: time, timers: time, random: () => 0.5 });
});

function take(lane: Lane): Turn {
  const turn = queue.take(lane);
  if (!turn) throw new Error(`no key in lane ${lane}`);
  return turn;
}

const drain = (lane: Lane): readonly ObjectKey[] => {
  const keys: ObjectKey[] = [];
  for (let turn = queue.take(lane); turn; turn = queue.take(lane)) keys.push(turn.key);
  return keys;
};

describe('bursts', () => {
  test('collapse into one turn: the highest lane and the newest request win', async () => {
    const since = time.steady();
    queue.add(key, 'refresh', 10);
    queue.add(key, 'rotation', 30);
    queue.add(key, 'edit', 20);
    await time.advance(7);
    expect(queue.depth()).toBe(1);
    expect(take('rotation')).toMatchObject({ key, lane: 'rotation', requestedAt: 30, attempt: 0, since });
    expect(queue.take('edit')).toBeUndefined();
    expect(queue.take('refresh')).toBeUndefined();
  });

  test('serve namespaces in turn', () => {
    for (const name of ['etl/a', 'etl/b', 'web/a', '/cluster'] as const) queue.add(name, 'edit');
    expect(drain('edit')).toEqual(['etl/a', 'web/a', '/cluster', 'etl/b']);
  });
});

describe('a key', () => {
  test('never has two turns at once, and gets another one when it was asked for during its turn', () => {
    const ready: Lane[] = [];
    queue.onReady(lane => ready.push(lane));
    queue.add(key, 'edit', 1);
    const turn = take('edit');
    queue.add(key, 'edit', 2);
    queue.add(key, 'refresh', 3);
    expect(queue.depth()).toBe(0);
    queue.done(turn, onChange);
    expect(take('edit').requestedAt).toBe(3);
    expect(ready).toEqual(['edit', 'edit']);
  });

  test('in a turn of a lower lane learns that a rotation waits for it', () => {
    queue.add(key, 'refresh');
    const turn = take('refresh');
    queue.add(key, 'edit');
    expect(turn.raised.aborted).toBe(false);
    queue.add(key, 'rotation');
    expect(turn.raised.aborted).toBe(true);
  });
});

describe('due times', () => {
  test('bring a turn without an event, requested at the time it was due', async () => {
    queue.addAt(key, time.steady() + 1000, 'refresh');
    await time.advance(999);
    expect(queue.depth()).toBe(0);
    await time.advance(1);
    expect(take('refresh').requestedAt).toBe(time.steady());
  });

  test('of one key: the earlier wins', async () => {
    queue.addAt(key, time.steady() + 1000, 'edit');
    queue.addAt(key, time.steady() + 5000, 'refresh');
    queue.addAt(key, time.steady() + 500, 'refresh');
    expect(queue.delayed).toBe(1);
    await time.advance(500);
    queue.done(take('refresh'), onChange);
    await time.advance(10_000);
    expect(queue.depth()).toBe(0);
  });

  const start = new FakeTime().steady();
  test.each<[string, Next, number]>([
    ['is kept by a turn that sets none', onChange, 1000],
    ['is replaced by a turn that sets a later one', { kind: 'at', time: start + 3000, lane: 'refresh' }, 3000],
    ['is replaced by a turn that sets an earlier one', { kind: 'at', time: start + 300, lane: 'refresh' }, 300],
  ])('set before an event %s', async (_, next, due) => {
    queue.addAt(key, time.steady() + 1000, 'refresh');
    queue.add(key, 'edit');
    queue.done(take('edit'), next);
    await time.advance(due - 1);
    expect(queue.depth()).toBe(0);
    await time.advance(1);
    expect(queue.depth()).toBe(1);
  });

  test('set during a turn are not lost to the later one that the turn sets', async () => {
    queue.addAt(key, time.steady() + 5000, 'refresh');
    queue.add(key, 'edit');
    const turn = take('edit');
    queue.addAt(key, time.steady() + 1000, 'refresh');
    queue.done(turn, { kind: 'at', time: time.steady() + 9000, lane: 'refresh' });
    await time.advance(1000);
    expect(queue.depth('refresh')).toBe(1);
  });

  test('that fall into a turn bring another one', async () => {
    queue.addAt(key, time.steady() + 100, 'refresh');
    queue.add(key, 'edit');
    const turn = take('edit');
    await time.advance(100);
    queue.done(turn, onChange);
    expect(queue.depth('refresh')).toBe(1);
  });

  test('of ten thousand keys take one timer, and come in order', async () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => objectKey(`ns-${i % 20}`, `name-${i}`));
    for (const [i, each] of keys.entries()) queue.addAt(each, time.steady() + ((i * 7919) % 10_000), 'refresh');
    expect(time.pending.size).toBe(1);
    await time.advance(4999);
    expect(queue.depth()).toBe(5000);
    expect(time.pending.size).toBe(1);
    await time.advance(5000);
    expect(queue.depth()).toBe(10_000);
    expect(time.pending.size).toBe(0);
  });

  test('that are set and replaced at random come exactly when they should', async () => {
    const due = new Map<ObjectKey, number>();
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed % below;
    };
    for (let step = 0; step < 3000; step += 1) {
      const each = objectKey('ns', `name-${random(200)}`);
      const at = time.steady() + random(1000);
      queue.addAt(each, at, 'refresh');
      due.set(each, Math.min(at, due.get(each) ?? at));
      if (step % 10 === 0) await time.advance(random(30));
      for (let turn = queue.take('refresh'); turn; turn = queue.take('refresh')) {
        expect(turn.requestedAt).toBe(due.get(turn.key));
        expect(turn.requestedAt).toBeLessThanOrEqual(time.steady());
        due.delete(turn.key);
        queue.done(turn, onChange);
      }
      expect([...due.values()].every(at => at >= time.steady())).toBe(true);
    }
  });

  test('leave no timer behind when the queue is closed, then or later', () => {
    queue.addAt(key, time.steady() + 1000, 'refresh');
    queue.close();
    queue.addAt(key, time.steady() + 500, 'refresh');
    expect(time.pending.size).toBe(0);
  });
});

describe('failed turns', () => {
  test('are counted, come again in their lane, and are forgotten after a good one', async () => {
    queue.add(key, 'rotation');
    for (const attempt of [0, 1, 2]) {
      const turn = take('rotation');
      expect(turn.attempt).toBe(attempt);
      queue.done(turn, { kind: 'backoff', pace: 'short' });
      await time.advance(10_000);
    }
    queue.done(take('rotation'), onChange);
    queue.add(key, 'edit');
    expect(take('edit').attempt).toBe(0);
  });

  test('with a known time come at that time, in their lane or in the one that was named', async () => {
    queue.add(key, 'edit');
    queue.done(take('edit'), { kind: 'retry-at', time: time.steady() + 77_000 });
    await time.advance(76_999);
    expect(queue.depth()).toBe(0);
    await time.advance(1);
    const again = take('edit');
    expect(again.attempt).toBe(1);
    queue.done(again, { kind: 'retry-at', time: time.steady(), lane: 'refresh' });
    await time.advance(0);
    expect(take('refresh').attempt).toBe(2);
  });

  test('do not hold up what was asked for meanwhile', () => {
    queue.add(key, 'edit');
    const turn = take('edit');
    queue.add(key, 'edit');
    queue.done(turn, { kind: 'backoff', pace: 'long' });
    expect(take('edit').attempt).toBe(1);
  });

  test.each([
    ['short', 0, 0, 500],
    ['short', 0, 1, 1000],
    ['short', 3, 1, 8000],
    ['short', 60, 1, 30_000],
    ['long', 0, 0, 15_000],
    ['long', 1, 1, 60_000],
    ['long', 60, 1, 600_000],
  ] as const)('wait %s at attempt %i with chance %d: %i ms', (pace, attempt, chance, ms) => {
    expect(backoffTime({ kind: 'backoff', pace }, attempt, 1000, () => chance)).toBe(1000 + ms);
  });
});
