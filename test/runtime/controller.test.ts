import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Bug } from '../../src/runtime/bug.ts';
import { runController } from '../../src/runtime/controller.ts';
import type { Next, Reconcile } from '../../src/runtime/reconcile.ts';
import { type QueueOptions, WorkQueue } from '../../src/runtime/workqueue.ts';
import { FakeTime, settled } from '../async/fake-time.ts';

const canary = 'CANARY-7f3a';
const onChange: Next = { kind: 'on-change' };

let time: FakeTime;
let queue: WorkQueue;
let bugs: Bug[];
let turns: string[];
let stop: AbortController;

const queueWith = (options: Partial<QueueOptions> = {}): WorkQueue =>
  new WorkQueue({ clock: time, timers: time, random: () => 0.5, ...options });

beforeEach(() => {
  time = new FakeTime();
  queue = queueWith();
  bugs = [];
  turns = [];
  stop = new AbortController();
});

const run = (reconcile: Reconcile): Promise<void> =>
  runController({
    name: 'secret-reference',
    reconcile,
    queue,
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

  test('are so many at once, half of them of one namespace, the highest priority first', async () => {
    queue = queueWith({ concurrency: 8 });
    const { opened, open } = gate();
    const started: string[] = [];
    void run(async work => {
      started.push(work.key);
      await opened;
      return onChange;
    });
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
    queue = queueWith({ concurrency: 4 });
    const seen = new Set<string>();
    for (let i = 0; i < 10_000; i += 1) queue.add(`ns-${i % 20}/name-${i}`, 'low');
    void run(async work => {
      await settled();
      seen.add(work.key);
      return onChange;
    });
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
    });
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

describe('a key that waits for its source', () => {
  let seen: string[];
  let hangs: ReturnType<typeof gate>;

  /** Keys are `<namespace>/<source>-<source>-<number>`; so many at a time of each source. */
  const waiting = (reconcile: Reconcile, concurrency: number): Promise<void> => {
    seen = [];
    hangs = gate();
    const sourcesOf = (key: string) => key.replace(/^.*\/|-\d+$/g, '').split('-');
    queue = queueWith({ sourcesOf: key => sourcesOf(key).map(uid => ({ uid, concurrency })) });
    return run(async work => {
      seen.push(`${work.priority} ${work.key} ${work.requestedAt} ${work.attempt}`);
      return reconcile(work);
    });
  };
  const untilOpen: Reconcile = async () => {
    await hangs.opened;
    return onChange;
  };

  test('is reconciled when the source has a slot, as it was asked for and with its failures', async () => {
    void waiting(async work => {
      if (work.attempt === 0) return { kind: 'backoff', pace: 'short' };
      return untilOpen(work);
    }, 1);
    queue.add('etl/vault-1', 'normal', 1);
    queue.add('etl/vault-2', 'low', 2);
    await time.advance(2000);
    expect(seen).toEqual([
      'normal etl/vault-1 1 0',
      'low etl/vault-2 2 0',
      expect.stringMatching(/^normal etl\/vault-1 \d+ 1$/),
    ]);
    expect([queue.depth('low'), queue.waitingFor('vault', 'etl'), queue.waitingFor('vault', 'web')]).toEqual([1, 1, 0]);
    hangs.open();
    await settled();
    expect(seen.at(-1)).toMatch(/^low etl\/vault-2 \d+ 1$/);
    expect([queue.depth('low'), queue.waitingFor('vault', 'etl')]).toEqual([0, 0]);
  });

  test('is reconciled as a rotation when one is asked for', async () => {
    void waiting(untilOpen, 1);
    for (const key of ['etl/vault-1', 'etl/vault-2', 'etl/vault-3'] as const) queue.add(key, 'low', 1);
    await settled();
    queue.add('etl/vault-3', 'high', 2);
    hangs.open();
    await settled();
    expect(seen).toEqual(['low etl/vault-1 1 0', 'high etl/vault-3 2 0', 'low etl/vault-2 1 0']);
  });

  test('is in the way of no other source, and counts at each that it reads from', async () => {
    void waiting(untilOpen, 2);
    for (const key of ['etl/one-two-1', 'etl/one-1', 'web/two-1', 'etl/two-2', 'etl/three-1'] as const)
      queue.add(key, 'low', 1);
    await settled();
    const started = () => seen.map(each => each.split(' ')[1]);
    expect(started()).toEqual(['etl/one-two-1', 'web/two-1', 'etl/three-1']);
    expect([queue.waitingFor('one', 'etl'), queue.waitingFor('two', 'etl')]).toEqual([1, 1]);
    hangs.open();
    await settled();
    expect(started().slice(3).toSorted()).toEqual(['etl/one-1', 'etl/two-2']);
    expect([queue.depth(), turns.length]).toEqual([0, 10]);
  });

  test('waits for another one when it is edited to read from that', async () => {
    hangs = gate();
    const started: string[] = [];
    const reads = new Map<string, readonly string[]>();
    queue = queueWith({
      sourcesOf: key => (reads.get(key) ?? ['hangs']).map(uid => ({ uid, concurrency: 1 })),
    });
    void run(async work => {
      started.push(work.key);
      return untilOpen(work);
    });
    for (const key of ['etl/a', 'etl/b', 'etl/c'] as const) queue.add(key, 'low');
    await settled();
    expect(started).toEqual(['etl/a']);
    reads.set('etl/c', ['well']);
    queue.add('etl/c', 'normal');
    await settled();
    expect(started).toEqual(['etl/a', 'etl/c']);
    expect([queue.waitingFor('hangs', 'etl'), queue.waitingFor('well', 'etl')]).toEqual([1, 0]);
  });

  test('leaves a slot to rotations, however many hang', async () => {
    void waiting(untilOpen, 16);
    for (let i = 0; i < 100; i += 1) queue.add(`${i % 2 ? 'etl' : 'web'}/vault-${i}`, 'low', 1);
    await settled();
    // Each leaves as many free as it takes.
    expect(seen).toHaveLength(10);
    queue.add('etl/vault-1000', 'high', 2);
    await settled();
    expect(seen.at(-1)).toBe('high etl/vault-1000 2 0');
  });

  test('is started no more at shutdown', async () => {
    const ended = waiting(untilOpen, 1);
    queue.add('etl/vault-1', 'normal');
    queue.add('etl/vault-2', 'normal');
    await settled();
    stop.abort();
    hangs.open();
    await ended;
    await settled();
    expect(seen).toHaveLength(1);
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
