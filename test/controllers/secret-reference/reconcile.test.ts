import { describe, expect, test } from '@jest/globals';
import { sourcesReadBy } from '../../../src/controllers/secret-reference/observe.ts';
import { accessDenied, throttled, unavailable } from '../../../src/core/fault.ts';
import { canary } from '../../canary.ts';
import { hour, password, reference, start, wants } from '../builders.ts';
import { clusterSource, namespace, source } from '../objects.ts';
import { World } from '../world.ts';

const newer = `${canary}-newer`;
const inStep = { Ready: 'True Synced', Synced: 'True Synced' };

describe('a first sync', () => {
  test('is one read, one create and one status patch, and no GET', async () => {
    const world = new World(reference());
    await world.reconcile();
    expect(world.store.reads).toEqual(['etl/db']);
    expect(world.api.gets).toEqual([]);
    expect(world.api.writes).toEqual(['create secrets/db', 'patch secretreferences/db/status']);
    expect(world.secret()).toEqual({ password });
    expect(world.conditions()).toEqual(inStep);
    expect(world.eventReasons()).toEqual(['Normal Synced']);
    expect(world.outcomes).toMatchObject([
      { reference: 'etl/db', because: 'NeverSynced', result: 'created', status: 'written' },
    ]);
  });

  test('says what is served, from where, and in which revision', async () => {
    const world = await World.synced(reference());
    const { resourceVersion } = world.secretMetadata();
    expect(world.status()).toMatchObject({
      observedGeneration: 1,
      source: { kind: 'SecretSource', name: 'vault' },
      target: { name: 'db', generation: 1, revision: 1, keys: 1, resourceVersion },
      remote: [{ source: 'vault', key: 'etl/db', version: '1' }],
      lastSyncTime: '2026-01-01T00:00:00Z',
    });
    expect(world.secretMetadata()).toMatchObject({
      labels: { 'shearline.dev/managed': 'true' },
      annotations: { 'shearline.dev/owner': 'SecretReference/db/uid-db', 'shearline.dev/revision': '1' },
      ownerReferences: [{ kind: 'SecretReference', uid: 'uid-db', controller: true, blockOwnerDeletion: false }],
    });
  });

  test('wakes nobody, neither by the Secret nor by the status', async () => {
    const world = new World(reference());
    await world.reconcile();
    expect(world.woken).toEqual([]);
  });

  test('of many keys of one remote secret is one read', async () => {
    const world = new World(reference().spec(wants('a', 'b', 'c')));
    world.store.put('etl/db', { a: `${canary}-1`, b: `${canary}-2`, c: `${canary}-3` });
    await world.reconcile();
    expect(world.store.reads).toEqual(['etl/db']);
    expect(world.secret()).toEqual({ a: `${canary}-1`, b: `${canary}-2`, c: `${canary}-3` });
    expect(world.status()?.target?.keys).toBe(3);
  });
});

describe('applied together with its source', () => {
  const creationTimestamp = new Date(start.wall).toISOString();
  const young = reference()
    .metadata({ creationTimestamp })
    .spec({ sourceRef: { name: 'next' } });

  test('it says nothing while that may be on its way', async () => {
    const world = new World(young);
    expect(await world.reconcile()).toEqual({ kind: 'at', time: start.steady + 500, priority: 'normal' });
    expect(world.api.writes).toEqual([]);
    world.api.put('secretsources', source('next'));
    await world.run();
    expect(world.conditions()).toEqual(inStep);
    expect(world.eventReasons()).toEqual(['Normal Synced']);
  });

  test('it leaves the default of the cluster for that one, which was seen too late', async () => {
    const world = new World();
    world.api.put('clustersecretsources', clusterSource('shared', { default: true }));
    world.add(young.spec({ sourceRef: undefined }));
    await world.reconcile();
    expect(world.status()?.source?.name).toBe('shared');
    world.api.put('secretsources', source('own', { default: true }, { creationTimestamp }));
    await world.run();
    expect(world.status()?.source?.name).toBe('own');
    expect(world.outcomes.at(-1)).toMatchObject({ because: 'SourceChanged', result: 'kept' });
    expect(await world.run()).toBe(0);
  });

  test('it says what does not come', async () => {
    const world = new World(young);
    world.clock.pass(2000);
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Ready: 'False SourceNotFound', Stalled: 'True SourceNotFound' });
    expect(world.eventReasons()).toEqual(['Warning SourceNotFound']);
  });
});

describe('applied together with its namespace', () => {
  const creationTimestamp = new Date(start.wall).toISOString();
  const young = reference()
    .metadata({ creationTimestamp })
    .spec({ sourceRef: { kind: 'ClusterSecretSource', name: 'shared' } });
  const selector = { matchExpressions: [{ key: 'quarantined', operator: 'DoesNotExist' }] };
  const withoutNamespace = (): World => {
    const world = new World(young);
    world.api.put('clustersecretsources', clusterSource('shared', { namespaces: { selector } }));
    world.api.remove('namespaces', 'etl', '');
    return world;
  };

  test('it is served once that is known', async () => {
    const world = withoutNamespace();
    expect(await world.reconcile()).toEqual({ kind: 'at', time: start.steady + 500, priority: 'normal' });
    expect([...world.store.reads, ...world.api.writes, ...world.events]).toEqual([]);
    world.api.put('namespaces', namespace('etl', {}));
    await world.run();
    expect(world.conditions()).toEqual(inStep);
    expect(world.eventReasons()).toEqual(['Normal Synced']);
  });

  test('nothing is read before, not even when it takes long, and its labels count', async () => {
    const world = withoutNamespace();
    world.clock.pass(2000);
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Ready: 'False KubernetesUnavailable' });
    expect(world.status()?.source).toBeUndefined();
    world.api.put('namespaces', namespace('etl', { quarantined: 'true' }));
    await world.run();
    expect(world.conditions()).toMatchObject({
      Ready: 'False NamespaceNotAllowed',
      Stalled: 'True NamespaceNotAllowed',
    });
    expect(world.store.reads).toEqual([]);
  });
});

describe('when nothing changed', () => {
  test('a reconcile that is not due reads and writes nothing', async () => {
    const world = await World.synced(reference());
    expect(await world.reconcile()).toMatchObject({ kind: 'at', priority: 'low' });
    expect([...world.store.reads, ...world.api.gets, ...world.api.writes]).toEqual([]);
  });

  test('a refresh is one read, no GET and no write', async () => {
    const world = await World.synced(reference());
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.store.reads).toEqual(['etl/db']);
    expect([...world.api.gets, ...world.api.writes, ...world.events]).toEqual([]);
    expect(world.outcomes).toMatchObject([{ because: 'RefreshDue', result: 'kept', status: 'unchanged' }]);
  });

  test('the first refresh after a restart needs no GET either', async () => {
    const world = await World.synced(reference());
    world.restart();
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.store.reads).toEqual(['etl/db']);
    expect([...world.api.gets, ...world.api.writes]).toEqual([]);
  });

  test('a store without versions costs one GET after a restart, and none after that', async () => {
    const world = new World(reference());
    world.store.versioned = false;
    await world.reconcile();
    world.restart();
    for (const gets of [['get secrets/db'], []]) {
      world.forget();
      world.clock.pass(hour);
      await world.reconcile();
      expect(world.api.gets).toEqual(gets);
      expect(world.api.writes).toEqual([]);
    }
  });
});

describe('when the remote value moved on', () => {
  test('a refresh updates the Secret without a GET, and counts one revision', async () => {
    const world = await World.synced(reference());
    world.store.put('etl/db', { password: newer });
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.api.gets).toEqual([]);
    expect(world.api.writes).toEqual(['update secrets/db', 'patch secretreferences/db/status']);
    expect(world.secret()).toEqual({ password: newer });
    expect(world.status()).toMatchObject({ target: { revision: 2 }, remote: [{ version: '2' }] });
  });

  test('a version without another value is reported, and the Secret is not written', async () => {
    const world = await World.synced(reference());
    world.store.put('etl/db', { password });
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.status()).toMatchObject({ target: { revision: 1 }, remote: [{ version: '2' }] });
    expect(world.events).toEqual([]);
  });
});

describe('when the store fails', () => {
  test.each([
    ['unavailable', unavailable('vault does not answer'), 'ProviderUnavailable'],
    ['throttled', throttled('vault asks for fewer calls', 5000), 'Throttled'],
    ['denied', accessDenied('vault refused access to etl/db'), 'AccessDenied'],
  ])('%s keeps the last good Secret and Ready, and says since when it is not in step', async (_, fault, reason) => {
    const world = await World.synced(reference());
    world.store.fail('etl/db', fault);
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.secret()).toEqual({ password });
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: `False ${reason}` });
    const since = world.status()?.conditions.map(({ lastTransitionTime }) => lastTransitionTime);
    expect(since).toEqual(['2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z']);
    expect(world.eventReasons()).toEqual([`Warning ${reason}`]);
  });

  test('the second failure of the same kind writes nothing and says nothing', async () => {
    const world = await World.synced(reference());
    world.store.fail('etl/db', unavailable('vault does not answer'));
    world.clock.pass(hour);
    await world.reconcile();
    world.forget();
    await world.reconcile('db', { attempt: 1 });
    expect(world.store.reads).toEqual(['etl/db']);
    expect([...world.api.writes, ...world.events]).toEqual([]);
  });

  test('an edit that could not be synced is not Ready, for the reason of the outage', async () => {
    const world = await World.synced(reference());
    world.store.fail('etl/db', unavailable('vault does not answer'));
    world.api.change('secretreferences', 'db', reference().edited(wants('user')).raw);
    await world.run();
    expect(world.secret()).toEqual({ password });
    expect(world.conditions()).toEqual({
      Ready: 'False ProviderUnavailable',
      Synced: 'False ProviderUnavailable',
      Reconciling: 'True ProviderUnavailable',
    });
  });

  test('one key that cannot be read leaves all keys of the Secret as they were', async () => {
    const data = ['etl/db', 'etl/other'].map(key => ({ secretKey: key.slice(4), remoteRef: { key } }));
    const world = new World(reference().spec({ data }));
    world.store.put('etl/other', `${canary}-other`);
    await world.reconcile();
    world.forget();
    const before = world.secret();
    world.store.put('etl/db', { password: newer });
    world.store.fail('etl/other', accessDenied('vault refused access to etl/other'));
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual(before);
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
  });

  test('what heals by itself is reported once, without an event when the Secret stayed the same', async () => {
    const world = await World.synced(reference());
    world.store.fail('etl/db', unavailable('vault does not answer'));
    world.clock.pass(hour);
    await world.reconcile();
    world.store.heal('etl/db');
    world.forget();
    await world.reconcile();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.conditions()).toEqual(inStep);
    expect(world.events).toEqual([]);
  });
});

test('a rotation that is asked for during a read ends the reconcile without a word, and is answered by the next', async () => {
  const world = await World.synced(reference());
  world.store.put('etl/db', { password: newer });
  world.clock.pass(hour);
  const rotation = new AbortController();
  world.store.during('etl/db', () => rotation.abort());
  expect(await world.reconcile('db', { priority: 'low', readSignal: rotation.signal })).toEqual({ kind: 'on-change' });
  expect([...world.api.writes, ...world.events, ...world.outcomes]).toEqual([]);
  expect(world.secret()).toEqual({ password });
  world.api.change('secretreferences', 'db', reference().annotated({ 'shearline.dev/rotate': 't1' }).raw);
  expect(await world.run()).toBe(1);
  expect(world.secret()).toEqual({ password: newer });
  expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
});

test('a reference counts at each source that it reads from: its default one too, but none while it asks for nothing', () => {
  const spec = {
    sourceRef: undefined,
    data: [
      { secretKey: 'a', remoteRef: { key: 'a' } },
      { secretKey: 'b', remoteRef: { key: 'b' }, sourceRef: { name: 'other' } },
      { secretKey: 'c', remoteRef: { key: 'c' }, sourceRef: { kind: 'ClusterSecretSource', name: 'unknown' } },
      { secretKey: 'd', remoteRef: { key: 'd' }, sourceRef: { name: 'other' } },
    ],
  };
  const world = new World(reference().spec(spec));
  world.api.put('secretsources', source('vault', { default: true }));
  world.api.put('secretsources', source('other'));
  const sources = ['vault', 'other'].map(name => world.caches.sources.get(`etl/${name}`));
  expect(sourcesReadBy('etl/db', world.caches)).toEqual(sources);
  world.api.change('secretreferences', 'db', reference().edited({ ...spec, suspend: true }).raw);
  expect([...sourcesReadBy('etl/db', world.caches), ...sourcesReadBy('etl/nobody', world.caches)]).toEqual([]);
});

test('nothing is done about a reference that is gone', async () => {
  expect(await new World().reconcile('nobody')).toEqual({ kind: 'on-change' });
});
