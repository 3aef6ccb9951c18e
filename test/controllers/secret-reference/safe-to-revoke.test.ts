import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { hour, type ReferenceBuilder, reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { World } from '../world.ts';

const pinned = reference().spec({ delivery: { mode: 'Pinned' } });
const overlapping = (fields: Fields = {}) => reference().spec({ rotation: { overlap: '24h' }, ...fields });
const second = 1000;
const minute = 60 * second;

function pass(world: World, ms: number): void {
  world.clock.steadyMs += ms;
  world.clock.wallMs += ms;
}

/** The store has another value, and somebody asks for it. */
async function rotate(world: World, number: number): Promise<void> {
  world.store.put('etl/db', { password: `${canary}-${number}` });
  world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': `t${number}` } } });
  await world.reconcile();
  world.forget();
}

/** With revision 2 in place of 1, ten seconds ago. */
async function rotated(builder: ReferenceBuilder = pinned): Promise<World> {
  const world = await World.synced(builder);
  pass(world, hour);
  await rotate(world, 2);
  pass(world, 10 * second);
  return world;
}

const env = (secret: string): Fields => ({ containers: [{ envFrom: [{ secretRef: { name: secret } }] }] });
const volume = (secretName: string): Fields => ({ volumes: [{ name: 'v', secret: { secretName } }] });

function pod(world: World, name: string, spec: Fields, { startedMs = 0, phase = 'Running' } = {}): void {
  const startTime = new Date(world.clock.wallMs - startedMs).toISOString();
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'load', uid: 'u', controller: true };
  const metadata = { name, namespace: 'etl', uid: `uid-${name}`, ownerReferences: [owner] };
  world.api.put('pods', { metadata, spec, status: { phase, startTime } });
}

const safe = (world: World) => world.status()?.conditions.find(({ type }) => type === 'SafeToRevoke');
const said = (world: World) => `${safe(world)?.status} ${safe(world)?.reason}`;

describe('SafeToRevoke', () => {
  test('is not there before a second value was served, nor where nobody asked', async () => {
    for (const builder of [pinned, overlapping()]) expect(safe(await World.synced(builder))).toBeUndefined();
    const live = await rotated(reference());
    await live.reconcile();
    expect([safe(live), live.status()?.previous, live.api.gets]).toEqual([undefined, undefined, []]);
  });

  test('is False in the very status that answers a rotation, and comes again by itself', async () => {
    const world = await World.synced(pinned);
    pass(world, hour);
    world.store.put('etl/db', { password: `${canary}-2` });
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': 't2' } } });
    await world.reconcile();
    expect(world.status()?.rotation?.lastSucceeded).toBe('t2');
    expect(said(world)).toBe('False OverlapNotOver');
    expect(world.api.writes.filter(write => write.includes('status'))).toHaveLength(1);
    // Who slipped through is looked at after five.
    pass(world, 5 * second);
    const next = await world.reconcile();
    expect(next).toEqual({ kind: 'at', time: world.clock.steadyMs + 5 * second, priority: 'low' });
  });

  test('is True when nobody reads an older value, with one event', async () => {
    const world = await rotated();
    await world.reconcile();
    expect(said(world)).toBe('True OlderUnused');
    expect(world.eventReasons()).toEqual(['Normal SafeToRevoke']);
    world.forget();
    for (let times = 0; times < 3; times++) {
      pass(world, 5 * minute);
      if (times === 1) world.restart();
      await world.reconcile();
    }
    expect([world.api.writes, world.api.gets, world.events]).toEqual([[], [], []]);
  });

  test.each<[string, Fields, number, string]>([
    ['names the older revision', env('db-r1'), 0, '1 pod of Job/load still reads revision 1'],
    ['names the older revision in a volume', volume('db-r1'), 0, '1 pod of Job/load still reads revision 1'],
    [
      'started with the Secret that changes in its environment before',
      env('db'),
      minute,
      '1 pod of Job/load started before revision 2 was published, and may hold an older value until restarted',
    ],
    [
      'has the Secret that changes by subPath since before',
      { ...volume('db'), containers: [{ volumeMounts: [{ name: 'v', mountPath: '/p', subPath: 'password' }] }] },
      minute,
      '1 pod of Job/load started before revision 2 was published, and may hold an older value until restarted',
    ],
  ])('is False while a pod %s, and True once that has ended', async (_, spec, startedMs, message) => {
    const world = await rotated();
    pod(world, 'one', spec, { startedMs });
    await world.reconcile();
    expect([said(world), safe(world)?.message]).toEqual(['False OlderInUse', message]);
    pod(world, 'one', spec, { startedMs, phase: 'Succeeded' });
    pass(world, minute);
    await world.reconcile();
    expect(said(world)).toBe('True OlderUnused');
  });

  test.each<[string, Fields, number]>([
    ['names the present revision', env('db-r2'), 0],
    ['has the Secret that changes in a volume since before', volume('db'), minute],
    ['started with it after the change', env('db'), 0],
    ['reads another Secret', env('db-raw'), minute],
    ['names a revision of another reference', env('other-r1'), minute],
  ])('is True while a pod %s', async (_, spec, startedMs) => {
    const world = await rotated();
    pod(world, 'one', spec, { startedMs });
    await world.reconcile();
    expect(said(world)).toBe('True OlderUnused');
  });

  test('is asked again after a minute, later every five, and writes nothing while nothing changes', async () => {
    const world = await rotated(pinned.spec({ refreshInterval: '0s' }));
    pod(world, 'one', env('db-r1'));
    const waits: number[] = [];
    for (let times = 0; times < 8; times++) {
      const next = await world.reconcile();
      const wait = next.kind === 'at' ? next.time - world.clock.steadyMs : 0;
      waits.push(wait / minute);
      pass(world, wait);
    }
    expect(waits[0]).toBe(1);
    expect(waits.slice(4)).toEqual([5, 5, 5, 5]);
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.outcomes).toHaveLength(1);
  });

  test('says which right is missing', async () => {
    const world = await rotated();
    world.api.refuse('list pods', { kind: 'refused', cause: 'forbidden' });
    const next = await world.reconcile();
    expect(next).toEqual({ kind: 'at', time: world.clock.steadyMs + 5 * minute, priority: 'low' });
    expect(said(world)).toBe('Unknown RbacMissing');
    expect(safe(world)?.message).toContain('set pinning.enabled in its chart');
    expect(safe(world)?.message).toContain('resources: ["pods"], verbs: ["list"]');
  });

  test('stays what it was while the API server does not answer', async () => {
    const world = await rotated();
    world.api.refuse('list pods', { kind: 'unavailable' });
    await world.reconcile();
    expect(said(world)).toBe('False OverlapNotOver');
  });

  test('is False while an older revision is served by hand, and begins anew after it', async () => {
    const world = await rotated();
    await world.reconcile();
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rollback': '1' } } });
    await world.reconcile();
    expect(safe(world)?.message).toBe('revision 1 is served again, after revision 2: both stay in use');
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rollback': null } } });
    await world.reconcile();
    expect([world.status()?.target?.revision, said(world)]).toEqual([2, 'False OverlapNotOver']);
    pass(world, minute);
    await world.reconcile();
    expect(said(world)).toBe('True OlderUnused');
  });

  test('stays as it is while the reference is suspended', async () => {
    const world = await rotated();
    world.api.change('secretreferences', 'db', { spec: { suspend: true } });
    await world.reconcile();
    const asked = world.api.gets.filter(each => each !== 'list pods shearline.dev/pinned-db');
    expect([said(world), asked]).toEqual(['False OverlapNotOver', []]);
  });

  test('names the versions that nobody reads, and those alone that another one has replaced', async () => {
    const world = await rotated();
    await rotate(world, 3);
    pass(world, minute);
    await world.reconcile();
    const remote = (version: string) => [{ source: 'vault', key: 'etl/db', version }];
    expect(world.status()?.previous).toEqual([
      { revision: 2, until: expect.any(String), remote: remote('2') },
      { revision: 1, until: expect.any(String), remote: remote('1') },
    ]);
    expect(safe(world)?.message).toBe(
      'no pod of namespace etl reads a value from before revision 3: revoke the older value where it is valid, such as at the ' +
        'database; then disable it at the store: vault kv delete -mount=secret -versions=2 etl/db (OpenBao: bao instead of vault); ' +
        'vault kv delete -mount=secret -versions=1 etl/db (OpenBao: bao instead of vault)',
    );
    await rotate(world, 4);
    expect(world.status()?.previous?.map(({ revision }) => revision)).toEqual([3]);
  });
});

describe('rotation.overlap', () => {
  test('keeps SafeToRevoke False until it has passed, whoever leads, and asks no pods before', async () => {
    const world = await rotated(overlapping());
    expect(said(world)).toBe('False OverlapNotOver');
    expect(safe(world)?.message).toContain('overlap until 2026-01-02T01:00:00Z');
    pass(world, 23 * hour);
    world.restart();
    await world.reconcile();
    expect([said(world), world.api.gets]).toEqual(['False OverlapNotOver', []]);
    pass(world, hour);
    await world.reconcile();
    expect(said(world)).toBe('True OlderUnused');
  });

  test('waits ten minutes at most at a time, because a wall clock may jump', async () => {
    const world = await rotated(overlapping());
    const next = await world.reconcile();
    expect(next).toEqual({ kind: 'at', time: world.clock.steadyMs + 10 * minute, priority: 'low' });
  });

  test('begins anew where the clock was ahead when it began', async () => {
    const world = await rotated(overlapping());
    world.clock.wallMs -= 365 * 24 * hour;
    world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': 'again' } } });
    await world.reconcile();
    expect(safe(world)?.message).toContain('overlap until 2025-01-02T01:00:10Z');
  });

  test('keeps the revision before, beyond delivery.keep', async () => {
    const world = await rotated(overlapping({ delivery: { mode: 'Pinned', keep: 1 } }));
    await rotate(world, 3);
    pass(world, 10 * minute);
    await world.reconcile();
    expect([world.secret('db-r1'), world.secret('db-r2')]).not.toContain(undefined);
    pass(world, 25 * hour);
    await world.reconcile();
    expect([world.secret('db-r1'), world.secret('db-r2')]).toEqual([undefined, undefined]);
  });
});

describe('status.consumers', () => {
  test('counts pods by the revision that they read, one that reads two in both', async () => {
    const world = await rotated();
    for (const name of ['a', 'b']) pod(world, name, env('db-r2'));
    pod(world, 'old', { ...env('db-r1'), ...volume('db-r2') });
    pod(world, 'env', env('db'), { startedMs: minute });
    pod(world, 'ended', env('db-r1'), { phase: 'Failed' });
    pod(world, 'other', env('elsewhere'));
    await world.reconcile();
    expect(world.status()?.consumers).toEqual([
      { revision: 2, pods: 3 },
      { revision: 2, pods: 1, orOlder: true },
      { revision: 1, pods: 1 },
    ]);
    expect(safe(world)?.message).toContain('1 pod of Job/load still reads revision 1');
  });
});
