import { describe, expect, test } from '@jest/globals';
import { dropUnservedNamespaces, watchForSources } from '../../../src/controllers/secret-source/watches.ts';
import { FakeClock } from '../../kube/builders.ts';
import { FakeCaches } from '../caches.ts';
import type { Fields } from '../fields.ts';
import { clusterSource, namespace, source } from '../objects.ts';
import { FakeStore } from '../store.ts';

function watched() {
  const caches = new FakeCaches();
  const store = new FakeStore();
  const woken: string[] = [];
  watchForSources(caches.sources, store, new FakeClock(), (key, priority) => woken.push(`${key} ${priority}`));
  dropUnservedNamespaces(caches.namespaces, caches.clusterSources, store);
  return { ...caches, store, woken };
}
const version = (resourceVersion: string, fields: Fields = {}): Fields => ({ resourceVersion, ...fields });

describe('a source', () => {
  test('is reconciled when it is new', () => {
    const { sources, woken, store } = watched();
    sources.put(source());
    expect(woken).toEqual(['etl/vault normal']);
    expect(store.dropped).toEqual([]);
  });

  test('is reconciled when its spec changes, and its sessions end', () => {
    const { sources, woken, store } = watched();
    sources.put(source());
    sources.put(source('vault', {}, version('9', { generation: 2 })));
    expect(woken).toHaveLength(2);
    expect(store.dropped).toEqual(['uid-source-vault']);
  });

  test('is not reconciled when its status changes, and its sessions live on', () => {
    const { sources, woken, store } = watched();
    sources.put(source());
    sources.put(source('vault', {}, version('9')));
    expect(woken).toHaveLength(1);
    expect(store.dropped).toEqual([]);
  });

  test('that goes takes its sessions along', () => {
    const { sources, woken, store } = watched();
    sources.put(source());
    sources.remove('etl/vault');
    expect(woken).toHaveLength(1);
    expect(store.dropped).toEqual(['uid-source-vault']);
  });

  test('made again under its name is reconciled, and nothing of the old one is used', () => {
    const { sources, woken, store } = watched();
    sources.put(source());
    sources.put(source('vault', {}, version('9', { uid: 'uid-new' })));
    expect(woken).toHaveLength(2);
    expect(store.dropped).toEqual(['uid-source-vault']);
  });
});

describe('sessions of a namespace', () => {
  const teams = { namespaces: { selector: { matchLabels: { team: 'etl' } } } };

  test.each<[string, Fields, readonly string[]]>([
    ['end when the namespace is served no longer', { team: 'web' }, ['uid-cluster-source-teams etl']],
    ['end when it loses its labels', {}, ['uid-cluster-source-teams etl']],
    ['live on while it is served', { team: 'etl', more: 'labels' }, []],
  ])('%s', (_, labels, dropped) => {
    const { namespaces, clusterSources, store } = watched();
    clusterSources.put(clusterSource('teams', teams));
    clusterSources.put(clusterSource('everybody'));
    namespaces.put(namespace('etl', { team: 'etl' }));
    namespaces.put(namespace('etl', labels, version('9')));
    expect(store.dropped).toEqual(dropped);
  });

  test('end when the namespace goes, at each source that served it', () => {
    const { namespaces, clusterSources, store } = watched();
    clusterSources.put(clusterSource('teams', teams));
    clusterSources.put(clusterSource('others', { namespaces: { names: ['web'] } }));
    namespaces.put(namespace('etl', { team: 'etl' }));
    namespaces.remove('/etl');
    expect(store.dropped).toEqual(['uid-cluster-source-teams etl']);
  });
});
