import { describe, expect, test } from '@jest/globals';
import type { Because } from '../../../src/controllers/secret-reference/nouns/planned.ts';
import { plan } from '../../../src/controllers/secret-reference/plan.ts';
import { unavailable } from '../../../src/core/fault.ts';
import { canary } from '../../canary.ts';
import { hour, password, type ReferenceBuilder, reference, start, wants } from '../builders.ts';
import { target } from '../objects.ts';
import { World } from '../world.ts';

const newer = `${canary}-newer`;
const newest = `${canary}-newest`;
/** The worlds begin at midnight. */
const window = { schedule: '0 2 * * *', duration: '4h' };
const gated = reference().spec({ rotation: { window } });
const opens = start.steady + 2 * hour;

const ask = (world: World, token: string): void =>
  world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': token } } });

/** In step, with something newer in the store, while the window is closed. */
async function storeAhead(builder: ReferenceBuilder = gated): Promise<World> {
  const world = await World.synced(builder);
  world.store.put('etl/db', { password: newer });
  return world;
}

/** The refresh has found it. */
async function held(builder: ReferenceBuilder = gated): Promise<World> {
  const world = await storeAhead(builder);
  world.clock.pass(hour);
  await world.reconcile();
  world.forget();
  return world;
}

const openWindow = (world: World): void => world.clock.pass(2 * hour - (world.clock.wall() - start.wall));
const edit = (world: World, spec: object): void =>
  world.api.change('secretreferences', 'db', { metadata: { generation: 2 }, spec });

describe('while the window is closed', () => {
  test('a refresh only finds out: the Secret stays, status says what waits and when it is published', async () => {
    const world = await storeAhead();
    world.clock.pass(hour);
    const next = await world.reconcile();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.secret()).toEqual({ password });
    expect(world.status()).toMatchObject({
      candidate: {
        time: '2026-01-01T01:00:00Z',
        opens: '2026-01-01T02:00:00Z',
        remote: [{ source: 'vault', key: 'etl/db', version: '2' }],
      },
      remote: [{ version: '1' }],
      target: { revision: 1 },
    });
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True WindowClosed' });
    expect(world.eventReasons()).toEqual(['Normal WindowClosed']);
    expect(next).toMatchObject({ kind: 'at' });
  });

  test('what was found already is not written again, whoever asks', async () => {
    const world = await held();
    await world.reconcile();
    expect([world.api.writes, world.events, world.store.reads]).toEqual([[], [], []]);
    world.clock.pass(hour / 2);
    await world.reconcile('db', { priority: 'low' });
    expect([world.api.writes, world.events]).toEqual([[], []]);
  });

  test('a token waits with what it found, and is answered when that is published', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    await world.run();
    expect(world.status()?.candidate).toMatchObject({ rotate: 't1' });
    expect([world.status()?.rotation, world.secret()]).toEqual([undefined, { password }]);
    world.forget();
    await world.reconcile();
    expect(world.store.reads).toEqual([]);
    openWindow(world);
    await world.reconcile();
    expect(world.status()?.rotation).toMatchObject({ lastHandled: 't1', lastSucceeded: 't1', result: 'Rotated' });
    expect(world.secretMetadata().annotations['shearline.dev/rotated-for']).toBe('t1');
    expect(world.secret()).toEqual({ password: newer });
  });

  test('the newest of several tokens is the one that is answered', async () => {
    const world = await storeAhead();
    for (const token of ['t1', 't2']) {
      ask(world, token);
      await world.run();
    }
    openWindow(world);
    await world.reconcile();
    expect(world.status()?.rotation).toMatchObject({ lastHandled: 't2', lastSucceeded: 't2', result: 'Rotated' });
  });

  test('a token that finds nothing newer is answered NoChange at once', async () => {
    const world = await World.synced(gated);
    ask(world, 't1');
    await world.run();
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'NoChange' });
    expect(world.status()?.candidate).toBeUndefined();
  });

  test('what the store takes back waits no longer, and its token is answered NoChange', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    await world.run();
    world.store.put('etl/db', { password });
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.status()?.candidate).toBeUndefined();
    expect(world.status()?.rotation).toMatchObject({ lastHandled: 't1', result: 'NoChange' });
    expect(world.secretMetadata().annotations['shearline.dev/revision']).toBe('1');
  });

  test('the first sync does not wait: nobody reads a Secret that is not there', async () => {
    const world = await World.synced(gated);
    expect(world.secret()).toEqual({ password });
  });

  test('a Secret that was deleted or changed comes back at once, as it was served', async () => {
    const world = await held();
    world.api.remove('secrets', 'db');
    await world.run();
    expect(world.secret()).toEqual({ password });
    world.api.change('secrets', 'db', { data: { password: 'bm9uZQ==' } });
    await world.run();
    expect(world.secret()).toEqual({ password });
    expect(world.status()?.candidate).toMatchObject({ remote: [{ version: '2' }] });
  });

  test('an edit is carried out at once, with the versions that are served; a token of the same moment waits', async () => {
    const world = await World.synced(gated);
    world.store.put('etl/db', { password: newer, user: newest });
    edit(world, { target: { labels: { edited: 'yes' } } });
    ask(world, 't1');
    await world.reconcile();
    expect(world.secretMetadata().labels).toMatchObject({ edited: 'yes' });
    expect([world.secret(), world.status()?.rotation]).toEqual([{ password }, undefined]);
    await world.reconcile();
    expect(world.status()?.candidate).toMatchObject({ rotate: 't1' });
    expect(world.secret()).toEqual({ password });
  });

  test('an edit leaves a token to a reconcile of its own, which follows at once', async () => {
    const world = await storeAhead();
    edit(world, { target: { labels: { edited: 'yes' } } });
    ask(world, 't1');
    const next = await world.reconcile();
    expect(next).toEqual({ kind: 'at', time: world.clock.steady(), priority: 'high' });
  });

  test('a refresh that fails says so, and what waits is kept', async () => {
    const world = await held();
    world.store.fail('etl/db', unavailable('vault is away'));
    world.clock.pass(hour);
    world.clock.wallMs = start.wall + hour;
    await world.reconcile();
    expect(world.conditions().Synced).toBe('False ProviderUnavailable');
    expect(world.status()?.candidate).toMatchObject({ remote: [{ version: '2' }] });
  });

  test('a Secret whose keys are all gone at the store is deleted when the window opens, not before', async () => {
    const world = await World.synced(gated.target({ deletionPolicy: 'Delete' }));
    world.store.destroy('etl/db');
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.secret()).toEqual({ password });
    expect(world.events.map(({ note }) => note)).toEqual([
      'all that is asked for is gone at the store: Secret db is deleted when the window opens, at 2026-01-01T02:00:00Z',
    ]);
    openWindow(world);
    await world.reconcile();
    expect([world.secret(), world.status()?.candidate]).toEqual([undefined, undefined]);
  });

  test('after a restart nothing is known but what status says, and nothing is published', async () => {
    const world = await held();
    world.restart();
    world.clock.pass(hour / 2);
    await world.reconcile();
    expect(world.secret()).toEqual({ password });
  });
});

describe('when the window opens', () => {
  test('the reference is reconciled at that moment, and what is newest then is published', async () => {
    const world = await storeAhead(gated.spec({ refreshInterval: '0s' }));
    ask(world, 't1');
    world.clock.pass(2 * hour - 60_000);
    const next = await world.reconcile();
    expect(next).toEqual({ kind: 'at', time: opens, priority: 'normal' });
    world.store.put('etl/db', { password: newest });
    world.forget();
    openWindow(world);
    await world.reconcile();
    expect(world.secret()).toEqual({ password: newest });
    expect(world.status()).toMatchObject({ target: { revision: 2 }, remote: [{ version: '3' }] });
    expect(world.status()?.candidate).toBeUndefined();
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
    expect(world.api.writes).toEqual(['update secrets/db', 'patch secretreferences/db/status']);
  });

  test('a wall clock that jumps is seen within ten minutes, and costs no request', async () => {
    const world = await storeAhead(gated.spec({ refreshInterval: '0s' }));
    ask(world, 't1');
    await world.run();
    world.forget();
    const next = await world.reconcile();
    expect(next).toEqual({ kind: 'at', time: world.clock.steady() + 600_000, priority: 'normal' });
    expect([world.api.writes, world.api.gets, world.store.reads]).toEqual([[], [], []]);
  });

  test('a crash between the Secret and the status, over the end of the window, still ends in Rotated', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    await world.run();
    openWindow(world);
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    await world.reconcile();
    expect([world.secret(), world.status()?.rotation]).toEqual([{ password: newer }, undefined]);
    world.restart();
    world.clock.pass(6 * hour);
    world.forget();
    await world.reconcile();
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
  });

  test.each([
    ['the window is taken out of the spec', {}],
    ['the spec opens it', { rotation: { window: { schedule: '* * * * *', duration: '1m' } } }],
  ])('so it is when %s', async (_, spec) => {
    const world = await storeAhead();
    ask(world, 't1');
    await world.run();
    edit(world, { rotation: null, ...spec });
    await world.run();
    expect(world.secret()).toEqual({ password: newer });
    expect(world.status()?.candidate).toBeUndefined();
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
  });

  test('a suspended reference is left alone, and rests', async () => {
    const world = await held();
    edit(world, { suspend: true });
    await world.run();
    openWindow(world);
    expect(await world.reconcile()).toEqual({ kind: 'on-change' });
    expect(world.secret()).toEqual({ password });
  });
});

test('delivery Pinned: nothing is acquired while the window is closed, and then the revision comes before the Secret', async () => {
  const world = await storeAhead(gated.spec({ delivery: { mode: 'Pinned' } }));
  world.forget();
  ask(world, 't1');
  await world.run();
  expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
  expect([world.secret('db-r2'), world.secret()]).toEqual([undefined, { password }]);
  world.forget();
  openWindow(world);
  await world.reconcile();
  expect(world.api.writes).toEqual(['create secrets/db-r2', 'update secrets/db', 'patch secretreferences/db/status']);
  expect(world.secret('db-r2')).toEqual({ password: newer });
});

test('without a window nothing is held: a refresh publishes', async () => {
  const world = await storeAhead(reference());
  world.clock.pass(hour);
  await world.reconcile();
  expect(world.secret()).toEqual({ password: newer });
});

describe('what a reconcile does while the window is closed', () => {
  const synced = gated.synced();
  const waiting = synced.status({ candidate: { time: '2026-01-01T00:00:00Z', opens: '2026-01-01T02:00:00Z' } });
  const all = synced.token('t1').due();
  const tampered = (world: World) => world.caches.targets.put(target(synced, { resourceVersion: '6' }));
  const gone = (world: World) => world.caches.targets.remove('etl/db');
  const asIs = () => undefined;
  test.each<[Because | 'wait', 'holds' | 'keeps' | 'open', ReferenceBuilder, (world: World) => void]>([
    ['NeverSynced', 'open', gated.token('t1'), asIs],
    ['SpecChanged', 'keeps', all.edited(wants('user')), gone],
    ['TargetMissing', 'keeps', all, gone],
    ['TargetTampered', 'keeps', all, tampered],
    ['RotationRequested', 'holds', all, asIs],
    ['RefreshDue', 'holds', synced.due(), asIs],
    ['LastAttemptFailed', 'holds', synced.failing('AccessDenied'), asIs],
    ['SourceChanged', 'holds', synced.remembering({ sources: 'none' }), asIs],
    ['RefreshDue', 'holds', waiting.due(), asIs],
    ['wait', 'open', waiting, asIs],
  ])('%s: %s', (because, how, builder, circumstance) => {
    const world = new World(builder);
    circumstance(world);
    const todo = plan(world.observe(), { now: start.steady, wall: start.wall, requestedAt: start.steady });
    if (todo.kind !== 'sync') return expect(todo.kind).toBe(because);
    const found = todo.holdsUntil !== undefined ? 'holds' : todo.keepsVersions ? 'keeps' : 'open';
    return expect([todo.because, found]).toEqual([because, how]);
  });
});
