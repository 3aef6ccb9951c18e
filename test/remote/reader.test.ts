import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Priority } from '../../src/async/priority.ts';
import {
  absent,
  accessDenied,
  authFailed,
  type Fault,
  invalid,
  kubernetesUnavailable,
  throttled,
  unavailable,
} from '../../src/core/fault.ts';
import { failed, ok } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import type { ReadAnswer } from '../../src/providers/provider.ts';
import type { ReadWant, RemoteReader, SourceAccess } from '../../src/remote/ports.ts';
import { createRemoteReader } from '../../src/remote/reader.ts';
import { FakeTime, settled } from '../async/fake-time.ts';
import { asApp, canary, FakeCluster, FakeStore, never, observed, reasonOf, untilAborted } from './fake-store.ts';

const second = 1000;
const down = unavailable('vault-prod does not answer');
const value = ok({ value: SecretValue.fromText(canary), version: '1' });

let time: FakeTime;
let store: FakeStore;
let cluster: FakeCluster;
let reader: RemoteReader;
let source: SourceAccess;
let observer: ReturnType<typeof observed>;
let recovered: string[];

beforeEach(() => {
  time = new FakeTime();
  store = new FakeStore(time);
  cluster = new FakeCluster();
  source = store.source();
  observer = observed();
  recovered = [];
  reader = createRemoteReader({
    cluster,
    openTransport: store.openTransport,
    clock: time,
    timers: time,
    random: () => 0.5,
    observer,
    onBug: bug => {
      throw bug;
    },
  });
  reader.onRecovered(({ sourceUid, namespace }) => recovered.push(`${sourceUid} ${namespace ?? 'all'}`));
});

afterEach(async () => {
  await reader.close(never);
  expect(time.pending.size).toBe(0);
  expect(store.openTransports).toBe(0);
});

const want = (priority: Priority = 'low', change: Partial<ReadWant> = {}): ReadWant => ({
  notBefore: time.steady(),
  priority,
  signal: never,
  ...change,
});
const read = (key: string, wanted = want(), namespace = 'etl') => reader.read(source, namespace, { key }, wanted);

/** Reads of different keys, until the store counts as down. */
async function takeDown(fault = down): Promise<void> {
  store.onRead = async () => failed(fault);
  for (let i = 0; i < 5; i += 1) await read(`down-${i}`);
}

describe('sharing', () => {
  test('fifty requests at once make one read and one login', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => read('etl/warehouse')));
    expect(store.reads).toEqual(['etl/warehouse']);
    expect(store.logins).toHaveLength(1);
    expect(answers.every(answer => answer.ok && answer.value.value.revealText() === canary)).toBe(true);
    expect(observer.calls).toEqual(['login ok', 'read ok']);
  });

  test('a request made after a read started gets a read of its own', async () => {
    const answer = Promise.withResolvers<ReadAnswer>();
    store.onRead = () => answer.promise;
    const first = read('a');
    await time.advance(1);
    const second = read('a');
    await time.advance(1);
    expect(store.reads).toEqual(['a', 'a']);
    answer.resolve(value);
    expect([(await first).ok, (await second).ok]).toEqual([true, true]);
  });

  test('an answer serves requests made before its read started, and for ten seconds only', async () => {
    const due = want();
    await time.advance(5);
    await read('a');
    await time.advance(9 * second);
    await read('a', due);
    expect(store.reads).toHaveLength(1);
    await time.advance(second);
    await read('a', due);
    expect(store.reads).toHaveLength(2);
  });

  test('a rotation never gets an older read', async () => {
    await read('a');
    await time.advance(1);
    await read('a', want('high'));
    expect(store.reads).toHaveLength(2);
  });

  test('keys, versions and namespaces are never mixed up', async () => {
    await Promise.all([
      read('a'),
      read('b'),
      reader.read(source, 'etl', { key: 'a', version: '1' }, want()),
      read('a', want(), 'web'),
    ]);
    expect(store.reads).toHaveLength(4);
    expect(store.logins).toHaveLength(2);
  });

  test('kept answers stay within their bound: the oldest go first', async () => {
    const due = want();
    store.onRead = async () => ok({ value: new SecretValue(new Uint8Array(2 * 1024 * 1024)) });
    for (const key of ['a', 'b', 'c', 'd']) await read(key);
    await read('d', due);
    await read('a', due);
    expect(store.reads).toEqual(['a', 'b', 'c', 'd', 'a']);
  });

  test('one that gives up does not end the read of the others; when all give up, it is aborted', async () => {
    let aborted = 0;
    store.onRead = async (_, signal) => {
      const answer: ReadAnswer = await untilAborted(signal, failed(down));
      aborted += 1;
      return answer;
    };
    const [one, other] = [new AbortController(), new AbortController()];
    const first = read('a', want('low', { signal: one.signal }));
    const second = read('a', want('low', { signal: other.signal }));
    await time.advance(0);
    one.abort();
    expect((await first).ok).toBe(false);
    expect(aborted).toBe(0);
    other.abort();
    expect((await second).ok).toBe(false);
    await time.advance(0);
    expect(aborted).toBe(1);
    store.onRead = async () => value;
    expect((await read('a')).ok).toBe(true);
  });
});

describe('the slots of an identity at a source', () => {
  test('are 16, and serve rotations first, also a read that began to wait as a refresh', async () => {
    const answers: (() => void)[] = [];
    store.onRead = async () => {
      await new Promise<void>(resolve => answers.push(resolve));
      return value;
    };
    for (let i = 0; i < 60; i += 1) void read(`refresh-${i}`);
    void read('joined');
    await time.advance(0);
    expect(store.reads).toHaveLength(14);
    void read('joined', want('high'));
    void read('rotation', want('high'));
    void read('another', want('high'));
    await time.advance(0);
    expect(store.reads.slice(14)).toEqual(['joined', 'rotation']);
    for (const answer of answers) answer();
    await time.advance(0);
    expect(store.reads[16]).toBe('another');
    expect(store.reads.length).toBeGreaterThan(28);
  });
});

describe('sessions', () => {
  test('an expired login is renewed once, however many reads meet it', async () => {
    store.onRead = async (_request, _signal, login) => (login === 1 ? failed({ kind: 'login-expired' }) : value);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => read(`key-${i}`)));
    expect(answers.every(answer => answer.ok)).toBe(true);
    expect(store.logins).toHaveLength(2);
  });

  test('a store that ends every login sees one a minute, and the reference says what to look for', async () => {
    store.onRead = async () => failed({ kind: 'login-expired' });
    for (let i = 0; i < 100; i += 1) {
      expect(reasonOf(await read('a', want('high')))).toBe('AuthFailed');
      await time.advance(3 * second);
    }
    expect(store.logins.length).toBeLessThanOrEqual(6);
  });

  test.each([1, 2, 3, 7])(
    'a login that is good for %i reads makes room for the next before it runs out',
    async uses => {
      store.uses = uses;
      const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => read(`key-${i}`)));
      for (let i = 0; i < 20; i += 1) answers.push(await read(`later-${i}`));
      expect(answers.every(answer => answer.ok)).toBe(true);
      expect(store.reads).toHaveLength(60);
      expect(store.logins).toHaveLength(Math.ceil(60 / uses));
    },
  );

  describe('a living login that is refused', () => {
    const refused = accessDenied('vault-prod refused access to etl/a');
    beforeEach(() => {
      store.rightsFromLogin = true;
      store.onRead = async ({ key }) => (key === 'b' ? value : failed(refused));
    });
    /** The store gives more rights to the logins that are made from now on. */
    const grant = () => {
      const known = store.logins.length;
      store.onRead = async (_request, _signal, login) => (login > known ? value : failed(refused));
    };

    test('is made again for a rotation at once, which is answered with what the new one may read', async () => {
      expect(reasonOf(await read('a'))).toBe('AccessDenied');
      grant();
      expect(reasonOf(await read('a'))).toBe('AccessDenied');
      await time.advance(1);
      expect((await read('a', want('high'))).ok).toBe(true);
      expect(store.logins).toHaveLength(2);
    });

    test('is made again a minute after the last login', async () => {
      await read('a');
      grant();
      await time.advance(59 * second);
      expect(reasonOf(await read('a'))).toBe('AccessDenied');
      await time.advance(second);
      expect((await read('a')).ok).toBe(true);
      expect(store.logins).toHaveLength(2);
    });

    test('is made again once for all that are refused at the same time', async () => {
      await read('a');
      grant();
      await time.advance(second);
      const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => read(`key-${i}`, want('high'))));
      expect(answers.every(answer => answer.ok)).toBe(true);
      expect(store.logins).toHaveLength(2);
    });

    test('costs one login a minute if it stays refused, and one a second for rotations', async () => {
      for (let i = 0; i < 600; i += 1) {
        await read(`key-${i}`);
        await time.advance(second);
      }
      expect(store.logins).toHaveLength(10);
      for (let i = 0; i < 100; i += 1) {
        await read(`key-${i}`, want('high'));
        await time.advance(100);
      }
      expect(store.logins.length).toBeLessThanOrEqual(20);
    });

    test('stays, with all that it may read, when there is no new one', async () => {
      await read('a');
      store.onLogin = async () => failed(authFailed('vault-prod refused role etl'));
      await time.advance(60 * second);
      expect(reasonOf(await read('a'))).toBe('AccessDenied');
      expect((await read('b')).ok).toBe(true);
      expect(store.revoked).toBe(0);
    });

    test.each([
      ['could not be made again', () => (store.irreplaceable = true)],
      ['would have no other rights', () => (store.rightsFromLogin = false)],
    ])('is kept if it %s', async (_, such) => {
      such();
      await read('a');
      await time.advance(60 * second);
      expect(reasonOf(await read('a', want('high')))).toBe('AccessDenied');
      expect(store.logins).toHaveLength(1);
    });
  });

  test('a session that cannot be had again is never given up', async () => {
    store.irreplaceable = true;
    store.onRead = async () => failed({ kind: 'login-expired' });
    expect(reasonOf(await read('a'))).toBe('AuthFailed');
    await time.advance(60 * 60 * second);
    store.onRead = async () => value;
    expect((await read('b')).ok).toBe(true);
    expect(store.logins).toHaveLength(1);
  });

  test('a CA bundle that no longer holds is read again', async () => {
    store.onRead = async (_request, _signal, login) =>
      login === 1
        ? failed(invalid('CABundleInvalid', 'the certificate of vault-prod is not signed by its bundle'))
        : value;
    source = store.source({}, { ...asApp, caBundle: { configMapKeyRef: { name: 'vault-ca', key: 'ca.crt' } } });
    expect((await read('a')).ok).toBe(true);
    expect(store.logins).toHaveLength(2);
  });

  test('a missing ServiceAccount costs no call', async () => {
    cluster.missing.add('etl/app');
    expect(reasonOf(await read('a'))).toBe('ServiceAccountNotFound');
    expect(store.logins).toEqual([]);
  });

  test('a refused login is shared by reads of all keys, and takes none of the slots', async () => {
    store.onLogin = async () => failed(authFailed('vault-prod refused role etl'));
    await Promise.all(Array.from({ length: 2000 }, (_, i) => read(`key-${i}`)));
    expect(store.logins).toHaveLength(1);
    expect(store.reads).toEqual([]);
  });
});

describe('a store that does not answer', () => {
  test('is given up after 15 s, and nothing of what it is asked for is in the fault', async () => {
    store.onRead = () => new Promise(() => undefined);
    const answer = read('a');
    await time.advance(15 * second);
    expect(reasonOf(await answer)).toBe('ProviderUnavailable');
    expect(JSON.stringify(await answer)).not.toContain(canary);
  });

  test('is left alone after five failures, then tried by one call at a time', async () => {
    await takeDown();
    for (let i = 0; i < 100; i += 1) expect(reasonOf(await read(`more-${i}`))).toBe('ProviderUnavailable');
    expect(store.reads).toHaveLength(5);
    await time.advance(second);
    await Promise.all(Array.from({ length: 100 }, (_, i) => read(`probe-${i}`)));
    expect(store.reads).toHaveLength(6);
  });

  test('costs a flat number of calls a minute, however many references fail', async () => {
    await takeDown();
    store.reads.length = 0;
    for (let i = 0; i < 6000; i += 1) {
      await read(`key-${i % 2000}`);
      await time.advance(10);
    }
    expect(store.reads.length).toBeLessThan(12);
  });

  test('is tried by rotations at most once a second', async () => {
    await takeDown();
    store.reads.length = 0;
    for (let i = 0; i < 1000; i += 1) {
      await read(`key-${i}`, want('high'));
      await time.advance(10);
    }
    expect(store.reads.length).toBeLessThanOrEqual(11);
  });

  test('is said to be back once', async () => {
    await takeDown();
    expect(recovered).toEqual([]);
    store.onRead = async () => value;
    await time.advance(second);
    await Promise.all(Array.from({ length: 20 }, (_, i) => read(`key-${i}`)));
    await read('one more');
    expect(recovered).toEqual(['source-uid etl']);
  });

  test('is not taken for down when the API server is, nor when a key is missing or a spec is wrong', async () => {
    const faults: readonly Fault[] = [
      absent('KeyNotFound', 'no such key'),
      kubernetesUnavailable('the API server does not answer'),
      invalid('SourceInvalid', 'the mount is no kv engine'),
    ];
    for (const [i, fault] of faults.flatMap(fault => Array.from({ length: 10 }, () => fault)).entries()) {
      store.onRead = async () => failed(fault);
      await read(`key-${i}`);
    }
    expect(store.reads).toHaveLength(30);
  });
});

describe('a store that throttles', () => {
  test('is left alone for as long as it asked, by rotations too, and is said to be back afterwards', async () => {
    store.onRead = async () => failed(throttled('vault-prod asks to slow down', 30 * second));
    await read('a');
    await time.advance(29 * second);
    store.onRead = async () => value;
    expect(await read('b', want('high'))).toMatchObject({ fault: { kind: 'throttled', retryAfterMs: second } });
    expect(store.reads).toHaveLength(1);
    await time.advance(second);
    expect((await read('b', want('high'))).ok).toBe(true);
    expect(recovered).toEqual(['source-uid etl']);
  });
});

describe('retries', () => {
  const crowd = Array.from({ length: 2000 }, (_, index) => `uid-${index}`);
  const retryAt = (uid: string, waitMs: number, namespace = 'etl') =>
    reader.retryAt('source-uid', namespace, uid, waitMs);
  const wait = (uid: string, waitMs = 5 * second) => retryAt(uid, waitMs) - time.steady();

  test('of two thousand failing references are a second apart', () => {
    const times = crowd.map(uid => retryAt(uid, 5 * second));
    expect(new Set(times).size).toBe(2000);
    const firstMinute = times.filter(at => at < time.steady() + 60 * second);
    expect(firstMinute.length).toBeLessThanOrEqual(61);
  });

  test('of a single reference come within the time that it would wait alone', () => {
    expect(wait('uid-1')).toBeGreaterThanOrEqual(2.5 * second);
    expect(wait('uid-1')).toBeLessThanOrEqual(6.5 * second);
    expect(wait('uid-2', 300 * second)).toBeLessThanOrEqual(301.5 * second);
  });

  test('of another identity are not behind them', () => {
    for (const uid of crowd) wait(uid);
    expect(retryAt('uid-1', 5 * second, 'web') - time.steady()).toBeLessThanOrEqual(6.5 * second);
  });

  test('come no later for being asked for again and again before their time', async () => {
    for (let i = 0; i < 100; i += 1) {
      expect(wait('uid-1')).toBeLessThanOrEqual(6 * second);
      expect(wait('uid-2')).toBeLessThanOrEqual(7 * second);
    }
    expect(wait('uid-3')).toBeLessThanOrEqual(8 * second);
    await time.advance(4 * second);
    expect(wait('uid-1')).toBeLessThanOrEqual(second);
  });

  test('come sooner when the wait has become shorter, as after an edit', () => {
    expect(wait('uid-1', 300 * second)).toBeGreaterThan(100 * second);
    expect(wait('uid-1')).toBeLessThanOrEqual(6.5 * second);
  });

  test('that may come in five minutes only keep nobody waiting until then', () => {
    const patient = crowd.map(uid => retryAt(uid, 300 * second));
    expect(patient.filter(at => at < time.steady() + 200 * second).length).toBeLessThanOrEqual(61);
    expect(wait('one more')).toBeLessThanOrEqual(6.5 * second);
  });

  test('of references that were deleted are free for those that are made after them', () => {
    for (const uid of crowd) wait(uid);
    expect(wait('before')).toBeGreaterThan(1000 * second);
    for (const uid of crowd) reader.forgetReference('etl', uid);
    expect(wait('after')).toBeLessThanOrEqual(6.5 * second);
  });

  test('do not come before the pause that the store asked for is over', async () => {
    expect(wait('uid-1')).toBeLessThanOrEqual(6.5 * second);
    await takeDown(throttled('vault-prod asks to slow down', 60 * second));
    expect(wait('uid-1')).toBeGreaterThanOrEqual(60 * second);
  });

  test('do not come before a login that was refused may be tried again', async () => {
    store.onLogin = async () => failed(authFailed('vault-prod refused role etl'));
    for (let i = 0; i < 8; i += 1) {
      await time.advance(wait('uid-1', second));
      await read('a', want('normal'));
      expect(store.logins).toHaveLength(i + 1);
    }
  });
});

describe('recovery', () => {
  test('of all references takes under 45 s, at less than twice the rate of before, rotations first', async () => {
    const calls: number[] = [];
    for (let i = 0; i < 3000; i += 1) {
      await read(`steady-${i}`);
      await time.advance(20);
    }
    await takeDown();
    await time.advance(5 * 60 * second);
    store.onRead = async () => {
      calls.push(time.steady());
      return value;
    };
    await read('probe');
    const refreshed = Array.from({ length: 1000 }, (_, i) => read(`key-${i}`));
    const rotated = Array.from({ length: 100 }, (_, i) => read(`rotation-${i}`, want('high')));
    await time.advance(3 * second);
    expect(await Promise.race([Promise.all(rotated), settled()])).toHaveLength(100);
    await time.advance(42 * second);
    expect(await Promise.race([Promise.all(refreshed), settled()])).toHaveLength(1000);
    expect(mostPerSecond(calls)).toBeLessThanOrEqual(100);
  });

  test('takes one timer, however many wait, and none when they have left', async () => {
    await takeDown();
    await time.advance(5 * 60 * second);
    store.onRead = async () => value;
    await read('probe');
    const before = time.pending.size;
    const givesUp = new AbortController();
    for (let i = 0; i < 50; i += 1) void read(`key-${i}`, want('low', { signal: givesUp.signal }));
    await time.advance(second);
    expect(store.reads.length).toBeLessThan(20);
    expect(time.pending.size).toBe(before + 1);
    givesUp.abort();
    expect(time.pending.size).toBe(before);
  });
});

function mostPerSecond(times: readonly number[]): number {
  return Math.max(...times.map(start => times.filter(at => at >= start && at < start + second).length));
}

describe('drop', () => {
  test('ends reads under way as unavailable, and reads of no other namespace', async () => {
    store.onRead = async (_, signal) => untilAborted(signal, failed(down));
    const [etl, web] = [read('a'), read('a', want(), 'web')];
    await time.advance(0);
    reader.drop('source-uid', 'etl');
    expect(reasonOf(await etl)).toBe('ProviderUnavailable');
    expect(await Promise.race([web, settled()])).toBeUndefined();
    reader.drop('source-uid');
    expect(reasonOf(await web)).toBe('ProviderUnavailable');
  });

  test('forgets answers that were kept, and what was learnt about the store', async () => {
    const due = want();
    await read('a');
    reader.drop('source-uid');
    await read('a', due);
    expect(store.reads).toEqual(['a', 'a']);
    await takeDown();
    reader.drop('source-uid');
    store.onRead = async () => value;
    expect((await read('b')).ok).toBe(true);
  });
});

describe('close', () => {
  test('aborts reads, those that wait for a slot too, revokes, and reads no more', async () => {
    store.onRead = async (_, signal) => untilAborted(signal, failed(down));
    const reads = Array.from({ length: 100 }, (_, i) => read(`key-${i}`));
    await time.advance(0);
    await reader.close(never);
    expect(new Set((await Promise.all(reads)).map(reasonOf))).toEqual(new Set(['ProviderUnavailable']));
    expect(store.revoked).toBe(1);
    expect((await read('late')).ok).toBe(false);
    expect(store.logins).toHaveLength(1);
  });
});

describe('a store with batches', () => {
  const answerAll = async (requests: readonly { readonly key: string }[]): Promise<readonly ReadAnswer[]> =>
    requests.map(({ key }) => ok({ value: SecretValue.fromText(`${canary} of ${key}`), version: '1' }));
  const textOf = (answer: Awaited<ReturnType<typeof read>>) =>
    answer.ok ? answer.value.value.revealText() : undefined;

  beforeEach(() => {
    store.batch = { size: 20, takes: ({ version }) => version === undefined };
    store.onReadMany = answerAll;
    source = store.source();
  });

  const readAll = (count: number, priority: Priority = 'low') =>
    Promise.all(Array.from({ length: count }, (_, i) => read(`key-${i}`, want(priority))));

  test('reads that fall due together leave together, and each gets its own answer', async () => {
    const answers = await readAll(50);
    expect(store.batches.map(keys => keys.length)).toEqual([20, 20, 10]);
    expect(store.reads).toEqual([]);
    expect(answers.map(textOf)).toEqual(answers.map((_, i) => `${canary} of key-${i}`));
  });

  test.each<Priority>(['high', 'normal', 'low'])('a read of priority %s waits for no company', async priority => {
    expect((await read('one', want(priority))).ok).toBe(true);
  });

  test('those that wait for a slot leave together with the first that gets one, however urgent they are', async () => {
    const answers: (() => void)[] = [];
    store.onReadMany = async requests => {
      await new Promise<void>(resolve => answers.push(resolve));
      return answerAll(requests);
    };
    for (let i = 0; i < 16; i += 1) {
      void read(`slow-${i}`, want('high'));
      await settled();
    }
    const waiting = Promise.all([read('a'), read('b', want('normal')), read('c', want('high')), read('d')]);
    await settled();
    expect(store.batches).toHaveLength(16);
    answers[0]?.();
    await settled();
    expect(store.batches.at(-1)?.toSorted()).toEqual(['a', 'b', 'c', 'd']);
    for (const answer of answers) answer();
    expect((await waiting).map(textOf)).toEqual(['a', 'b', 'c', 'd'].map(key => `${canary} of ${key}`));
  });

  test('a pinned version travels alone', async () => {
    const pinned = reader.read(source, 'etl', { key: 'etl/warehouse', version: '7' }, want());
    expect([...(await readAll(2)), await pinned].map(reasonOf)).toEqual(['ok', 'ok', 'ok']);
    expect(store.reads).toEqual(['etl/warehouse']);
    expect(store.batches).toEqual([['key-0', 'key-1']]);
  });

  test('an entry that fails fails only itself', async () => {
    store.onReadMany = async requests =>
      requests.map(({ key }) =>
        key === 'key-1' ? failed(absent('KeyNotFound', 'there is none')) : ok({ value: SecretValue.fromText(key) }),
      );
    const [first, second, third] = await readAll(3);
    expect([first?.ok, third?.ok]).toEqual([true, true]);
    expect(second && reasonOf(second)).toBe('KeyNotFound');
  });

  test('a store that throttles in the middle of a batch is left alone, and what it gave counts', async () => {
    store.onReadMany = async requests =>
      requests.map(({ key }, i) =>
        i < 2 ? ok({ value: SecretValue.fromText(key) }) : failed(throttled('aws asks for fewer requests', 9000)),
      );
    const answers = await readAll(4);
    expect(answers.map(reasonOf)).toEqual(['ok', 'ok', 'Throttled', 'Throttled']);
    expect(reasonOf(await read('later'))).toBe('Throttled');
    expect(store.batches).toHaveLength(1);
  });

  test('a login that has ended is renewed once for all of them', async () => {
    store.onReadMany = async requests =>
      store.logins.length === 1 ? requests.map(() => failed({ kind: 'login-expired' })) : answerAll(requests);
    const answers = await readAll(3);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(store.logins).toHaveLength(2);
    expect(store.batches).toHaveLength(2);
  });

  describe('right behind a call that was not full', () => {
    beforeEach(async () => {
      await read('first');
    });
    const reads = async (count: number) => {
      for (let i = 0; i < count; i += 1) {
        void read(`key-${i}`);
        await settled();
      }
    };
    const sizes = () => store.batches.map(keys => keys.length);

    test('those that come one by one are held for 40 ms, and leave together', async () => {
      await reads(5);
      expect(sizes()).toEqual([1]);
      await time.advance(40);
      expect(sizes()).toEqual([1, 5]);
    });

    test('they leave also when their time comes between two looks at the clock', async () => {
      time.imprecision = 0.2;
      await reads(1);
      await time.advance(60);
      expect(sizes()).toEqual([1, 1]);
    });

    test('they are held no longer when they fill a call', async () => {
      await reads(50);
      expect(sizes()).toEqual([1, 20, 20]);
    });

    test('they are held no longer than that by a call that hangs', async () => {
      store.onReadMany = () => new Promise(() => undefined);
      await time.advance(40);
      for (let i = 0; i < 3; i += 1) {
        void read(`hung-${i}`);
        await time.advance(40);
      }
      expect(sizes()).toEqual([1, 1, 1, 1]);
    });

    test('a rotation is not held, nor what it joins, and takes the others with it', async () => {
      await reads(3);
      void read('key-1', want('high'));
      await settled();
      expect(store.batches.at(-1)?.toSorted()).toEqual(['key-0', 'key-1', 'key-2']);
    });

    test('those of another namespace are not held', async () => {
      await read('a', want(), 'web');
      expect(sizes()).toEqual([1, 1]);
    });

    test('one that gives up leaves, and no timer stays behind', async () => {
      const before = time.pending.size;
      const givesUp = new AbortController();
      const gone = read('gone', want('low', { signal: givesUp.signal }));
      await settled();
      expect(time.pending.size).toBe(before + 1);
      givesUp.abort();
      expect(reasonOf(await gone)).toBe('ProviderUnavailable');
      expect(time.pending.size).toBe(before);
    });
  });

  test('the end of the operator leaves nothing that waits', async () => {
    const answer = read('alone');
    await reader.close(never);
    expect(reasonOf(await answer)).toBe('ProviderUnavailable');
    expect(time.pending.size).toBe(0);
  });

  test('whoever gives up leaves, and the others are served', async () => {
    const givesUp = new AbortController();
    const gone = read('gone', want('low', { signal: givesUp.signal }));
    const stays = read('stays');
    givesUp.abort();
    expect(reasonOf(await gone)).toBe('ProviderUnavailable');
    expect((await stays).ok).toBe(true);
    expect(store.batches).toEqual([['stays']]);
  });

  test('two namespaces never travel together', async () => {
    const answers = Promise.all([read('shared', want(), 'etl'), read('shared', want(), 'ads')]);
    await answers;
    expect(store.batches).toEqual([['shared'], ['shared']]);
    expect(store.logins).toHaveLength(2);
  });
});
