import { describe, expect, test } from '@jest/globals';
import { drawsOnBudget, ReadBudgets } from '../../../src/controllers/secret-reference/read-budget.ts';
import { password, type ReferenceBuilder, reference, start } from '../builders.ts';
import { source } from '../objects.ts';
import { World } from '../world.ts';

const tamper = (world: World): void => world.api.change('secrets', 'db', { data: { password: 'dGFtcGVyZWQ=' } });
const edit = (world: World, generation = 2): void =>
  world.api.change('secretreferences', 'db', { metadata: { generation }, spec: { owner: `team-${generation}` } });
const label = (world: World): void => world.api.change('secretreferences', 'db', { metadata: { labels: { a: 'b' } } });

/** Edits and repairs of the namespace have used up what they may read for two seconds more. */
const usedUp = (world: World): void =>
  void world.budgets.reserve('uid-source-vault', 'etl', 20 * 120, world.clock.steady());

type Happens = (world: World) => unknown;
const deleted: Happens = world => world.api.remove('secrets', 'db');
const sourceEdited: Happens = world => world.api.put('secretsources', source('vault', {}, { generation: 2 }));
const rotated: Happens = world =>
  world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': 't1' } } });
const passes =
  (minutes: number): Happens =>
  world => {
    world.clock.steadyMs += minutes * 60_000;
  };
/** An edit that arrives while an earlier one is read. */
const editedMeanwhile: Happens = async world => {
  edit(world);
  const metadata = { ...reference().parts.metadata, generation: 3, resourceVersion: '9999' };
  const edited = { ...world.api.find('secretreferences', 'db'), metadata };
  world.store.during('etl/db', () => world.caches.deliver('secretreferences', 'etl/db', edited));
};

describe('whether what a reference reads next counts against its namespace:', () => {
  test.each<[string, boolean, readonly Happens[]]>([
    ['nothing happened', false, []],
    ['it was edited', false, [edit]],
    ['its Secret was changed', false, [tamper]],
    ['it was edited twice', true, [edit, world => edit(world, 3)]],
    ['its Secret was changed twice', true, [tamper, tamper]],
    ['it was edited, and its Secret deleted', true, [edit, deleted]],
    ['its Secret was deleted, and it was edited', true, [deleted, edit]],
    ['it was edited while it was read', true, [editedMeanwhile, () => undefined]],
    ['it was edited twice in a quarter of an hour', false, [edit, passes(15), world => edit(world, 3)]],
    ['an edit was answered', false, [edit, () => undefined]],
    ['it was edited, then its source', false, [edit, sourceEdited]],
    ['it was edited, then got another label', false, [edit, label]],
    ['it was edited, then somebody asked for a rotation', false, [edit, rotated]],
    ['it was edited, then a refresh fell due', false, [edit, passes(70)]],
  ])('%s: %s', async (_, expected, all) => {
    const world = await World.synced(reference());
    for (const [index, happens] of all.entries()) {
      if (index > 0) await world.reconcile();
      await happens(world);
    }
    expect(drawsOnBudget(world.observe(), world.clock.steady())).toBe(expected);
  });

  test('never that of the first sync, however often it was edited before', async () => {
    const world = new World(reference().remembering({ changedAt: start.steady }));
    edit(world);
    edit(world, 3);
    expect(drawsOnBudget(world.observe(), world.clock.steady())).toBe(false);
  });
});

/** A reference that was edited a moment ago. */
const busy = async (): Promise<World> => {
  const world = await World.synced(reference());
  world.states.update('uid-db', { changedAt: world.clock.steady() });
  return world;
};

describe('while its budget is used up', () => {
  test.each<[string, (world: World) => void]>([
    ['an edit', edit],
    ['a repair', tamper],
  ])('%s waits for its time, which its conditions name, and is made then', async (_, happens) => {
    const world = await busy();
    usedUp(world);
    happens(world);
    const next = await world.reconcile();
    const time = start.steady + 2100;
    expect(next).toEqual({ kind: 'at', time, priority: 'normal' });
    expect(world.store.reads).toEqual([]);
    expect(world.conditions()).toEqual({
      Ready: 'False TooManyChanges',
      Synced: 'False TooManyChanges',
      Reconciling: 'True TooManyChanges',
    });
    expect(world.status()?.conditions[0]?.message).toBe(
      'edits and repairs in namespace etl ask the store more than 10 times a second: this one is made at 2026-01-01T00:00:02Z',
    );
    world.clock.steadyMs = time;
    await world.reconcile();
    expect(world.store.reads).toHaveLength(1);
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });

  test('whoever comes again before that keeps its time, and nobody waits for it twice', async () => {
    const world = await busy();
    usedUp(world);
    for (let generation = 2; generation < 50; generation++) {
      edit(world, generation);
      expect(await world.reconcile()).toMatchObject({ kind: 'at', time: start.steady + 2100 });
    }
    expect(world.store.reads).toEqual([]);
    expect(world.budgets.reserve('uid-source-vault', 'etl', 1, start.steady)).toBe(start.steady + 2200);
  });

  test.each<[string, ReferenceBuilder, (world: World) => void]>([
    ['a first sync', reference(), () => undefined],
    ['the first change within ten minutes', reference().synced(), edit],
    ['a refresh', reference().synced().due(), () => undefined],
    ['a rotation, also of what was edited', reference().synced().token('t1'), world => edit(world)],
    ['a retry', reference().synced().failing('ProviderUnavailable'), () => undefined],
  ])('%s is made at once', async (_, builder, happens) => {
    const world = new World(builder);
    usedUp(world);
    happens(world);
    await world.reconcile();
    expect(world.store.reads).toHaveLength(1);
  });

  test('what was changed back by then is not read at all', async () => {
    const world = await busy();
    usedUp(world);
    const before = world.find()?.metadata.generation;
    world.api.change('secretreferences', 'db', {
      spec: { suspend: true },
      metadata: { generation: Number(before) + 1 },
    });
    await world.reconcile();
    expect(world.states.of('uid-db').readsAt).toBeUndefined();
    expect(world.secret()).toEqual({ password });
  });
});

describe('the budget of a namespace at a source', () => {
  /** Milliseconds until reads of that many remote secrets may start, asked for one after the other. */
  const waits = (...reads: readonly number[]) => {
    const budgets = new ReadBudgets();
    return reads.map(count => budgets.reserve('s', 'etl', count, 0));
  };
  const ones = (count: number): readonly number[] => Array.from({ length: count }, () => 1);

  test('has 100 at once, then 10 a second, each at a time of its own', () => {
    expect(waits(...ones(103)).slice(98)).toEqual([0, 0, 100, 200, 300]);
  });

  test('counts twenty remote secrets of one reference as one', () => {
    expect(waits(...ones(99), 20, 21, 1)).toEqual([...ones(100).map(() => 0), 200, 300]);
  });

  test('is its own: neither other namespaces nor other sources wait', () => {
    const budgets = new ReadBudgets();
    budgets.reserve('s', 'etl', 20_000, 0);
    expect([budgets.reserve('s', 'other', 1, 0), budgets.reserve('other', 'etl', 1, 0)]).toEqual([0, 0]);
  });

  test('is full again after ten seconds, and never fuller', () => {
    const budgets = new ReadBudgets();
    budgets.reserve('s', 'etl', 2000, 0);
    const later = ones(101).map(() => budgets.reserve('s', 'etl', 1, 3_600_000));
    expect(later.slice(98)).toEqual([3_600_000, 3_600_000, 3_600_100]);
  });

  test('of thousands of namespaces only those that were used just now take memory', () => {
    const budgets = new ReadBudgets();
    for (let index = 0; index < 5000; index++) budgets.reserve('s', `n${index}`, 1, index * 1000);
    expect(budgets.size).toBeLessThan(1100);
  });
});
