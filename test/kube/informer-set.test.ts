import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { parseMetadataObject } from '../../src/core/object-meta.ts';
import { createInformer } from '../../src/kube/informer.ts';
import { InformerSet, mergeInformers } from '../../src/kube/informer-set.ts';
import { metadataObject, raw } from './builders.ts';
import { page, put, ScriptedSource } from './lister-watcher-double.ts';
import { until } from './until.ts';

const of = { group: '', version: 'v1', plural: 'secrets' };

/** An informer of one namespace, whose lists come when the test lets them. */
function reflecting(namespace: string, ...names: readonly string[]) {
  const items = names.map(name => raw(name, 5, `uid-${name}`, namespace));
  const source = new ScriptedSource([page(10, items)]);
  const held = Promise.withResolvers<void>();
  const list = source.list;
  source.list = async (...args) => held.promise.then(() => list(...args));
  const informer = createInformer({
    source,
    timing: { retry: { firstMs: 1, capMs: 5 }, relistMs: 900_000 },
    clock: systemClock,
    random: Math.random,
    parse: parseMetadataObject,
    report: () => undefined,
  });
  return { informer, source, lets: held.resolve };
}

describe('namespaces that are watched one by one', () => {
  test('are one view: each object is found in its own, and every change is told', async () => {
    const [a, b] = [reflecting('a', 'x', 'y'), reflecting('b', 'x')];
    const both = mergeInformers(
      new Map([
        ['a', a.informer],
        ['b', b.informer],
      ]),
    );
    const changes: string[] = [];
    both.onChange(({ key }) => changes.push(key));
    const stop = new AbortController();
    const running = both.run(stop.signal);
    a.lets();
    await a.informer.whenSynced();
    expect(both.synced).toBe(false);
    b.lets();
    await both.whenSynced();
    expect(both.synced).toBe(true);
    expect([...both.values()].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      'a/x',
      'a/y',
      'b/x',
    ]);
    expect(both.size).toBe(3);
    expect(both.get('b/x')?.metadata.namespace).toBe('b');
    expect(both.get('b/y')).toBeUndefined();
    expect(both.get('c/x')).toBeUndefined();
    b.source.send(put(raw('z', 11, 'uid-z', 'b')));
    expect(changes).toEqual(['a/x', 'a/y', 'b/x', 'b/z']);
    stop.abort();
    await running;
  });

  test('take a write of our own into the view of its namespace', async () => {
    const etl = reflecting('etl');
    const view = mergeInformers(new Map([['etl', etl.informer]]));
    const stop = new AbortController();
    void view.run(stop.signal);
    etl.lets();
    await view.whenSynced();
    view.wrote(metadataObject('mine', 12));
    expect(view.get('etl/mine')?.metadata.resourceVersion).toBe('12');
    stop.abort();
  });

  test('are empty and in sync when there are none', async () => {
    const none = mergeInformers(new Map());
    await none.whenSynced();
    expect([none.size, none.synced, [...none.values()], none.get('a/x')]).toEqual([0, true, [], undefined]);
  });
});

describe('watches', () => {
  test('of references in a single namespace begin when the others of it are in sync', async () => {
    const [sources, references, elsewhere] = [reflecting('a'), reflecting('a'), reflecting('b')];
    const watches = new InformerSet();
    watches.add({ resource: 'references', of, namespace: 'a' }, references.informer, true);
    watches.add({ resource: 'sources', of, namespace: 'a' }, sources.informer);
    watches.add({ resource: 'sources', of, namespace: 'b' }, elsewhere.informer);
    const stop = new AbortController();
    const running = watches.run(stop.signal);
    references.lets();
    elsewhere.lets();
    await elsewhere.informer.whenSynced();
    expect(references.source.asked).toEqual([]);
    expect(watches.unsynced()).toEqual(['sources in a', 'references in a']);
    sources.lets();
    await watches.whenSynced();
    expect(references.source.asked.length).toBeGreaterThan(0);
    expect(watches.unsynced()).toEqual([]);
    stop.abort();
    await running;
  });

  test('of one namespace that refuses them hold up no other, and come back by themselves', async () => {
    const [gone, there] = [reflecting('gone', 'x'), reflecting('there')];
    const watches = new InformerSet();
    const place = { resource: 'references', of, namespace: 'gone' };
    watches.add(place, gone.informer);
    watches.add({ resource: 'references', of, namespace: 'there' }, there.informer);
    const stop = new AbortController();
    void watches.run(stop.signal);
    there.lets();
    watches.refused(place);
    await watches.whenSynced();
    expect(watches.unsynced()).toEqual([]);
    expect(gone.informer.size).toBe(0);
    gone.lets();
    await until(() => gone.informer.size === 1);
    stop.abort();
  });

  test('of the whole cluster are waited for, however often they are refused', async () => {
    const everywhere = reflecting('');
    const watches = new InformerSet();
    watches.add({ resource: 'references', of }, everywhere.informer, true);
    watches.refused({ resource: 'references', of });
    expect(watches.unsynced()).toEqual(['references']);
    const stop = new AbortController();
    void watches.run(stop.signal);
    everywhere.lets();
    await watches.whenSynced();
    expect(watches.unsynced()).toEqual([]);
    stop.abort();
  });

  test('end with the signal, also those that have not begun', async () => {
    const [sources, references] = [reflecting('a'), reflecting('a')];
    const watches = new InformerSet();
    watches.add({ resource: 'references', of, namespace: 'a' }, references.informer, true);
    watches.add({ resource: 'sources', of, namespace: 'a' }, sources.informer);
    const stop = new AbortController();
    const running = watches.run(stop.signal);
    stop.abort();
    sources.lets();
    references.lets();
    await running;
    expect(references.source.asked).toEqual([]);
  });
});
