import { beforeEach, describe, expect, test } from '@jest/globals';
import { Semaphore } from '../../src/async/semaphore.ts';
import type { Bug } from '../../src/runtime/bug.ts';
import { runController } from '../../src/runtime/controller.ts';
import type { Next, Reconcile } from '../../src/runtime/reconcile.ts';
import { WorkQueue } from '../../src/runtime/workqueue.ts';
import { FakeTime, settled } from '../async/fake-time.ts';

const canary = 'CANARY-7f3a';
const onChange: Next = { kind: 'on-change' };

let time: FakeTime;
let queue: WorkQueue;
let bugs: Bug[];
let turns: string[];
let stop: AbortController;

beforeEach(() => {
  time = new FakeTime();
  queue = new WorkQueue({ clock: time, timers: time, random: () => 0.5 });
  bugs = [];
  turns = [];
  stop = new AbortController();
});

const run = (reconcile: Reconcile, slots = new Semaphore(8)): Promise<void> =>
  runController({
    name: 'secret-reference',
    reconcile,
    queue,
    slots,
    clock: time,
    timers: time,
    signal: stop.signal,
    drainMs: 1000,
    onBug: bug => bugs.push(bug),
    observer: {
      started: (priority, waitedMs) => turns.push(`started ${priority} ${waitedMs}`),
      ended: (priority, tookMs, outcome) => turns.push(`ended ${priority} ${tookMs} ${outcome}`),
    },
  });

const until = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));

/** A gate that turns wait at. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe('reconciles', () => {
  test('carry what the queue knows, and are observed', async () => {
    queue.add('etl/warehouse', 'normal', 42);
    await time.advance(5);
    void run(async work => {
      expect(work).toMatchObject({ key: 'etl/warehouse', priority: 'normal', requestedAt: 42, attempt: 0 });
      await time.advance(3);
      return onChange;
    });
    while (turns.length < 2) await settled();
    expect(turns).toEqual(['started normal 5', 'ended normal 3 done']);
    expect(bugs).toEqual([]);
  });

  test('are as many at once as there are slots, the highest priority first', async () => {
    const { opened, open } = gate();
    const started: string[] = [];
    void run(async work => {
      started.push(work.key);
      await opened;
      return onChange;
    }, new Semaphore(4));
    for (let i = 0; i < 20; i += 1) queue.add(`etl/refresh-${i}`, 'low');
    await settled();
    expect(started).toHaveLength(4);
    queue.add('etl/rotation', 'high');
    open();
    await settled();
    expect(started).toHaveLength(21);
    expect(started.indexOf('etl/rotation')).toBeLessThanOrEqual(5);
  });

  test('of all keys come, of 10,000 too, in a few slots', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 10_000; i += 1) queue.add(`ns-${i % 20}/name-${i}`, 'low');
    void run(async work => {
      await settled();
      seen.add(work.key);
      return onChange;
    }, new Semaphore(4));
    while (queue.depth() > 0) await settled();
    await settled();
    expect(seen.size).toBe(10_000);
  });
});

describe('a reconcile that waits for a store', () => {
  test('stops nobody else', async () => {
    const hangs = gate();
    const done: string[] = [];
    void run(async work => {
      if (work.key.startsWith('hung/')) await hangs.opened;
      done.push(work.key);
      return onChange;
    }, new Semaphore(1000));
    for (let i = 0; i < 500; i += 1) queue.add(`hung/${i}`, 'high');
    await settled();
    queue.add('etl/warehouse', 'low');
    await settled();
    expect(done).toEqual(['etl/warehouse']);
    hangs.open();
    await settled();
    expect(done).toHaveLength(501);
  });

  test('ends when a rotation of its key is asked for, which then reads before all others', async () => {
    const seen: string[] = [];
    void run(async work => {
      seen.push(`${work.priority} ${work.key} reads`);
      await until(work.readSignal);
      seen.push(`${work.priority} ${work.key} ended`);
      return onChange;
    });
    queue.add('etl/edit', 'normal');
    queue.add('etl/rotated', 'low');
    await settled();
    queue.add('etl/rotated', 'high');
    await settled();
    expect(seen).toEqual([
      'normal etl/edit reads',
      'low etl/rotated reads',
      'low etl/rotated ended',
      'high etl/rotated reads',
    ]);
    queue.add('etl/rotated', 'high');
    await settled();
    expect(seen).toHaveLength(4);
  });
});

describe('a reconcile that finds no capacity', () => {
  let capacity: Semaphore;
  let seen: string[];

  beforeEach(() => {
    capacity = new Semaphore(1);
    seen = [];
  });

  /** Works once it has a place. */
  const placed = (reconcile: Reconcile): Promise<void> =>
    run(async work => {
      const atCapacity = work.tryReserve(capacity);
      if (atCapacity !== undefined) return atCapacity;
      seen.push(`${work.priority} ${work.key} ${work.requestedAt} ${work.attempt}`);
      return reconcile(work);
    });

  test('ends, and comes again with capacity, as it was asked for and with its failures', async () => {
    const { opened, open } = gate();
    void placed(async work => {
      if (work.attempt === 0) return { kind: 'backoff', pace: 'short' };
      await opened;
      return onChange;
    });
    queue.add('etl/a', 'normal', 1);
    queue.add('etl/b', 'low', 2);
    await time.advance(2000);
    expect(seen).toEqual(['normal etl/a 1 0', 'low etl/b 2 0', expect.stringMatching(/^normal etl\/a \d+ 1$/)]);
    expect(queue.atCapacity('low')).toBe(1);
    expect(turns.at(-1)).toBe('ended low 0 at-capacity');
    open();
    await settled();
    expect(seen.at(-1)).toMatch(/^low etl\/b \d+ 1$/);
    expect(queue.atCapacity('low')).toBe(0);
    expect(capacity.tryAcquire('low')).toBeDefined();
  });

  test('waits as a rotation when one is asked for, and needs no reconcile for that', async () => {
    const { opened, open } = gate();
    void placed(async () => {
      await opened;
      return onChange;
    });
    for (const key of ['etl/first', 'etl/second', 'etl/third'] as const) queue.add(key, 'low', 1);
    await settled();
    const before = turns.length;
    queue.add('etl/third', 'high', 2);
    await settled();
    expect(turns).toHaveLength(before);
    open();
    await settled();
    expect(seen).toEqual(['low etl/first 1 0', 'high etl/third 2 0', 'low etl/second 1 0']);
  });

  test('waits at the higher priority when a rotation was asked for during it, and leaves the queue at shutdown', async () => {
    const release = capacity.tryAcquire('normal');
    void run(async work => {
      queue.add(work.key, 'high');
      return work.tryReserve(capacity) ?? onChange;
    });
    queue.add('etl/warehouse', 'normal');
    await settled();
    expect([queue.atCapacity('high'), queue.atCapacity('normal'), queue.depth()]).toEqual([1, 0, 0]);
    stop.abort();
    release?.();
    await settled();
    expect(turns).toHaveLength(2);
    expect(capacity.waiting).toBe(0);
  });
});

describe('bugs', () => {
  const throws = (thrown: unknown) => run(() => Promise.reject(thrown));

  test('are caught, counted and tried again with backoff; the next key is reconciled', async () => {
    let attempts = 0;
    void run(async work => {
      if (work.key === 'etl/good') return onChange;
      attempts += 1;
      throw new Error(canary);
    });
    queue.add('etl/bad', 'normal');
    queue.add('etl/good', 'normal');
    await settled();
    expect(turns.filter(turn => turn.startsWith('ended'))).toEqual(['ended normal 0 panic', 'ended normal 0 done']);
    await time.advance(3000);
    expect(attempts).toBeGreaterThanOrEqual(2);
    expect(bugs[0]).toMatchObject({ controller: 'secret-reference', key: 'etl/bad' });
  });

  test('say where in our own code, and nothing that the error says', async () => {
    const error = new Error(`no ${canary}\n    at leak (/app/src/${canary}.ts:1:1)`);
    const stack = [
      `Error: ${error.message}`,
      '    at parse (/app/src/providers/vault/client.ts:12:5)',
      '    at async file:///app/src/runtime/controller.ts:99:20',
      '    at JSON.parse (<anonymous>)',
      '    at request (/app/node_modules/undici/src/client.js:1:1)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
      '    at async Turns.#run (file:///app/dist/main.js:7:1)',
    ];
    error.stack = stack.join('\n');
    void throws(error);
    queue.add('etl/bad', 'normal');
    await settled();
    expect(bugs[0]?.frames).toEqual(['providers/vault/client.ts:12:5', 'runtime/controller.ts:99:20', 'main.js:7:1']);
    expect(JSON.stringify(bugs)).not.toContain(canary);
  });

  test('are caught whatever is thrown, and before anything is awaited', async () => {
    void run(() => {
      throw canary;
    });
    queue.add('etl/bad', 'normal');
    await settled();
    expect(bugs).toEqual([{ controller: 'secret-reference', key: 'etl/bad', frames: [] }]);
  });
});

describe('shutdown', () => {
  test('aborts what waits for a store, lets a write under way end, starts nothing, and leaves no timer', async () => {
    const write = gate();
    const seen: string[] = [];
    const ended = run(async work => {
      seen.push(work.key);
      if (work.key === 'etl/reads') await until(work.readSignal);
      if (work.key === 'etl/writes') {
        await write.opened;
        expect(work.signal.aborted).toBe(false);
      }
      seen.push(`${work.key} ended`);
      return { kind: 'at', time: time.steady() + 1000, priority: 'low' };
    });
    queue.add('etl/reads', 'normal');
    queue.add('etl/writes', 'normal');
    await settled();
    stop.abort();
    queue.add('etl/late', 'high');
    await settled();
    expect(seen).toEqual(['etl/reads', 'etl/writes', 'etl/reads ended']);
    write.open();
    await ended;
    expect(seen).toHaveLength(4);
    expect(time.pending.size).toBe(0);
    expect(bugs).toEqual([]);
  });

  test('gives reconciles the drain time and then ends their signal', async () => {
    let aborted = false;
    const ended = run(async work => {
      await until(work.signal);
      aborted = true;
      return onChange;
    });
    queue.add('etl/slow', 'normal');
    await settled();
    stop.abort();
    await time.advance(999);
    expect(aborted).toBe(false);
    await time.advance(1);
    await ended;
    await settled();
    expect(aborted).toBe(true);
  });

  test('is over at once when nothing is under way', async () => {
    const ended = run(async () => onChange);
    stop.abort();
    await ended;
    expect(time.pending.size).toBe(0);
  });
});
