import { describe, expect, test } from '@jest/globals';
import { canary } from '../../../canary.ts';
import { password, type ReferenceBuilder, reference, start } from '../../builders.ts';
import type { Fields } from '../../fields.ts';
import { target } from '../../objects.ts';
import { wakes } from '../../wakes.ts';
import { World } from '../../world.ts';

const synced = reference().synced();

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
    expect(wakes(new World(synced, reference('other').synced()), happens)).toEqual(['etl/db normal']);
  });

  test('that goes wakes those who want its name, so that the next one heals', () => {
    const world = new World(synced, reference('second').target({ name: 'db' }));
    expect(wakes(world, ({ caches }) => caches.targets.remove('etl/db'))).toEqual([
      'etl/db normal',
      'etl/second normal',
    ]);
  });

  test('that nobody wants any more wakes nobody', () => {
    const world = new World(synced);
    world.caches.references.remove('etl/db');
    expect(wakes(world, ({ caches }) => caches.targets.remove('etl/db'))).toEqual([]);
  });

  test('under a former name wakes the reference that is moving', () => {
    const world = new World(synced.edited().target({ name: 'new' }));
    expect(wakes(world, ({ caches }) => caches.targets.remove('etl/db'))).toEqual(['etl/db normal']);
  });

  test.each<[string, ReferenceBuilder]>([
    ['status', synced.status({ target: { name: 'db', generation: 1, revision: 1, keys: 1, resourceVersion: '50' } })],
    [
      'memory',
      synced.remembering({ target: { uid: 'uid-secret-db', resourceVersion: '50', fingerprint: 'any', revision: 1 } }),
    ],
  ])('that we wrote ourselves, as %s knows, wakes nobody', (_, builder) => {
    const world = new World(builder);
    expect(wakes(world, ({ caches }) => caches.targets.put(secret()))).toEqual([]);
  });
});

test('a reference that is deleted, or made again under its name, gives back the time of its retry', () => {
  const world = new World(reference('gone'), reference('again'));
  world.caches.references.remove('etl/gone');
  world.caches.references.put(reference('again').metadata({ uid: 'uid-new', resourceVersion: '999999' }).raw);
  expect(world.store.forgotten).toEqual(['etl uid-gone', 'etl uid-again']);
});

test('a host wakes the references that are merged into it', () => {
  const world = new World(reference().merging());
  const host = labelled('db', { 'shearline.dev/merge': 'allowed' });
  expect(wakes(world, ({ caches }) => caches.hosts.put(host))).toEqual(['etl/db normal']);
  expect(wakes(world, ({ caches }) => caches.hosts.remove('etl/db'))).toEqual(['etl/db normal']);
});

describe('a reference', () => {
  test('that is edited wakes itself; its own status wakes nobody', () => {
    const world = new World(synced);
    const put = (builder: ReferenceBuilder) => wakes(world, ({ api }) => api.put('secretreferences', builder.raw));
    expect(put(synced.edited())).toEqual(['etl/db normal']);
    expect(put(synced.edited().failing('AccessDenied'))).toEqual([]);
    expect(put(synced.edited().token('t1'))).toEqual(['etl/db high']);
  });

  test('that is gone is forgotten; made again, it is remembered as nothing', () => {
    const world = new World(synced);
    expect(world.states.of('uid-db')).not.toEqual({});
    wakes(world, ({ api }) => api.put('secretreferences', synced.metadata({ uid: 'uid-reborn' }).raw));
    expect(world.states.of('uid-db')).toEqual({});
    wakes(world, ({ caches }) => caches.references.remove('etl/db'));
    expect(world.states.of('uid-reborn')).toEqual({});
  });
});

test('whoever is woken is asked for as of now, so that no older read will do', async () => {
  const world = await World.synced(reference());
  world.clock.pass(1000);
  world.store.put('etl/db', { password: `${canary}-newer` });
  world.api.change('secretreferences', 'db', { metadata: { annotations: { 'force-sync': 'now' } } });
  await world.run();
  expect(world.store.wants.at(-1)).toMatchObject({ priority: 'high', notBefore: start.steady + 1000 });
});
