import { afterEach, describe, expect, test } from '@jest/globals';
import { parseMetadataObject } from '../../src/core/object-meta.ts';
import type { Change, MetadataObject } from '../../src/kube/api.ts';
import { createInformer } from '../../src/kube/informer.ts';
import { FakeClock, raw } from './builders.ts';
import { bookmark, gone, page, put, ScriptedSource, type Watch } from './lister-watcher-double.ts';
import { until } from './until.ts';

const cut = { kind: 'cut', healthy: true } as const;
const expired = { kind: 'expired' } as const;
const failed = { kind: 'failed' } as const;

const running: AbortController[] = [];
afterEach(() => {
  for (const each of running.splice(0)) each.abort();
});

function reflecting(source: ScriptedSource, clock = new FakeClock()) {
  const stop = new AbortController();
  running.push(stop);
  const troubles: string[] = [];
  const changes: string[] = [];
  const informer = createInformer<MetadataObject>({
    source,
    clock,
    timing: { retry: { firstMs: 1, capMs: 4 }, relistMs: 60_000 },
    random: () => 0.5,
    parse: parseMetadataObject,
    report: trouble => void troubles.push(trouble),
  });
  informer.onChange(change => void changes.push(changeText(change)));
  const ended = informer.run(stop.signal);
  return { informer, troubles, changes, stop, ended };
}

const changeText = ({ before, after }: Change<MetadataObject>): string => {
  const what = before === undefined ? 'new' : after === undefined ? 'gone' : 'changed';
  const { name, resourceVersion } = (after ?? before)?.metadata ?? { name: '', resourceVersion: '' };
  return `${what} ${name}@${resourceVersion}`;
};

describe('an informer', () => {
  test('is in sync after the first complete list, and not a page sooner', async () => {
    const source = new ScriptedSource([page(10, [raw('a', 1)], 'p2'), page(10, [raw('b', 2)])]);
    const { informer, changes } = reflecting(source);
    expect(informer.synced).toBe(false);
    await informer.whenSynced();
    expect(informer.synced).toBe(true);
    expect(changes).toEqual(['new a@1', 'new b@2']);
    expect(source.asked.slice(0, 2)).toEqual(['list', 'list p2']);
  });

  test('goes on at once from the newest version that it saw when the API server ends the watch', async () => {
    const watches: Watch[] = [
      { events: [put(raw('a', 11))], end: cut },
      { events: [bookmark(15)], end: cut },
      { end: 'hold' },
    ];
    const { source, changes, troubles } = await settled(watches);
    expect(source.asked).toEqual(['list', 'watch 10', 'watch 11', 'watch 15']);
    expect(changes).toEqual(['new a@11']);
    expect(troubles).toEqual([]);
  });

  test.each([
    ['by the watch', [page(10, [raw('a', 1)]), page(20, [raw('b', 15)])], [{ end: expired }]],
    ['on page two', [page(10, [raw('a', 1)], 'p2'), expired, page(20, [raw('b', 15)])], []],
  ] as const)(
    'lists again when its version is too old (told %s), and tells the difference',
    async (_how, lists, watches) => {
      const { informer, changes } = reflecting(new ScriptedSource(lists, watches));
      await until(() => informer.get('etl/b') !== undefined && informer.size === 1);
      expect(changes).toEqual(['new a@1', 'new b@15', 'gone a@1']);
    },
  );

  test('tells an object that was made again under its name while nobody watched as gone and new', async () => {
    const lists = [page(10, [raw('a', 1, 'first')]), page(20, [raw('a', 15, 'second')])];
    const { informer, changes } = reflecting(new ScriptedSource(lists, [{ end: expired }]));
    await until(() => informer.get('etl/a')?.metadata.uid === 'second');
    expect(changes).toEqual(['new a@1', 'gone a@1', 'new a@15']);
  });

  test('refuses a list that is older than what it saw, and asks again', async () => {
    const lists = [page(10, [raw('a', 9)]), page(8, []), page(8, []), page(12, [raw('a', 9)])];
    const source = new ScriptedSource(lists, [{ end: expired }]);
    const { changes, troubles } = reflecting(source);
    await until(() => source.asked.includes('watch 12'));
    expect(changes).toEqual(['new a@9']);
    expect(troubles).toEqual(['watch-expired', 'list-stale', 'list-stale']);
  });

  test('believes an older list in the end: the cluster was restored from a backup', async () => {
    const source = new ScriptedSource(
      [page(1000, [raw('a', 900), raw('b', 901)]), page(8, [raw('a', 5)])],
      [{ end: expired }],
    );
    const { informer, troubles } = reflecting(source);
    await until(() => source.asked.includes('watch 8'));
    expect(informer.get('etl/a')?.metadata.resourceVersion).toBe('5');
    expect(informer.size).toBe(1);
    expect(troubles.filter(trouble => trouble === 'list-stale')).toHaveLength(10);
  });

  test('sees through doubled and reordered events', async () => {
    const doubled = put(raw('a', 12));
    const madeAgain = [put(raw('b', 20, 'second')), gone(raw('b', 19, 'first'))];
    const events = [doubled, doubled, put(raw('a', 11)), put(raw('b', 13, 'first')), ...madeAgain];
    const { changes, source } = await settled([{ events, end: cut }, { end: 'hold' }]);
    expect(changes).toEqual(['new a@12', 'new b@13', 'gone b@13', 'new b@20']);
    expect(source.asked.at(-1)).toBe('watch 20');
  });

  test('outlives lists and watches that fail, and takes a list when the watches go on failing', async () => {
    const watches = Array.from({ length: 12 }, (): Watch => ({ end: failed }));
    const source = new ScriptedSource([failed, failed, page(10, [raw('a', 1)])], watches);
    const { informer, troubles } = reflecting(source);
    await until(() => source.asked.length > 16);
    expect(informer.size).toBe(1);
    expect(troubles).toContain('watch-failed');
    expect(source.asked.filter(what => what === 'list').length).toBeGreaterThan(3);
  });

  test('lists again from time to time, for an event that was lost on the way', async () => {
    const clock = new FakeClock();
    const source = new ScriptedSource([page(10), page(20, [raw('lost', 15)])], [{ end: cut }, { end: 'hold' }]);
    source.watch = (watch => async (from, sink, signal) => {
      clock.pass(70_000);
      return watch(from, sink, signal);
    })(source.watch);
    const { informer } = reflecting(source, clock);
    await until(() => informer.size === 1);
    expect(source.asked.slice(0, 4)).toEqual(['list', 'watch 10', 'list', 'watch 20']);
  });

  test('keeps out what it cannot read, and says so', async () => {
    const unreadable = { metadata: { name: 'a', namespace: 'etl', resourceVersion: '12' } };
    const { informer, troubles, changes } = await settled([
      { events: [put(raw('a', 11)), put(unreadable)], end: 'hold' },
    ]);
    expect(informer.size).toBe(0);
    expect(changes).toEqual(['new a@11', 'gone a@11']);
    expect(troubles).toEqual(['object-unreadable']);
  });

  test('calls the other handlers although one throws', async () => {
    const source = new ScriptedSource([page(10, [raw('a', 1)])]);
    const { informer, changes, troubles } = reflecting(source);
    const late: string[] = [];
    informer.onChange(() => {
      throw new Error('a bug');
    });
    informer.onChange(change => void late.push(change.key));
    await informer.whenSynced();
    expect([changes, late, troubles]).toEqual([['new a@1'], ['etl/a'], ['handler-threw']]);
  });

  test('ends with its signal, and not before', async () => {
    const { stop, ended, informer } = reflecting(new ScriptedSource([page(10)]));
    await informer.whenSynced();
    let running = true;
    void ended.then(() => {
      running = false;
    });
    await new Promise(setImmediate);
    expect(running).toBe(true);
    stop.abort();
    await until(() => !running);
  });
});

describe('a write of our own', () => {
  test('is seen by the next decision, and its event brings no second change', async () => {
    const { informer, changes, source } = await settled([{ end: 'hold' }]);
    informer.wrote(object('a', 11));
    expect(informer.get('etl/a')?.metadata.resourceVersion).toBe('11');
    source.send(put(raw('a', 11)));
    expect(changes).toEqual(['new a@11']);
  });

  test('has an event that need not be parsed, once', async () => {
    const { informer, source, stop } = await settled([{ end: 'hold' }]);
    informer.wrote(object('a', 11));
    expect([source.isOwn(10), source.isOwn(11)]).toEqual([false, true]);
    source.send({ kind: 'own', resourceVersion: '11' });
    expect(source.isOwn(11)).toBe(false);
    source.end(cut);
    await until(() => source.asked.includes('watch 11'));
    stop.abort();
  });

  test('that the cache did not take has an event like any other', async () => {
    const { informer, source } = await settled([{ events: [put(object('a', 12))], end: 'hold' }]);
    informer.wrote({ metadata: { ...object('a', 13).metadata, uid: 'another' } });
    expect(source.isOwn(13)).toBe(false);
  });

  test('brings nothing back to life that the watch has seen going', async () => {
    const { informer, source } = await settled([{ end: 'hold' }]);
    source.send(put(raw('a', 11)));
    source.send(gone(raw('a', 12)));
    informer.wrote(object('a', 11));
    expect(informer.size).toBe(0);
  });

  test('survives a list that is older than it', async () => {
    const source = new ScriptedSource([page(10), page(12)]);
    const { informer } = reflecting(source);
    await until(() => source.asked.includes('watch 10'));
    informer.wrote(object('ours', 15));
    source.end(expired);
    await until(() => source.asked.includes('watch 12'));
    expect(informer.get('etl/ours')).toBeDefined();
  });
});

const object = (name: string, version: number): MetadataObject => {
  const parsed = parseMetadataObject(raw(name, version));
  if (parsed === undefined) throw new Error('no readable object');
  return parsed;
};

/** An informer that has an empty list of version 10 and is at the last of these watches. */
async function settled(watches: readonly Watch[]) {
  const source = new ScriptedSource([page(10)], watches);
  const all = reflecting(source);
  await until(() => source.asked.length > watches.length);
  return { source, ...all };
}
