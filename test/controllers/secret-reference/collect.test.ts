import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { World } from '../world.ts';

const keeping = (keep: number) => reference().spec({ delivery: { mode: 'Pinned', keep } });
const minute = 60_000;

/** In step with revision `count`, all before it still there, because a pod referred to them until now. */
async function grown(count: number, builder = keeping(2)): Promise<World> {
  const world = await World.synced(builder);
  const all = [1, 2, 3, 4].map(number => ({ secretRef: { name: `db-r${number}` } }));
  pod(world, 'before', { containers: [{ envFrom: all }] });
  for (let number = 2; number <= count; number++) {
    world.store.put('etl/db', { password: `${canary}-${number}` });
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': `t${number}` } } });
    for (let looks = 0; looks < 2; looks++) {
      await world.reconcile();
      world.clock.steadyMs += 2 * minute;
    }
  }
  world.api.remove('pods', 'before');
  world.forget();
  return world;
}

const pod = (world: World, name: string, spec: Fields, phase = 'Running'): void =>
  world.api.put('pods', { metadata: { name, namespace: 'etl', uid: `uid-${name}` }, spec, status: { phase } });

const env = (secret: string): Fields => ({
  env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'password' } } }],
});
const revisions = (world: World): readonly string[] =>
  [1, 2, 3, 4, 5].map(number => `db-r${number}`).filter(name => world.secret(name) !== undefined);

describe('a revision', () => {
  test.each([
    [1, ['db-r4']],
    [2, ['db-r3', 'db-r4']],
    [3, ['db-r2', 'db-r3', 'db-r4']],
    [4, ['db-r1', 'db-r2', 'db-r3', 'db-r4']],
  ])('goes when no pod refers to it and %i newer ones exist', async (keep, left) => {
    const world = await grown(4, keeping(keep));
    await world.reconcile();
    expect(revisions(world)).toEqual(left);
    expect(world.secret('db')).toBeDefined();
  });

  test.each<[string, Fields]>([
    ['an env of a container', { containers: [env('db-r1')] }],
    ['an init container', { containers: [{}], initContainers: [env('db-r1')] }],
    ['an ephemeral container', { ephemeralContainers: [env('db-r1')] }],
    ['envFrom', { containers: [{ envFrom: [{ secretRef: { name: 'db-r1' } }] }] }],
    ['a volume', { volumes: [{ name: 'v', secret: { secretName: 'db-r1' } }] }],
    ['a projected volume', { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'db-r1' } }] } }] }],
  ])('stays while a pod names it in %s, and goes when that has ended', async (_, spec) => {
    const world = await grown(3);
    pod(world, 'driver', spec, 'Pending');
    await world.reconcile();
    expect(revisions(world)).toEqual(['db-r1', 'db-r2', 'db-r3']);
    pod(world, 'driver', spec, 'Succeeded');
    world.clock.steadyMs += 5 * minute;
    await world.reconcile();
    expect(revisions(world)).toEqual(['db-r2', 'db-r3']);
  });

  test('of a later look at pods goes at a time of its own, at most one look a minute', async () => {
    const world = await grown(3);
    pod(world, 'driver', { containers: [env('db-r1')] });
    world.clock.wallMs += 60 * minute;
    const { steadyMs } = world.clock;
    expect(await world.reconcile()).toEqual({ kind: 'at', time: steadyMs + 5 * minute, priority: 'low' });
    world.clock.steadyMs += 20_000;
    expect(await world.reconcile()).toEqual({ kind: 'at', time: steadyMs + minute, priority: 'low' });
    expect(world.api.gets).toEqual(['list pods']);
  });

  test('is put on record when it goes', async () => {
    const world = await grown(3);
    await world.reconcile();
    expect(world.audits).toMatchObject([
      { action: 'write', change: 'deleted', secret: 'etl/db-r1', because: 'RevisionUnused' },
    ]);
  });

  test('stays where the operator may not list pods, and the conditions name the rule', async () => {
    const world = await grown(3);
    world.api.refuse('list pods', { kind: 'refused', cause: 'forbidden' });
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': 'last' } } });
    await world.reconcile();
    expect(revisions(world)).toEqual(['db-r1', 'db-r2', 'db-r3']);
    expect(world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'True Synced' });
    expect(world.status()?.conditions[0]?.message).toContain('set pinning.enabled in its chart');
    expect(world.status()?.conditions[0]?.message).toContain('resources: ["pods"], verbs: ["list"]');
  });

  test('stays while its reference is suspended', async () => {
    const world = await grown(3);
    world.api.change('secretreferences', 'db', { spec: { suspend: true } });
    await world.reconcile();
    expect([revisions(world), world.api.gets]).toEqual([['db-r1', 'db-r2', 'db-r3'], []]);
  });
});

test('as many revisions as are kept cost no look at pods', async () => {
  const world = await grown(2);
  await world.reconcile();
  expect([world.api.writes, world.api.gets]).toEqual([[], []]);
});

test.each([
  ['delivery Live', { delivery: { mode: 'Live' } }],
  ['another target name', { target: { name: 'next' } }],
])('after an edit to %s all revisions of before go, those that pods refer to later', async (_, fields) => {
  const world = await grown(2);
  pod(world, 'driver', { containers: [env('db-r1')] });
  const edited = keeping(2).edited().spec(fields).raw;
  world.api.put('secretreferences', { ...edited, status: world.api.find('secretreferences', 'db')?.status });
  await world.reconcile();
  for (let times = 0; times < 3; times++) {
    world.clock.steadyMs += 5 * minute;
    await world.reconcile();
  }
  expect(revisions(world)).toEqual(['db-r1']);
  pod(world, 'driver', { containers: [env('db-r1')] }, 'Failed');
  world.clock.steadyMs += 5 * minute;
  await world.reconcile();
  expect(revisions(world)).toEqual([]);
});
