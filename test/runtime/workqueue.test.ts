import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Priority } from '../../src/async/priority.ts';
import { type ObjectKey, objectKey } from '../../src/core/object-key.ts';
import { backoffTime } from '../../src/runtime/backoff.ts';
import type { Next } from '../../src/runtime/reconcile.ts';
import { type QueuedRequest, WorkQueue } from '../../src/runtime/workqueue.ts';
import { FakeTime } from '../async/fake-time.ts';

const key = objectKey('etl', 'warehouse');
const onChange: Next = { kind: 'on-change' };

let time: FakeTime;
let queue: WorkQueue;

beforeEach(() => {
  time = new FakeTime();
  queue = new WorkQueue({ clock: time, timers: time, random: () => 0.5 });
});

function take(priority: Priority): QueuedRequest {
  const turn = queue.take();
  if (turn?.priority !== priority) throw new Error(`no key at priority ${priority}`);
  return turn;
}

const drain = (): readonly ObjectKey[] => {
  const keys: ObjectKey[] = [];
  for (let turn = queue.take(); turn; turn = queue.take()) keys.push(turn.key);
  return keys;
};

describe('bursts', () => {
  test('collapse into one reconcile: the highest priority and the newest request win', async () => {
    const since = time.steady();
    queue.add(key, 'low', 10);
    queue.add(key, 'high', 30);
    queue.add(key, 'normal', 20);
    await time.advance(7);
    expect(queue.depth()).toBe(1);
    expect(take('high')).toMatchObject({ key, priority: 'high', requestedAt: 30, attempt: 0, since });
    expect(queue.take()).toBeUndefined();
  });

  test('serve namespaces in turn', () => {
    for (const name of ['etl/a', 'etl/b', 'web/a', '/cluster'] as const) queue.add(name, 'normal');
    expect(drain()).toEqual(['etl/a', 'web/a', '/cluster', 'etl/b']);
  });
});

describe('a key', () => {
  test('never has two reconciles at once, and gets another one when it was asked for during its reconcile', () => {
    let ready = 0;
    queue.onReady(() => {
      ready += 1;
    });
    queue.add(key, 'normal', 1);
    const turn = take('normal');
    queue.add(key, 'normal', 2);
    queue.add(key, 'low', 3);
    expect(queue.depth()).toBe(0);
    queue.done(turn, onChange);
    expect(take('normal').requestedAt).toBe(3);
    expect(ready).toBeGreaterThanOrEqual(2);
  });

  test('in a reconcile of a lower priority reads no longer when a rotation is asked for: that comes next, and reads by itself', () => {
    queue.add(key, 'low');
    const turn = take('low');
    queue.add(key, 'normal');
    expect(turn.readSignal.aborted).toBe(false);
    queue.add(key, 'high', 42);
    expect(turn.readSignal.aborted).toBe(true);
    queue.done(turn, onChange);
    const rotation = take('high');
    expect(rotation.requestedAt).toBeGreaterThanOrEqual(42);
    queue.add(key, 'high');
    expect(rotation.readSignal.aborted).toBe(false);
  });
});

describe('due times', () => {
  test('bring a reconcile without an event, requested at the time it was due', async () => {
    queue.addAt(key, time.steady() + 1000, 'low');
    await time.advance(999);
    expect(queue.depth()).toBe(0);
    await time.advance(1);
    expect(take('low').requestedAt).toBe(time.steady());
  });

  test('of one key: the earlier wins', async () => {
    queue.addAt(key, time.steady() + 1000, 'normal');
    queue.addAt(key, time.steady() + 5000, 'low');
    queue.addAt(key, time.steady() + 500, 'low');
    expect(queue.delayed).toBe(1);
    await time.advance(500);
    queue.done(take('low'), onChange);
    await time.advance(10_000);
    expect(queue.depth()).toBe(0);
  });

  const start = new FakeTime().steady();
  test.each<[string, Next, number]>([
    ['is kept by a turn that sets none', onChange, 1000],
    ['is replaced by a turn that sets a later one', { kind: 'at', time: start + 3000, priority: 'low' }, 3000],
    ['is replaced by a turn that sets an earlier one', { kind: 'at', time: start + 300, priority: 'low' }, 300],
  ])('set before an event %s', async (_, next, due) => {
    queue.addAt(key, time.steady() + 1000, 'low');
    queue.add(key, 'normal');
    queue.done(take('normal'), next);
    await time.advance(due - 1);
    expect(queue.depth()).toBe(0);
    await time.advance(1);
    expect(queue.depth()).toBe(1);
  });

  test('set during a reconcile are not lost to the later one that the reconcile sets', async () => {
    queue.addAt(key, time.steady() + 5000, 'low');
    queue.add(key, 'normal');
    const turn = take('normal');
    queue.addAt(key, time.steady() + 1000, 'low');
    queue.done(turn, { kind: 'at', time: time.steady() + 9000, priority: 'low' });
    await time.advance(1000);
    expect(queue.depth('low')).toBe(1);
  });

  test('that fall into a reconcile bring another one', async () => {
    queue.addAt(key, time.steady() + 100, 'low');
    queue.add(key, 'normal');
    const turn = take('normal');
    await time.advance(100);
    queue.done(turn, onChange);
    expect(queue.depth('low')).toBe(1);
  });

  test('of ten thousand keys take one timer, and come in order', async () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => objectKey(`ns-${i % 20}`, `name-${i}`));
    for (const [i, each] of keys.entries()) queue.addAt(each, time.steady() + ((i * 7919) % 10_000), 'low');
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
      queue.addAt(each, at, 'low');
      due.set(each, Math.min(at, due.get(each) ?? at));
      if (step % 10 === 0) await time.advance(random(30));
      for (let turn = queue.take(); turn; turn = queue.take()) {
        expect(turn.requestedAt).toBe(due.get(turn.key));
        expect(turn.requestedAt).toBeLessThanOrEqual(time.steady());
        due.delete(turn.key);
        queue.done(turn, onChange);
      }
      expect([...due.values()].every(at => at >= time.steady())).toBe(true);
    }
  });

  test('leave no timer behind when the queue is closed, then or later', () => {
    queue.addAt(key, time.steady() + 1000, 'low');
    queue.close();
    queue.addAt(key, time.steady() + 500, 'low');
    expect(time.pending.size).toBe(0);
  });
});

describe('failed reconciles', () => {
  test('are counted, come again at their priority, and are forgotten after a good one', async () => {
    queue.add(key, 'high');
    for (const attempt of [0, 1, 2]) {
      const turn = take('high');
      expect(turn.attempt).toBe(attempt);
      queue.done(turn, { kind: 'backoff', pace: 'short' });
      await time.advance(10_000);
    }
    queue.done(take('high'), onChange);
    queue.add(key, 'normal');
    expect(take('normal').attempt).toBe(0);
  });

  test('with a known time come at that time, at their priority or at the one that was named', async () => {
    queue.add(key, 'normal');
    queue.done(take('normal'), { kind: 'retry-at', time: time.steady() + 77_000 });
    await time.advance(76_999);
    expect(queue.depth()).toBe(0);
    await time.advance(1);
    const again = take('normal');
    expect(again.attempt).toBe(1);
    queue.done(again, { kind: 'retry-at', time: time.steady(), priority: 'low' });
    await time.advance(0);
    expect(take('low').attempt).toBe(2);
  });

  test('do not hold up what was asked for meanwhile', () => {
    queue.add(key, 'normal');
    const turn = take('normal');
    queue.add(key, 'normal');
    queue.done(turn, { kind: 'backoff', pace: 'long' });
    expect(take('normal').attempt).toBe(1);
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
