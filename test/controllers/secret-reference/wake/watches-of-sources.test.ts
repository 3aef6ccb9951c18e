import { describe, expect, jest, test } from '@jest/globals';
import { type ReferenceBuilder, reference } from '../../builders.ts';
import type { Fields } from '../../fields.ts';
import { clusterSource, namespace, source } from '../../objects.ts';
import { wakes } from '../../wakes.ts';
import { World } from '../../world.ts';

const byCluster = (name: string): ReferenceBuilder =>
  reference(name).spec({ sourceRef: { kind: 'ClusterSecretSource', name: 'vault-prod' } });
const byDefault = reference('heir').spec({ sourceRef: undefined });

describe('a source', () => {
  test.each<[string, (world: World) => void]>([
    ['appears', world => world.api.put('secretsources', source('late'))],
    ['changes', world => world.api.put('secretsources', source('vault', {}, { generation: 2 }))],
    ['goes', world => world.api.remove('secretsources', 'vault')],
  ])('that %s wakes its references and no others', (happening, happens) => {
    const name = happening === 'appears' ? 'late' : 'vault';
    const other = happening === 'appears' ? 'vault' : 'late';
    const user = reference('user').spec({ sourceRef: { name } });
    const world = new World(user, reference('other').spec({ sourceRef: { name: other } }));
    expect(wakes(world, happens)).toEqual(['etl/user normal']);
  });

  test('wakes those that name it for one entry only', () => {
    const data = [{ secretKey: 'a', remoteRef: { key: 'x' }, sourceRef: { name: 'side' } }];
    const world = new World(reference().spec({ data }));
    expect(wakes(world, ({ api }) => api.put('secretsources', source('side')))).toEqual(['etl/db normal']);
  });

  test('of the cluster wakes its references of all namespaces', () => {
    const world = new World(byCluster('a'), byCluster('b'), reference('c'));
    expect(wakes(world, ({ api }) => api.put('clustersecretsources', clusterSource()))).toEqual([
      'etl/a normal',
      'etl/b normal',
    ]);
  });

  test('that got another status wakes nobody', () => {
    const world = new World(reference());
    const status = { conditions: [], observedGeneration: 1 };
    expect(wakes(world, ({ api }) => api.put('secretsources', { ...source(), status }))).toEqual([]);
  });
});

describe('a default source', () => {
  const heir = new World(byDefault, reference('named'));

  test('that appears wakes those that have none yet', () => {
    expect(wakes(heir, ({ api }) => api.put('secretsources', source('first', { default: true })))).toEqual([
      'etl/heir normal',
    ]);
  });

  test('that is one of two no longer wakes those that could not choose', () => {
    const world = new World();
    for (const name of ['one', 'two']) world.api.put('secretsources', source(name, { default: true }));
    world.add(byDefault);
    expect(wakes(world, ({ api }) => api.put('secretsources', source('two', {}, { generation: 2 })))).toEqual([
      'etl/heir normal',
    ]);
  });

  test('wakes whoever took that of the cluster because this one was seen too late', () => {
    const took = byDefault.synced().status({ source: { kind: 'ClusterSecretSource', name: 'vault-prod' } });
    const world = new World(took, reference('named').synced());
    const own = (metadata: Fields) => source('first', { default: true }, metadata);
    expect(wakes(world, ({ api }) => api.put('secretsources', own({ generation: 2 })))).toEqual([]);
    expect(wakes(world, ({ api }) => api.put('secretsources', own({ uid: 'uid-again' })))).toEqual(['etl/heir normal']);
  });

  test('wakes nobody who has a source already', () => {
    const world = new World(byDefault.synced());
    expect(wakes(world, ({ api }) => api.put('secretsources', source('first', { default: true })))).toEqual([]);
  });
});

describe('a namespace', () => {
  test('whose labels change wakes its references; an annotation wakes nobody', () => {
    const world = new World(reference());
    expect(wakes(world, ({ api }) => api.put('namespaces', namespace('etl', { team: 'x' })))).toEqual([
      'etl/db normal',
    ]);
    expect(wakes(world, ({ api }) => api.put('namespaces', namespace('other', { team: 'x' })))).toEqual([]);
    const annotated = namespace('etl', { team: 'x' }, { annotations: { a: 'b' } });
    expect(wakes(world, ({ api }) => api.put('namespaces', annotated))).toEqual([]);
  });
});

describe('a ServiceAccount', () => {
  const account = (name: string, uid = `uid-${name}`, of = 'etl'): Fields => ({
    metadata: { name, namespace: of, uid, resourceVersion: '70' },
  });
  const puts = (raw: Fields) => (world: World) => world.api.put('serviceaccounts', raw);

  test('that appears wakes the references that log in with it, in its namespace only', () => {
    const world = new World(reference());
    expect(wakes(world, puts(account('other')))).toEqual([]);
    expect(wakes(world, puts(account('app', 'uid-app', 'elsewhere')))).toEqual([]);
    expect(wakes(world, puts(account('app')))).toEqual(['etl/db normal']);
  });

  test("that agrees to be used in this cluster wakes its references: the label is its owner's consent", () => {
    const world = new World();
    const auth = { serviceAccountRef: { name: 'app' } };
    world.api.put('secretsources', source('vault', { provider: { kubernetes: { auth } } }, { generation: 2 }));
    world.add(reference());
    world.api.put('serviceaccounts', account('app'));
    const labels = { 'shearline.dev/kubernetes-source': 'true' };
    expect(wakes(world, ({ api }) => api.change('serviceaccounts', 'app', { metadata: { labels } }))).toEqual([
      'etl/db normal',
    ]);
  });

  test('wakes when it is made again, not when it is only changed', () => {
    const world = new World(reference());
    world.api.put('serviceaccounts', account('app'));
    expect(
      wakes(world, ({ api }) => api.change('serviceaccounts', 'app', { metadata: { labels: { a: 'b' } } })),
    ).toEqual([]);
    expect(wakes(world, ({ api }) => api.remove('serviceaccounts', 'app'))).toEqual(['etl/db normal']);
  });
});

describe('a ServiceAccount that a shared source names', () => {
  const account = (namespace: string, name: string): Fields => ({
    metadata: { name, namespace, uid: `uid-${namespace}-${name}`, resourceVersion: '70' },
  });
  const foreign = byCluster('far').metadata({ namespace: 'far', uid: 'uid-far' });
  const appears = (namespace: string, name: string) => (world: World) =>
    world.api.put('serviceaccounts', account(namespace, name));

  test('wakes the references of its own namespace', () => {
    const world = new World(byCluster('near'), foreign);
    world.api.put('clustersecretsources', clusterSource());
    expect(wakes(world, appears('etl', 'app'))).toEqual(['etl/near normal']);
    expect(wakes(world, appears('far', 'app'))).toEqual(['far/far normal']);
  });

  test("wakes the references of all namespaces when it is the operator's own", () => {
    const world = new World(byCluster('near'), foreign);
    const id = '11111111-2222-3333-4444-555555555555';
    const operator = { clientId: id, tenantId: id, serviceAccountRef: { name: 'reader' } };
    const provider = { azureKv: { vaultUrl: 'https://etl.vault.azure.net', auth: { operator } } };
    world.api.put('clustersecretsources', clusterSource('vault-prod', { provider, allowedKeys: ['**'] }));
    expect(wakes(world, appears('shearline-system', 'reader'))).toEqual(['etl/near normal', 'far/far normal']);
    expect(wakes(world, appears('etl', 'reader'))).toEqual([]);
  });

  test('that comes costs no look at sources that do not name it', () => {
    const world = new World(reference());
    const looked = jest.spyOn(world.caches.sources, 'values');
    wakes(world, appears('etl', 'app'));
    expect(looked).not.toHaveBeenCalled();
  });
});

describe('a credential', () => {
  const spec = {
    provider: { vault: { address: 'https://v', auth: { token: { secretRef: { name: 'cred', key: 'token' } } } } },
  };
  const credential = (name: string, of = 'etl'): Fields => ({
    metadata: {
      name,
      namespace: of,
      uid: `uid-${of}-${name}`,
      resourceVersion: '80',
      labels: { 'shearline.dev/credential': 'true' },
    },
  });

  test('that appears or changes wakes the references of the sources that use it', () => {
    const world = new World();
    world.api.put('secretsources', source('vault', spec, { generation: 2 }));
    world.add(reference());
    expect(wakes(world, ({ api }) => api.put('secrets', credential('other')))).toEqual([]);
    expect(wakes(world, ({ api }) => api.put('secrets', credential('cred', 'elsewhere')))).toEqual([]);
    expect(wakes(world, ({ api }) => api.put('secrets', credential('cred')))).toEqual(['etl/db normal']);
  });

  test('of a cluster source is looked for in the namespace of the operator', () => {
    const world = new World();
    world.api.put('clustersecretsources', clusterSource('vault-prod', { ...spec, allowedKeys: ['**'] }));
    world.add(byCluster('db'));
    expect(wakes(world, ({ api }) => api.put('secrets', credential('cred', 'etl')))).toEqual([]);
    expect(wakes(world, ({ api }) => api.put('secrets', credential('cred', 'shearline-system')))).toEqual([
      'etl/db normal',
    ]);
  });
});
