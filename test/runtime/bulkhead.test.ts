import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { unavailable } from '../../src/core/fault.ts';
import { failed, ok } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import type { RemoteReader } from '../../src/remote/ports.ts';
import { createRemoteReader } from '../../src/remote/reader.ts';
import { runController } from '../../src/runtime/controller.ts';
import { WorkQueue } from '../../src/runtime/workqueue.ts';
import { FakeTime, settled } from '../async/fake-time.ts';
import { canary, FakeCluster, FakeStore, never, observed } from '../remote/fake-store.ts';

let time: FakeTime;
let store: FakeStore;
let queue: WorkQueue;
let reader: RemoteReader;
let done: string[];
let underWay: number;
let stop: AbortController;
let ended: Promise<void>;

/** Keys are `<source>/<name>`: each reads its name from its source, as its namespace. */
beforeEach(() => {
  time = new FakeTime();
  store = new FakeStore(time);
  done = [];
  underWay = 0;
  stop = new AbortController();
  const ports = { clock: time, timers: time, random: () => 0.5 };
  const onBug = (bug: unknown) => done.push(`bug ${JSON.stringify(bug)}`);
  queue = new WorkQueue({
    ...ports,
    sourcesOf: key =>
      key
        .split('/')
        .slice(0, 1)
        .map(uid => ({ uid, concurrency: 320 })),
  });
  reader = createRemoteReader({
    ...ports,
    cluster: new FakeCluster(),
    openTransport: store.openTransport,
    observer: observed(),
    waitingFor: (uid, namespace) => queue.waitingFor(uid, namespace),
    onBug,
  });
  ended = runController({
    ...ports,
    name: 'test',
    queue,
    signal: stop.signal,
    drainMs: 1000,
    onBug,
    observer: { started: () => undefined, ended: () => undefined },
    reconcile: async work => {
      const [source = '', key = ''] = work.key.split('/');
      underWay += 1;
      const want = {
        notBefore: work.requestedAt,
        priority: work.priority,
        signal: work.readSignal,
      };
      const answer = await reader.read(store.source({ uid: source }), source, { key }, want);
      underWay -= 1;
      if (work.readSignal.aborted) return { kind: 'on-change' };
      done.push(`${work.priority} ${work.key} ${answer.ok ? 'ok' : answer.fault.kind}`);
      return { kind: 'on-change' };
    },
  });
});

afterEach(async () => {
  stop.abort();
  await reader.close(never);
  await ended;
  expect(time.pending.size).toBe(0);
});

const value = ok({ value: SecretValue.fromText(canary) });
const hangs = () => new Promise<never>(() => undefined);

test('fifty sources that hang hold up neither another source of theirs nor a rotation', async () => {
  store.onRead = async ({ key }) => (key.startsWith('hung') ? hangs() : value);
  for (let source = 0; source < 50; source += 1) {
    for (let i = 0; i < 40; i += 1) queue.add(`source-${source}/hung-${i}`, 'high');
  }
  await settled();
  queue.add('good/refresh', 'low');
  queue.add('good/rotate', 'high');
  await settled();
  expect(new Set(done)).toEqual(new Set(['high good/rotate ok', 'low good/refresh ok']));
});

test('a source that hangs lets its references go when a deadline has passed, without a call for each', async () => {
  store.onRead = hangs;
  for (let i = 0; i < 500; i += 1) queue.add(`source/${i}`, 'low');
  await time.advance(15_000);
  expect(done.length).toBeGreaterThan(490);
  await time.advance(15_000);
  expect(done).toHaveLength(500);
  expect(new Set(done.map(each => each.split(' ').at(-1)))).toEqual(new Set(['unavailable']));
  expect(store.reads.length).toBeLessThanOrEqual(33);
});

test('of ten thousand references of a source that hangs some hundred are under way, and all are reconciled', async () => {
  store.onRead = hangs;
  for (let i = 0; i < 10_000; i += 1) queue.add(`source/${i}`, 'low');
  await settled();
  expect(underWay).toBe(140);
  expect(queue.depth('low')).toBe(9860);
  await time.advance(60_000);
  expect(new Set(done).size).toBe(10_000);
});

test('after an outage three thousand references have recovered in 45 s', async () => {
  store.onRead = async () => failed(unavailable('the store does not answer'));
  for (let i = 0; i < 20; i += 1) queue.add(`source/${i}`, 'high');
  await time.advance(5 * 60_000);
  store.onRead = async () => value;
  queue.add('source/probe', 'high');
  await settled();
  for (let i = 0; i < 3000; i += 1) queue.add(`source/${i}`, 'low');
  await time.advance(45_000);
  expect(done.filter(each => each.startsWith('low') && each.endsWith('ok'))).toHaveLength(3000);
});

test('a rotation of a key whose refresh waits behind a thousand others is answered before them', async () => {
  const waiting: (() => void)[] = [];
  store.onRead = async () => {
    await new Promise<void>(resolve => waiting.push(resolve));
    return value;
  };
  for (let i = 0; i < 1000; i += 1) queue.add(`source/${i}`, 'low');
  await settled();
  await time.advance(1);
  queue.add('source/999', 'high');
  await settled();
  while (!done.some(each => each.startsWith('high'))) {
    for (const answer of waiting.splice(0)) answer();
    await settled();
  }
  expect(done.findIndex(each => each.startsWith('high'))).toBeLessThan(100);
});
