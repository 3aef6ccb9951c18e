import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Priority } from '../../src/async/priority.ts';
import { type Fault, throttled, unavailable } from '../../src/core/fault.ts';
import { failed, ok } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import type { ReadAnswer } from '../../src/providers/provider.ts';
import type { RemoteReader, SourceAccess } from '../../src/remote/ports.ts';
import { createRemoteReader } from '../../src/remote/reader.ts';
import { FakeTime, settled } from '../async/fake-time.ts';
import { asApp, canary, FakeCluster, FakeStore, never, observed, reasonOf } from './fake-store.ts';

const second = 1000;
const minute = 60 * second;
const value = ok({ value: SecretValue.fromText(canary), version: '1' });
const broken = failed(unavailable('vault-prod has a problem of its own'));
const hangs = () => new Promise<ReadAnswer>(() => undefined);

let time: FakeTime;
let store: FakeStore;
let reader: RemoteReader;
let source: SourceAccess;
/** What the store does with a key that begins with `bad`. */
let onBad: () => Promise<ReadAnswer>;
let recovered: string[];

beforeEach(() => {
  time = new FakeTime();
  store = new FakeStore(time);
  source = store.source();
  recovered = [];
  onBad = async () => broken;
  store.onRead = async ({ key }) => (key.startsWith('bad') ? onBad() : value);
  reader = createRemoteReader({
    cluster: new FakeCluster(),
    openTransport: store.openTransport,
    clock: time,
    timers: time,
    random: () => 0.5,
    observer: observed(),
    onBug: bug => {
      throw bug;
    },
  });
  reader.onRecovered(({ namespace = 'all' }) => recovered.push(namespace));
});

afterEach(async () => {
  await reader.close(never);
  expect(time.pending.size).toBe(0);
});

const read = (namespace: string, key: string, priority: Priority = 'low') =>
  reader.read(source, namespace, { key }, { notBefore: time.steady(), priority, signal: never });

/** Asks for that many bad keys again and again, as references that fail. */
const attack = async (namespace: string, count: number, priority: Priority = 'low') => {
  for (let i = 0; i < count; i += 1) void read(namespace, `bad-${namespace}-${i}`, priority);
  await settled();
};

/** Whether the victim is answered, and within how many milliseconds. */
async function servedWithin(ms: number, priority: Priority = 'low', namespace = 'victim'): Promise<void> {
  const answer = read(namespace, 'good', priority);
  await time.advance(ms);
  expect(reasonOf(await Promise.race([answer, settled().then(() => broken)]))).toBe('ok');
}

describe.each([
  ['with a login for each namespace', asApp],
  ['with one login for all', {}],
])('another namespace notices nothing, %s,', (_, needs) => {
  beforeEach(() => {
    source = store.source({}, needs);
  });

  test.each<[string, () => Promise<ReadAnswer>]>([
    ['fail', async () => broken],
    ['hang', hangs],
    ['are throttled for an hour', async () => failed(throttled('vault-prod asks to slow down', 60 * minute))],
  ])('when many keys of a namespace %s', async (_, bad) => {
    onBad = bad;
    await servedWithin(0);
    for (let round = 0; round < 6; round += 1) {
      await attack('etl', 60);
      await attack('etl', 20, 'high');
      await servedWithin(0);
      await servedWithin(0, 'high');
      await time.advance(10 * second);
    }
    expect(recovered).toEqual([]);
  });

  test('when those of ten namespaces hang, for no longer than one call may take', async () => {
    onBad = hangs;
    for (let i = 0; i < 10; i += 1) await attack(`etl-${i}`, 60);
    await servedWithin(15 * second);
    for (let round = 0; round < 20; round += 1) {
      for (let i = 0; i < 10; i += 1) await attack(`etl-${i}`, 12);
      await servedWithin(0);
      await servedWithin(0, 'high');
      await time.advance(second);
    }
  });

  test('when those of ten namespaces fail for minutes', async () => {
    for (let round = 0; round < 30; round += 1) {
      for (let i = 0; i < 10; i += 1) await attack(`etl-${i}`, 12);
      await servedWithin(0);
      await time.advance(10 * second);
    }
  });

  test('when they are the same keys', async () => {
    onBad = hangs;
    await attack('etl', 60);
    const answers = Promise.all([0, 1, 2].map(i => read('victim', `bad-etl-${i}`)));
    await settled();
    expect(store.reads.filter(key => ['bad-etl-0', 'bad-etl-1', 'bad-etl-2'].includes(key))).toHaveLength(6);
    await time.advance(15 * second);
    expect((await answers).map(reasonOf)).toEqual(Array(3).fill('ProviderUnavailable'));
  });
});

describe('another namespace of a store with batches', () => {
  test.each([
    ['with a login for each namespace', asApp],
    ['with one login for all', {}],
  ])('is not in one call with a key that spoils it, %s', async (_, needs) => {
    store.batch = { size: 20, takes: () => true };
    store.onReadMany = async requests => {
      const spoilt = requests.some(({ key }) => key.startsWith('bad'));
      return requests.map(() => (spoilt ? broken : value));
    };
    source = store.source({}, needs);
    for (let round = 0; round < 5; round += 1) {
      await attack('etl', 12);
      await servedWithin(25);
      await time.advance(10 * second);
    }
  });
});

test('five thousand failing references of a namespace push no retry of another out', async () => {
  await attack('etl', 10);
  for (let i = 0; i < 5000; i += 1) reader.retryAt('source-uid', 'etl', `uid-etl-${i}`, 5 * second);
  const waits = reader.retryAt('source-uid', 'victim', 'uid-victim', 5 * second) - time.steady();
  expect(waits).toBeLessThanOrEqual(6 * second);
});

describe('a pause that the store asks for', () => {
  const slowDown = throttled('vault-prod asks to slow down', 60 * minute);
  const pauseOf = async (namespaced: boolean) => {
    source = store.source({ namespaced });
    onBad = async () => failed(slowDown);
    await read('etl', 'bad');
    const { fault } = (await read('etl', 'good')) as { readonly fault: Fault & { readonly retryAfterMs?: number } };
    return fault.retryAfterMs;
  };

  test('is kept, at a source of one namespace', async () => {
    expect(await pauseOf(true)).toBe(60 * minute);
  });

  test('is a minute at most where many share the source', async () => {
    expect(await pauseOf(false)).toBe(minute);
    await time.advance(minute);
    expect((await read('etl', 'good')).ok).toBe(true);
  });
});

describe('lists', () => {
  const list = (namespace: string, prefix: string) =>
    reader.list(
      source,
      namespace,
      { prefix, tags: {}, limit: 100 },
      { notBefore: time.steady(), priority: 'low', signal: never },
    );

  test('that fail are in the way of no read, and reads that fail in the way of no list', async () => {
    store.onList = async () => broken;
    for (let i = 0; i < 20; i += 1) await list('etl', `a${i}/`);
    expect(store.lists).toHaveLength(5);
    expect((await read('etl', 'good')).ok).toBe(true);
    store.onList = async () => ok(['b/one']);
    await time.advance(10 * second);
    await attack('etl', 20);
    expect(await list('etl', 'b/')).toEqual(ok(['b/one']));
  });

  test('that take longer than our 15 s ask for too much: no store is to blame', async () => {
    store.onList = () => new Promise(() => undefined);
    for (let i = 0; i < 10; i += 1) {
      const answer = list('etl', `huge-${i}/`);
      await time.advance(15 * second);
      const found = await answer;
      expect(reasonOf(found)).toBe('ValueNotUsable');
      expect(found).toMatchObject({
        fault: {
          message: `ClusterSecretSource vault-prod has more keys below huge-${i}/ than it could list within 15 s; make find.prefix longer`,
        },
      });
    }
    expect(store.lists).toHaveLength(10);
  });
});

describe('an outage', () => {
  const crowd = Array.from({ length: 200 }, (_, i) => `ns-${i}`);
  const down = async () => {
    store.onRead = async () => broken;
    for (let i = 0; i < 10; i += 1) {
      for (const namespace of crowd.slice(0, 5)) await attack(namespace, 10);
      await time.advance(5 * second);
    }
    store.reads.length = 0;
  };

  test('is found when several identities fail and none is answered: then each tries once, and all share one schedule', async () => {
    await servedWithin(0);
    await down();
    for (const namespace of crowd) for (let i = 0; i < 3; i += 1) await read(namespace, `key-${i}`);
    const calls = store.reads.length;
    expect(calls).toBeLessThanOrEqual(200 + 5);
    for (let i = 0; i < 60; i += 1) {
      for (const namespace of crowd) await read(namespace, 'key');
      await time.advance(second);
    }
    expect(store.reads.length - calls).toBeLessThanOrEqual(10);
    const times = crowd.map(namespace => reader.retryAt('source-uid', namespace, `uid-${namespace}`, 9 * second));
    expect(new Set(times.map(at => Math.floor(at / second))).size).toBe(200);
  });

  test('ends for all with the first answer to any', async () => {
    await down();
    store.onRead = async () => value;
    await servedWithin(0, 'low', 'newcomer');
    expect(recovered).toEqual(['all']);
    await Promise.all(crowd.slice(0, 5).map(namespace => servedWithin(0, 'low', namespace)));
  });

  test('ends at a pace, also for whoever finds out', async () => {
    await servedWithin(0);
    await down();
    await time.advance(10 * second);
    store.onRead = async () => value;
    const namespaces = crowd.slice(0, 5);
    await read('ns-0', 'probe');
    expect(recovered).toEqual(['all']);
    for (const namespace of namespaces) for (let i = 0; i < 50; i += 1) void read(namespace, `${namespace}/key-${i}`);
    await time.advance(second);
    for (const namespace of namespaces) {
      const calls = store.reads.filter(key => key.startsWith(`${namespace}/`));
      expect({ namespace, fewCalls: calls.length <= 10 }).toEqual({ namespace, fewCalls: true });
    }
  });

  test('is none as long as somebody is answered', async () => {
    await servedWithin(0);
    for (let i = 0; i < 60; i += 1) {
      for (const namespace of crowd.slice(0, 20)) await attack(namespace, 10);
      await time.advance(2 * second);
      if (i % 10 === 0) await servedWithin(0);
    }
    onBad = async () => value;
    await time.advance(10 * second);
    await read('ns-0', 'bad-now-good');
    expect(recovered).toEqual(['ns-0']);
  });
});
