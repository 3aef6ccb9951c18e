import { beforeEach, describe, expect, test } from '@jest/globals';
import { wakeThoseWhoWait } from '../../../../src/controllers/secret-reference/wake/waiting.ts';
import { FakeClock } from '../../../kube/builders.ts';
import { type ReferenceBuilder, reference } from '../../builders.ts';
import { FakeCaches } from '../../caches.ts';
import { clusterSource, source } from '../../objects.ts';
import { FakeStore } from '../../store.ts';

const second = 1000;
const failing = (name: string, reason: string, namespace = 'etl'): ReferenceBuilder =>
  reference(name)
    .metadata({ namespace, uid: `uid-${namespace}-${name}` })
    .synced()
    .failing(reason);
const byCluster = (builder: ReferenceBuilder): ReferenceBuilder =>
  builder.spec({ sourceRef: { kind: 'ClusterSecretSource', name: 'vault-prod' } });
const crowd = (count: number, reason: string) => Array.from({ length: count }, (_, i) => failing(`db-${i}`, reason));

let caches: FakeCaches;
let clock: FakeClock;
let store: FakeStore;
/** Who was woken, at which priority, after how many milliseconds. */
let woken: [string, number][];

beforeEach(() => {
  caches = new FakeCaches();
  clock = new FakeClock();
  store = new FakeStore();
  woken = [];
  caches.sources.put(source());
  caches.clusterSources.put(clusterSource());
  wakeThoseWhoWait(caches, store, clock, (key, priority, at) =>
    woken.push([`${key} ${priority}`, at - clock.steady()]),
  );
});

const have = (...references: readonly ReferenceBuilder[]): void => {
  for (const each of references) caches.references.put(each.raw);
};
/** A reference that failed is in step now. */
const heals = (name: string, namespace = 'etl'): void => {
  const builder = reference(name).metadata({ namespace, uid: `uid-${namespace}-${name}`, resourceVersion: '11' });
  caches.references.put(builder.synced().raw);
};
const names = () => woken.map(([name]) => name).toSorted();

describe('a store that is back', () => {
  const back = { sourceUid: 'uid-source-vault' };

  test('wakes those that waited for it, those with a rotation as such, and nobody else', () => {
    have(
      failing('away', 'ProviderUnavailable'),
      failing('throttled', 'Throttled'),
      failing('pending', 'ProviderUnavailable').token('t1'),
      failing('denied', 'AccessDenied'),
      reference('fine').synced(),
    );
    store.recover(back);
    expect(woken).toEqual([
      ['etl/away low', 0],
      ['etl/throttled low', 0],
      ['etl/pending high', 0],
    ]);
    store.recover({ ...back, sourceUid: 'uid-of-another' });
    expect(woken).toHaveLength(3);
  });

  test('for one identity wakes that one alone', () => {
    have(
      byCluster(failing('db', 'ProviderUnavailable')),
      byCluster(failing('db', 'ProviderUnavailable', 'web')),
      failing('other', 'ProviderUnavailable', 'web'),
    );
    store.recover({ sourceUid: 'uid-cluster-source-vault-prod', namespace: 'web' });
    expect(names()).toEqual(['web/db low']);
    store.recover({ sourceUid: 'uid-cluster-source-vault-prod' });
    expect(names()).toEqual(['etl/db low', 'web/db low', 'web/db low']);
  });

  test('again and again wakes them every 30 s only: the rest is left to their retries', () => {
    have(...crowd(10, 'ProviderUnavailable'));
    const times: number[] = [];
    for (let elapsed = 0; elapsed < 100; elapsed += 1) {
      const before = woken.length;
      store.recover(back);
      for (const [, after] of woken.slice(before, before + 1)) times.push(elapsed * second + after);
      clock.pass(second);
    }
    expect(times).toEqual([0, 30, 60, 90, 120].map(each => each * second));
  });
});

describe('the first success of an identity', () => {
  test.each(['AccessDenied', 'AuthFailed', 'TargetWriteRefused'])(
    'after %s wakes those of its source and namespace that wait for the same',
    reason => {
      have(
        failing('healed', reason),
        failing('same', reason),
        failing('absent', 'KeyNotFound'),
        failing('away', 'ProviderUnavailable'),
        failing('same', reason, 'web'),
        byCluster(failing('elsewhere', reason)),
      );
      heals('healed');
      expect(names()).toEqual(['etl/same low']);
    },
  );

  test.each(['ProviderUnavailable', 'KeyNotFound', 'ValueNotUsable'])('after %s shows nothing about rights', reason => {
    have(failing('healed', reason), failing('denied', 'AccessDenied'), failing('same', reason));
    heals('healed');
    expect(woken).toEqual([]);
  });

  test('wakes once: of the successes that follow one more wakes those that are left, half a minute later', () => {
    have(...crowd(200, 'AccessDenied'));
    heals('db-0');
    expect(woken).toHaveLength(199);
    for (let i = 1; i < 100; i += 1) heals(`db-${i}`);
    expect(woken.slice(199)).toHaveLength(198);
    expect(Math.min(...woken.slice(199).map(([, after]) => after))).toBe(30 * second);
  });
});
