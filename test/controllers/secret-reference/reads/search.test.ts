import { describe, expect, test } from '@jest/globals';
import { accessDenied } from '../../../../src/core/fault.ts';
import { canary } from '../../../canary.ts';
import { type Fields, hour, password, reference } from '../../builders.ts';
import { source } from '../../objects.ts';
import { World } from '../../world.ts';

const finding = (find: Fields, spec: Fields = {}) => reference().spec({ data: [], dataFrom: [{ find }], ...spec });

/** A store of these keys, each with a value of its own, and one reconcile of a reference that looks for them. */
async function found(find: Fields, keys: readonly string[], sourceSpec: Fields = {}): Promise<World> {
  const world = new World(finding(find));
  if (Object.keys(sourceSpec).length > 0)
    world.api.put('secretsources', source('vault', sourceSpec, { generation: 2 }));
  fill(world, keys);
  await world.reconcile();
  return world;
}

function fill(world: World, keys: readonly string[]): void {
  for (const key of keys) world.store.put(key, `${canary} of ${key}`);
  world.store.listed = keys;
}

describe('a search finds', () => {
  const keys = ['etl/a-conn', 'etl/b-conn', 'etl/deep/c-conn', 'etl/note', 'ads/a-conn'];

  test.each<[string, Fields, readonly string[]]>([
    ['everything below a prefix', { prefix: 'etl/' }, ['a-conn', 'b-conn', 'deep_c-conn', 'note']],
    ['by glob, within a segment', { prefix: 'etl/', name: { glob: '*-conn' } }, ['a-conn', 'b-conn']],
    ['by glob, at any depth', { prefix: 'etl/', name: { glob: 'deep/**' } }, ['deep_c-conn']],
    ['by RE2, the whole name', { prefix: 'etl/', name: { regexp: '[ab]-co..' } }, ['a-conn', 'b-conn']],
    ['without a prefix', { name: { glob: '*/note' } }, ['etl_note']],
  ])('%s', async (_, find, expected) => {
    const world = await found(find, keys);
    expect(Object.keys(world.secret() ?? {}).toSorted()).toEqual(expected);
  });

  test('each as a whole value under its own name', async () => {
    const world = await found({ prefix: 'etl/' }, ['etl/a-conn']);
    expect(world.secret()).toEqual({ 'a-conn': `${canary} of etl/a-conn` });
  });

  test('nothing that allowedKeys does not cover, and asks the store for none of it', async () => {
    const world = await found({}, keys, { allowedKeys: ['etl/*'] });
    expect(Object.keys(world.secret() ?? {}).toSorted()).toEqual(['etl_a-conn', 'etl_b-conn', 'etl_note']);
    expect(world.store.reads).toEqual(['etl/a-conn', 'etl/b-conn', 'etl/note']);
  });

  test('a few among 5,000 names', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => `etl/name-${i}`);
    const world = await found({ prefix: 'etl/', name: { glob: 'name-49*9' } }, many);
    expect(Object.keys(world.secret() ?? {})).toHaveLength(11);
    expect(world.store.reads).toHaveLength(11);
  });

  test('an expression that stalls backtracking is decided at once', async () => {
    const world = await found({ name: { regexp: '(a+)+' } }, [`${'a'.repeat(28)}!`, 'aa']);
    expect(Object.keys(world.secret() ?? {})).toEqual(['aa']);
  });
});

describe('a remote key that matches and is not taken is named in status:', () => {
  test.each<[string, Fields, readonly string[], string]>([
    ['one that no reference can name', { prefix: 'etl/' }, ['etl/a%2Fb'], '1 key ("etl/a%2Fb")'],
    ['a folder that no reference can name', { prefix: 'etl/' }, ['etl/a#b/'], '1 key ("etl/a#b/")'],
    ['the prefix itself', { prefix: 'etl/o' }, ['etl/o'], '1 key ("etl/o")'],
    ['several', { prefix: 'etl/' }, ['etl/x?', 'etl/y\u202e?', 'etl/'], '3 keys ("etl/x?" first)'],
  ])('%s', async (_, find, others, what) => {
    const world = await found(find, [...others, 'etl/ok']);
    expect(Object.values(world.secret() ?? {})).toEqual([`${canary} of etl/ok`]);
    expect(world.status()?.conditions.map(({ message }) => message)).toEqual(
      Array(2).fill(
        `Secret etl/db is in step: 1 key; find left out ${what}: the prefix itself, or what cannot be a remote key`,
      ),
    );
    world.forget();
    await world.reconcile();
    expect(world.api.writes).toEqual([]);
  });

  test('only where it is what was asked for, and what this namespace may read', async () => {
    const find = { prefix: 'etl/', name: { glob: 'a*' } };
    const world = await found(find, ['etl/a', 'etl/b%', 'web/a%', 'etl/x/a%'], { allowedKeys: ['etl/*'] });
    expect(world.status()?.conditions[0]?.message).toBe('Secret etl/db is in step: 1 key');
  });

  test('also when it is all that matches', async () => {
    const world = await found({ prefix: 'etl/' }, ['etl/a%2Fb']);
    expect(world.status()?.conditions[0]?.message).toBe(
      'spec.dataFrom[0].find: nothing in SecretSource vault below etl/ matches that this namespace may read; find left out 1 key ("etl/a%2Fb"): the prefix itself, or what cannot be a remote key; look at prefix, name and tags',
    );
  });
});

describe('where two origins give one key', () => {
  test('data wins over what was found, and the later of two entries that says Last', async () => {
    const dataFrom = [{ find: { prefix: 'etl/' } }, { extract: { key: 'pairs' }, onConflict: 'Last' }];
    const data = [{ secretKey: 'b', remoteRef: { key: 'etl/db', property: 'password' } }];
    const world = new World(reference().spec({ data, dataFrom }));
    fill(world, ['etl/a', 'etl/b', 'etl/c']);
    world.store.put('pairs', { a: 'extracted' });
    await world.reconcile();
    expect(world.secret()).toEqual({ a: 'extracted', b: password, c: `${canary} of etl/c` });
  });

  test.each<[string, string, string]>([
    ['the first by name', 'First', 'etl/x/y'],
    ['the last by name', 'Last', 'etl/x_y'],
  ])('of two found names %s is taken, in whatever order the store lists them', async (_, onConflict, key) => {
    for (const keys of [
      ['etl/x/y', 'etl/x_y'],
      ['etl/x_y', 'etl/x/y'],
    ]) {
      const world = new World(finding({}, { dataFrom: [{ find: { prefix: 'etl/' }, onConflict }] }));
      fill(world, keys);
      await world.reconcile();
      expect(world.secret()).toEqual({ x_y: `${canary} of ${key}` });
    }
  });

  test('two found names that become one key are both named', async () => {
    const world = await found({ prefix: 'etl/' }, ['etl/x/y', 'etl/x_y']);
    expect(world.status()?.conditions[0]?.message).toBe(
      'spec.dataFrom[0].find: etl/x/y and spec.dataFrom[0].find: etl/x_y both give the key "x_y": set onConflict of spec.dataFrom[0] to First or Last, or take one of them out',
    );
  });
});

test('a prefix is meant as the store names it: with a slash in front, in Parameter Store', async () => {
  const auth = { webIdentity: { role: 'arn:aws:iam::123456789012:role/reader', serviceAccountRef: { name: 'app' } } };
  const provider = { awsSsm: { region: 'eu-central-1', auth } };
  const world = await found({ prefix: '/etl/' }, ['etl/a', 'ads/b'], { provider });
  expect(world.secret()).toEqual({ a: `${canary} of etl/a` });
});

describe('the names that are found', () => {
  test('are rewritten as they follow the prefix, before characters are replaced', async () => {
    const rewrite = [{ regexp: { match: '/', replace: '.' } }, { cel: 'key.upperAscii()' }];
    const world = new World(finding({}, { dataFrom: [{ find: { prefix: 'etl/' }, rewrite }] }));
    fill(world, ['etl/deep/a-conn', 'etl/b c']);
    await world.reconcile();
    expect(world.secret()).toEqual({ 'DEEP.A-CONN': `${canary} of etl/deep/a-conn`, B_C: `${canary} of etl/b c` });
  });

  test('that are no keys are refused with invalidKeys: Error, and one is named', async () => {
    const world = new World(finding({}, { dataFrom: [{ find: { prefix: 'etl/' }, invalidKeys: 'Error' }] }));
    fill(world, ['etl/a', 'etl/deep/b']);
    await world.reconcile();
    expect(world.status()?.conditions[0]?.message).toBe(
      'spec.dataFrom[0].find: the name of etl/deep/b cannot be a key of a Secret (letters, digits, "-", "_" and "." only, at most 253): rewrite it, or name it in spec.data',
    );
    expect(world.store.reads).toEqual([]);
  });
});

test('what is found is decoded as the entry says', async () => {
  const world = new World(finding({}, { dataFrom: [{ find: {}, decoding: 'Base64' }] }));
  world.store.put('a', 'QUJD');
  world.store.listed = ['a'];
  await world.reconcile();
  expect(world.secret()).toEqual({ a: 'ABC' });
});

describe('keeps the last good Secret', () => {
  test.each<[string, (world: World) => void, string]>([
    ['when nothing is found any more, which proves nothing', world => fill(world, []), 'ValueNotUsable'],
    ['when two names would become one key', world => fill(world, ['etl/x/y', 'etl/x_y']), 'ValueNotUsable'],
    [
      'when more is found than fits',
      world =>
        fill(
          world,
          Array.from({ length: 1001 }, (_, i) => `etl/${i}`),
        ),
      'ValueNotUsable',
    ],
    [
      'when one of the found keys is denied',
      world => world.store.fail('etl/a', accessDenied('vault refused access to etl/a')),
      'AccessDenied',
    ],
  ])('%s', async (_, happens, reason) => {
    const world = await found({ prefix: 'etl/' }, ['etl/a', 'etl/b']);
    const before = world.secret();
    happens(world);
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual(before);
    expect(world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: `False ${reason}` });
  });
});

test('a key that comes or goes at the store is followed at the next refresh', async () => {
  const world = await found({ prefix: 'etl/' }, ['etl/a', 'etl/b']);
  fill(world, ['etl/b', 'etl/c']);
  world.clock.pass(hour);
  await world.reconcile();
  expect(Object.keys(world.secret() ?? {}).toSorted()).toEqual(['b', 'c']);
});

describe('a key that is listed although it is deleted', () => {
  test('is not found', async () => {
    const world = await found({ prefix: 'etl/' }, ['etl/a', 'etl/b']);
    world.store.destroy('etl/a');
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({ b: `${canary} of etl/b` });
  });

  test('empties no Secret when it was the last', async () => {
    const world = await found({ prefix: 'etl/' }, ['etl/a']);
    world.store.destroy('etl/a');
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({ a: `${canary} of etl/a` });
    expect(world.conditions()).toMatchObject({ Synced: 'False ValueNotUsable' });
  });
});

describe('an optional search', () => {
  test.each<[string, readonly string[]]>([
    ['adds no keys when nothing is found', []],
    ['adds no keys when all that is found is gone', ['etl/gone']],
  ])('%s', async (_, keys) => {
    const dataFrom = [{ find: { prefix: 'etl/' }, optional: true }, { extract: { key: 'pairs' } }];
    const world = new World(reference().spec({ data: [], dataFrom }));
    world.store.put('pairs', { a: 'extracted' });
    world.store.listed = keys;
    await world.reconcile();
    expect(world.secret()).toEqual({ a: 'extracted' });
  });
});

test('an unchanged world is not written again', async () => {
  const world = await found({ prefix: 'etl/' }, ['etl/a', 'etl/b']);
  world.forget();
  world.clock.pass(hour);
  await world.reconcile();
  expect(world.api.writes).toEqual([]);
});

test.each([
  ['regexp', '('],
  ['glob', 'a**'],
])('a %s that is none is reported, with where it is', async (kind, text) => {
  const world = await found({ name: { [kind]: text } }, ['a']);
  expect(world.conditions()).toMatchObject({ Synced: 'False InvalidSpec' });
  expect(JSON.stringify(world.status())).toContain(`spec.dataFrom[0].find.name.${kind}`);
});
