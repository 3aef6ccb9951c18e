import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { password, type ReferenceBuilder, reference, start } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { clusterSource, namespace, source, target } from '../objects.ts';
import { World } from '../world.ts';

const synced = reference().synced();
const byCluster = (name: string): ReferenceBuilder =>
  reference(name).spec({ sourceRef: { kind: 'ClusterSecretSource', name: 'vault-prod' } });
const byDefault = reference('heir').spec({ sourceRef: undefined });
const failing = (name: string, reason: string): ReferenceBuilder => reference(name).synced().failing(reason);

/** Who is woken by what happens, in which lane. */
function wakes(world: World, happens: (world: World) => void): readonly string[] {
  world.woken.length = 0;
  happens(world);
  return world.woken.map(({ key, lane }) => `${key} ${lane}`).toSorted();
}

const secret = (metadata: Fields = {}): Fields => ({
  ...target(synced, { resourceVersion: '50', ...metadata }),
  type: 'Opaque',
  data: { password: Buffer.from(password).toString('base64') },
});
const labelled = (name: string, labels: Fields, resourceVersion = '60'): Fields => ({
  metadata: { name, namespace: 'etl', uid: `uid-${name}-secret`, resourceVersion, labels },
});

describe('a target', () => {
  test.each<[string, (world: World) => void]>([
    ['that is changed by somebody', world => world.caches.targets.put(secret())],
    ['that is deleted', world => world.caches.targets.remove('etl/db')],
  ])('%s wakes the reference that wants it, and no other', (_, happens) => {
    expect(wakes(new World(synced, reference('other').synced()), happens)).toEqual(['etl/db edit']);
  });

  test('that goes wakes those who want its name, so that the next one heals', () => {
    const world = new World(synced, reference('second').target({ name: 'db' }));
    expect(wakes(world, ({ caches }) => caches.targets.remove('etl/db'))).toEqual(['etl/db edit', 'etl/second edit']);
  });

  test('that nobody wants any more wakes nobody', () => {
    const world = new World(synced);
    world.caches.references.remove('etl/db');
    expect(wakes(world, ({ caches }) => caches.targets.remove('etl/db'))).toEqual([]);
  });

  test('under a former name wakes the reference that is moving', () => {
    const world = new World(synced.edited().target({ name: 'new' }));
    expect(wakes(world, ({ caches }) => caches.targets.remove('etl/db'))).toEqual(['etl/db edit']);
  });

  test.each<[string, ReferenceBuilder]>([
    ['status', synced.status({ target: { name: 'db', generation: 1, revision: 1, keys: 1, resourceVersion: '50' } })],
    ['memory', synced.remembering({ target: { uid: 'uid-secret-db', resourceVersion: '50', fingerprint: 'any' } })],
  ])('that we wrote ourselves, as %s knows, wakes nobody', (_, builder) => {
    const world = new World(builder);
    expect(wakes(world, ({ caches }) => caches.targets.put(secret()))).toEqual([]);
  });
});

test('a host wakes the references that are merged into it', () => {
  const world = new World(reference().merging());
  const host = labelled('db', { 'shearline.dev/merge': 'allowed' });
  expect(wakes(world, ({ caches }) => caches.hosts.put(host))).toEqual(['etl/db edit']);
  expect(wakes(world, ({ caches }) => caches.hosts.remove('etl/db'))).toEqual(['etl/db edit']);
});

describe('a reference', () => {
  test('that is edited wakes itself; its own status wakes nobody', () => {
    const world = new World(synced);
    const put = (builder: ReferenceBuilder) => wakes(world, ({ api }) => api.put('secretreferences', builder.raw));
    expect(put(synced.edited())).toEqual(['etl/db edit']);
    expect(put(synced.edited().failing('AccessDenied'))).toEqual([]);
    expect(put(synced.edited().token('t1'))).toEqual(['etl/db rotation']);
  });

  test('that is gone is forgotten; made anew, it is remembered as nothing', () => {
    const world = new World(synced);
    expect(world.memory.of('uid-db')).not.toEqual({});
    wakes(world, ({ api }) => api.put('secretreferences', synced.metadata({ uid: 'uid-reborn' }).raw));
    expect(world.memory.of('uid-db')).toEqual({});
    wakes(world, ({ caches }) => caches.references.remove('etl/db'));
    expect(world.memory.of('uid-reborn')).toEqual({});
  });
});

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
    expect(wakes(world, happens)).toEqual(['etl/user edit']);
  });

  test('wakes those that name it for one entry only', () => {
    const data = [{ secretKey: 'a', remoteRef: { key: 'x' }, sourceRef: { name: 'side' } }];
    const world = new World(reference().spec({ data }));
    expect(wakes(world, ({ api }) => api.put('secretsources', source('side')))).toEqual(['etl/db edit']);
  });

  test('of the cluster wakes its references of all namespaces', () => {
    const world = new World(byCluster('a'), byCluster('b'), reference('c'));
    expect(wakes(world, ({ api }) => api.put('clustersecretsources', clusterSource()))).toEqual([
      'etl/a edit',
      'etl/b edit',
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
      'etl/heir edit',
    ]);
  });

  test('that is one of two no longer wakes those that could not choose', () => {
    const world = new World();
    for (const name of ['one', 'two']) world.api.put('secretsources', source(name, { default: true }));
    world.add(byDefault);
    expect(wakes(world, ({ api }) => api.put('secretsources', source('two', {}, { generation: 2 })))).toEqual([
      'etl/heir edit',
    ]);
  });

  test('wakes nobody who has a source already', () => {
    const world = new World(byDefault.synced());
    expect(wakes(world, ({ api }) => api.put('secretsources', source('first', { default: true })))).toEqual([]);
  });
});

describe('a namespace', () => {
  test('whose labels change wakes its references; an annotation wakes nobody', () => {
    const world = new World(reference());
    expect(wakes(world, ({ api }) => api.put('namespaces', namespace('etl', { team: 'x' })))).toEqual(['etl/db edit']);
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
    expect(wakes(world, puts(account('app')))).toEqual(['etl/db edit']);
  });

  test('wakes when it is made anew, not when it is only changed', () => {
    const world = new World(reference());
    world.api.put('serviceaccounts', account('app'));
    expect(
      wakes(world, ({ api }) => api.change('serviceaccounts', 'app', { metadata: { labels: { a: 'b' } } })),
    ).toEqual([]);
    expect(wakes(world, ({ api }) => api.remove('serviceaccounts', 'app'))).toEqual(['etl/db edit']);
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
    expect(wakes(world, ({ api }) => api.put('secrets', credential('cred')))).toEqual(['etl/db edit']);
  });

  test('of a cluster source is looked for in the namespace of the operator', () => {
    const world = new World();
    world.api.put('clustersecretsources', clusterSource('vault-prod', { ...spec, allowedKeys: ['**'] }));
    world.add(byCluster('db'));
    expect(wakes(world, ({ api }) => api.put('secrets', credential('cred', 'etl')))).toEqual([]);
    expect(wakes(world, ({ api }) => api.put('secrets', credential('cred', 'shearline-system')))).toEqual([
      'etl/db edit',
    ]);
  });
});

describe('a store that is back', () => {
  test('wakes those that waited for it, rotations first, and nobody else', () => {
    const world = new World(
      failing('away', 'ProviderUnavailable'),
      failing('throttled', 'Throttled'),
      failing('pending', 'ProviderUnavailable').token('t1'),
      failing('denied', 'AccessDenied'),
      reference('fine').synced(),
    );
    expect(wakes(world, ({ store }) => store.recover('uid-source-vault'))).toEqual([
      'etl/away refresh',
      'etl/pending rotation',
      'etl/throttled refresh',
    ]);
    expect(wakes(world, ({ store }) => store.recover('uid-of-another'))).toEqual([]);
  });
});

test('whoever is woken is asked for as of now, so that no older read will do', async () => {
  const world = await World.synced(reference());
  world.clock.pass(1000);
  world.store.put('etl/db', { password: `${canary}-newer` });
  world.api.change('secretreferences', 'db', { metadata: { annotations: { 'force-sync': 'now' } } });
  await world.run();
  expect(world.store.wants.at(-1)).toMatchObject({ lane: 'rotation', notBefore: start.steady + 1000 });
});
