import { describe, expect, test } from '@jest/globals';
import { accessDenied } from '../../../src/core/fault.ts';
import { canary } from '../../canary.ts';
import { hour, type ReferenceBuilder, reference } from '../builders.ts';
import { source } from '../objects.ts';
import { World } from '../world.ts';

/** The columns of the table in docs/target.md. */
const policies = {
  Periodic: reference().spec({ refreshPolicy: 'Periodic' }),
  'Periodic 0s': reference().spec({ refreshInterval: '0s' }),
  OnChange: reference().spec({ refreshPolicy: 'OnChange' }),
  Once: reference().spec({ refreshPolicy: 'Once' }),
} as const satisfies Record<string, ReferenceBuilder>;
type Policy = keyof typeof policies;
const all: readonly Policy[] = ['Periodic', 'Periodic 0s', 'OnChange', 'Once'];

type Happening = (world: World, builder: ReferenceBuilder) => void | Promise<void>;
const annotate = (world: World, annotations: object): void =>
  void world.api.change('secretreferences', 'db', { metadata: { annotations } }, 'etl');
const edit: Happening = (world, builder) =>
  void world.api.put('secretreferences', {
    ...builder.edited({ owner: 'team-etl' }).raw,
    status: world.api.find('secretreferences', 'db')?.status,
  });
const later = (world: World): void => {
  world.clock.steadyMs += 2 * hour;
  world.clock.wallMs += 2 * hour;
};

/** `newest` and `served` are the versions that are read; `nothing`: the store is not asked. */
type Read = 'newest' | 'served' | 'nothing';
const read: Readonly<Record<string, Read>> = { 'etl/db': 'newest', 'etl/db@1': 'served' };

describe('what makes which policy read', () => {
  test.each<[what: string, happens: Happening, reads: readonly Read[]]>([
    ['the interval has passed', later, ['newest', 'nothing', 'nothing', 'nothing']],
    [
      'the process was started again after that time',
      world => {
        later(world);
        world.restart();
      },
      ['newest', 'nothing', 'nothing', 'nothing'],
    ],
    ['the reference was edited', edit, ['newest', 'newest', 'newest', 'served']],
    [
      'its source was edited',
      world => world.api.put('secretsources', source('vault', {}, { generation: 2, resourceVersion: '44' })),
      ['newest', 'newest', 'newest', 'nothing'],
    ],
    [
      'its template was made of other objects than those that are there',
      world => world.api.change('secretreferences', 'db', { status: { target: { templateInputs: 'others' } } }),
      ['newest', 'newest', 'newest', 'served'],
    ],
    ['a rotation is asked for', world => annotate(world, { 'shearline.dev/rotate': 't1' }), Array(4).fill('newest')],
    ['force-sync is asked for', world => annotate(world, { 'force-sync': 't1' }), Array(4).fill('newest')],
    [
      'somebody changed the Secret',
      world => world.api.change('secrets', 'db', { data: { password: 'eA==' } }),
      Array(4).fill('served'),
    ],
    ['somebody deleted the Secret', world => world.api.remove('secrets', 'db'), Array(4).fill('served')],
  ])('%s', async (_, happens, reads) => {
    const seen = all.map(async policy => {
      const world = await World.synced(policies[policy]);
      world.store.put('etl/db', { password: `${canary}-newer` });
      await happens(world, policies[policy]);
      await world.reconcile();
      const [first, ...others] = world.store.reads;
      expect(others).toEqual([]);
      expect(world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'True Synced' });
      return first === undefined ? 'nothing' : read[first];
    });
    expect(await Promise.all(seen)).toEqual(reads);
  });

  test.each(all)('a first sync that fails is tried again, whatever the policy: %s', async policy => {
    const world = new World(policies[policy]);
    world.store.fail('etl/db', accessDenied('vault refused access to etl/db'));
    expect(await world.reconcile()).toMatchObject({ kind: 'retry-at' });
    world.store.heal('etl/db');
    later(world);
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'True Synced' });
  });

  test.each<[Policy, Read]>([
    ['Periodic', 'newest'],
    ['Periodic 0s', 'newest'],
    ['OnChange', 'newest'],
    ['Once', 'served'],
  ])('an edit that fails is tried again: %s reads the %s versions then too', async (policy, expected) => {
    const world = await World.synced(policies[policy]);
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.store.fail('etl/db', accessDenied('vault refused access to etl/db'));
    await edit(world, policies[policy]);
    await world.reconcile();
    world.store.heal('etl/db');
    world.forget();
    later(world);
    await world.reconcile();
    expect(world.store.reads.map(each => read[each])).toEqual([expected]);
    expect(world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'True Synced' });
  });
});

describe('refreshPolicy Once', () => {
  test('reads a key that an edit adds in its newest version, and those that are served as they are', async () => {
    const world = await World.synced(policies.Once);
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.store.put('etl/other', 'x');
    const data = [
      { secretKey: 'password', remoteRef: { key: 'etl/db', property: 'password' } },
      { secretKey: 'other', remoteRef: { key: 'etl/other' } },
    ];
    await edit(world, policies.Once.spec({ data }));
    await world.reconcile();
    expect(world.store.reads.toSorted()).toEqual(['etl/db@1', 'etl/other']);
  });

  test('takes the newest when the store has the served version no more, and the event says so', async () => {
    const world = await World.synced(policies.Once);
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.store.destroy('etl/db', 1);
    await edit(world, policies.Once);
    await world.reconcile();
    expect(world.secret()).toEqual({ password: `${canary}-newer` });
    expect(world.events.map(({ note }) => note)).toEqual([
      'updated Secret db with the newest versions, because those that it was served from are gone (revision 2)',
    ]);
  });

  test('changed to Periodic, it moves to the newest', async () => {
    const world = await World.synced(policies.Once);
    world.store.put('etl/db', { password: `${canary}-newer` });
    await edit(world, policies.Periodic);
    await world.reconcile();
    expect(world.secret()).toEqual({ password: `${canary}-newer` });
  });
});
