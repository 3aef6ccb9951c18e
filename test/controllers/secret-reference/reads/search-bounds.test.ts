import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { nameTest } from '../../../../src/controllers/secret-reference/reads/name-test.ts';
import { objectKey } from '../../../../src/core/object-key.ts';
import { reference } from '../../builders.ts';
import { fieldsOf } from '../../fields.ts';
import { World } from '../../world.ts';

/** What a tenant writes into `find` decides how long a look at one name takes, and not how long others wait. */

const nameTestOf = (name: { readonly glob?: string; readonly regexp?: string }) =>
  nameTest({ where: 'spec.dataFrom[0]', name });

describe('an expression is taken', () => {
  test.each([
    '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
    'a'.repeat(256),
    '(?i)(prod|test)-.*',
    '.{1,100}',
    '(?:.*a){50}',
    '\\x{2764}{2}\\{1000}',
  ])('%s', async regexp => expect(await nameTestOf({ regexp })).toMatchObject({ ok: true }));
});

describe('an expression is InvalidSpec, with what to change:', () => {
  const repeats = 'its counted repeats, such as {3}, add up to more than 100: use *, + or smaller numbers';
  const large = 'it is larger than 300 steps of RE2: use fewer repeats and groups';
  test.each([
    ['(.?){1000}'.repeat(25), repeats],
    ['[a-z]{101}', repeats],
    ['a{60}b{41}', repeats],
    ['a{2,99}b{2,}', repeats],
    [`a{${'9'.repeat(200)}}`, repeats],
    ['((((.?){4}){4}){4}){4}'.repeat(6), large],
    ['(.?){75}', large],
    ['(', 'it is no regular expression that RE2 takes'],
  ])('%s', async (regexp, why) => {
    const message = `spec.dataFrom[0].find.name.regexp cannot be used: ${why}`;
    expect(await nameTestOf({ regexp })).toEqual({
      ok: false,
      fault: { kind: 'invalid', reason: 'InvalidSpec', message },
    });
  });
});

test('an expression is compiled once for each version of its reference', async () => {
  const wish = { where: 'spec.dataFrom[0]', name: { regexp: 'a+' } };
  expect(await nameTest(wish)).toBe(await nameTest({ ...wish }));
});

test('a glob of more than 16 segments is InvalidSpec', async () => {
  const refused = await nameTestOf({ glob: 'a/'.repeat(16).concat('a') });
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
    const turn = world.turn().finally(() => (ended = true));
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
    const turn = world.turn('db', { signal: abort.signal });
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
  await world.turn();
  expect(Object.keys(world.secret() ?? {})).toEqual(['b']);
});
