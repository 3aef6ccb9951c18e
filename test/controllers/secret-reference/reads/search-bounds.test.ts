import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { globTest } from '../../../../src/controllers/secret-reference/reads/name-test.ts';
import { objectKey } from '../../../../src/core/object-key.ts';
import { ok } from '../../../../src/core/result.ts';
import { reference } from '../../builders.ts';
import { fieldsOf } from '../../fields.ts';
import { World } from '../../world.ts';

/** What a tenant writes into `find` decides how long a look at one name takes, and not how long others wait. */

const messageOf = (world: World) => world.status()?.conditions?.find(({ type }) => type === 'Synced')?.message;

/** Some 20 ms a name: no table of states is large enough for it. */
const slow = '(?:.*[0-7].{33}){3}x';
const hashes = Array.from({ length: 200 }, (_, index) =>
  createHash('shake256', { outputLength: 450 }).update(`${index}`).digest('hex'),
);

const globOf = (glob: string) => globTest({ where: 'spec.dataFrom[0]', name: { glob } });

test('a glob is compiled once for each version of its reference', () => {
  const wish = { where: 'spec.dataFrom[0]', name: { glob: 'a*' } };
  expect(globTest(wish)).toBe(globTest({ ...wish }));
});

describe('an expression that cannot be used', () => {
  test.each(['(', '[a-z]{101}'])('is InvalidSpec, without a look at the store: %s', async regexp => {
    const world = new World(reference().spec({ data: [], dataFrom: [{ find: { name: { regexp } } }] }));
    let asked = 0;
    world.store.list = async () => ok([`${asked++}`]);
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Synced: 'False InvalidSpec', Stalled: 'True InvalidSpec' });
    expect(messageOf(world)).toMatch(/^spec\.dataFrom\[0\]\.find\.name\.regexp cannot be used: it/);
    expect(asked).toBe(0);
  });
});

test('more names than are looked at in one go are all looked at', async () => {
  const world = new World(reference().spec({ data: [], dataFrom: [{ find: { name: { regexp: '.*[02]00' } } }] }));
  world.store.listed = Array.from({ length: 5000 }, (_, index) => `${index}`);
  const found = world.store.listed.filter(name => /[02]00$/.test(name));
  for (const name of found) world.store.put(name, 'x');
  await world.reconcile();
  expect(Object.keys(world.secret() ?? {}).toSorted()).toEqual(found.toSorted());
});

test('an expression that takes too long is ValueNotUsable, and not Stalled', async () => {
  const world = new World(reference().spec({ data: [], dataFrom: [{ find: { name: { regexp: slow } } }] }));
  world.store.listed = hashes;
  await world.reconcile();
  expect(world.conditions()).toMatchObject({ Ready: 'False ValueNotUsable', Synced: 'False ValueNotUsable' });
  expect(world.conditions()).not.toHaveProperty('Stalled');
  expect(messageOf(world)).toContain('spec.dataFrom[0].find.name.regexp was ended after 250 ms of computing');
});

test('a glob of more than 16 segments is InvalidSpec', () => {
  const refused = globOf('a/'.repeat(16).concat('a'));
  expect(refused).toMatchObject({ ok: false, fault: { reason: 'InvalidSpec' } });
  expect(JSON.stringify(refused)).toContain('must have at most 16 segments');
});

const names = Array.from({ length: 200 }, (_, index) => `etl/${index}`);

/** A world in which each look at the clock finds a millisecond gone. */
function slowWorld(): World {
  const world = new World(reference().spec({ data: [], dataFrom: [{ find: { name: { regexp: '.*[0-9]' } } }] }));
  world.clock.steady = () => world.clock.steadyMs++;
  for (const name of names) world.store.put(name, 'x');
  world.store.listed = names;
  return world;
}

describe('between the names of a search', () => {
  test('the event loop has its turns', async () => {
    const world = slowWorld();
    let turns = 0;
    let ended = false;
    const turn = world.reconcile().finally(() => (ended = true));
    while (!ended) {
      await setImmediate();
      turns++;
    }
    await turn;
    expect(Object.keys(world.secret() ?? {})).toHaveLength(names.length);
    expect(turns).toBeGreaterThan(names.length / 10);
  });

  test.each<[string, (world: World, abort: AbortController) => void]>([
    ['the reference is deleted', world => world.caches.references.remove(objectKey('etl', 'db'))],
    ['the reference is being deleted', world => edit(world, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['the reference is edited', world => edit(world, { generation: 2 })],
    ['another one has taken its name', world => edit(world, { uid: 'another' })],
    ['the operator ends', (_, abort) => abort.abort()],
  ])('the search ends when %s', async (_, happens) => {
    const world = slowWorld();
    const abort = new AbortController();
    const turn = world.reconcile('db', { readSignal: abort.signal });
    await setImmediate();
    happens(world, abort);
    await turn;
    expect(world.store.reads).toEqual([]);
    expect(world.secret()).toBeUndefined();
  });
});

function edit(world: World, metadata: object): void {
  const { raw } = reference().spec({ data: [{ secretKey: 'a', remoteRef: { key: 'a' } }] });
  world.caches.references.put({
    ...raw,
    metadata: { ...fieldsOf(raw.metadata), resourceVersion: '1000', ...metadata },
  });
}

test('a name that no reference could write is found by none', async () => {
  const world = new World(reference().spec({ data: [], dataFrom: [{ find: {} }] }));
  const long = 'a'.repeat(1025);
  for (const name of [long, 'b']) world.store.put(name, 'x');
  world.store.listed = [long, 'b'];
  await world.reconcile();
  expect(Object.keys(world.secret() ?? {})).toEqual(['b']);
});
