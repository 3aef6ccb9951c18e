import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { createConnections } from '../../src/kube/connections.ts';
import { type Scope, watchCluster } from '../../src/operator/informers.ts';
import { reference } from '../controllers/builders.ts';
import { parsedMetadata, target } from '../controllers/objects.ts';

const everything: Scope = {
  namespaces: [],
  clusterSources: true,
  home: 'shearline-system',
  watchSecrets: true,
  rotations: false,
};

/** The caches before anything is watched. */
function cluster(scope: Partial<Scope>) {
  const login = {
    server: 'https://127.0.0.1:1',
    tls: () => ({ insecure: false }),
    headers: async () => ({}),
    renew: async () => undefined,
  };
  const transport = createConnections(login, { userAgent: 'shearline/test', connections: 1, onCall: () => undefined });
  return watchCluster(transport, { ...everything, ...scope }, { clock: systemClock, report: () => undefined });
}

describe('the scope decides what is waited for', () => {
  const own = ['secretreferences', 'secretsources', 'serviceaccounts', 'template-configmaps'];
  const inEach = [...own, 'targets', 'hosts', 'credentials', 'templates'];

  test('the whole cluster', () => {
    const all = [...inEach, 'clustersecretreferences', 'clustersecretsources', 'namespaces'];
    expect(cluster({}).unsynced().toSorted()).toEqual(all.toSorted());
  });

  test('single namespaces, without those themselves and without cluster sources', () => {
    const places = ['etl', 'web'].flatMap(name => inEach.map(resource => `${resource} in ${name}`));
    const single = cluster({ namespaces: ['etl', 'web'], clusterSources: false });
    expect(single.unsynced().toSorted()).toEqual(places.toSorted());
    expect([single.watchesNamespaces, single.servesClusterSources]).toEqual([false, false]);
  });

  test('with cluster sources also what these have in the own namespace', () => {
    const places = inEach.map(resource => `${resource} in etl`);
    const home = ['credentials in shearline-system', 'serviceaccounts in shearline-system'];
    const single = cluster({ namespaces: ['etl'] });
    expect(single.unsynced().toSorted()).toEqual([...places, 'clustersecretsources', ...home].toSorted());
  });

  test('no Secrets where they are looked at one by one', () => {
    const left = ['clustersecretreferences', 'clustersecretsources', 'namespaces', ...own];
    expect(cluster({ watchSecrets: false }).unsynced().toSorted()).toEqual(left);
  });
});

test('a Secret that nobody watches is forgotten when no reference names it any more', () => {
  const { references, targets, sawSecret } = cluster({ watchSecrets: false });
  const named = (name: string, version: string) =>
    reference().target({ name }).metadata({ resourceVersion: version }).parsed;
  references.wrote(named('a', '1'));
  sawSecret?.('etl/a', parsedMetadata(target(reference('a'))));
  references.wrote(named('a', '2'));
  expect(targets.size).toBe(1);
  references.wrote(named('b', '3'));
  expect(targets.size).toBe(0);
});
