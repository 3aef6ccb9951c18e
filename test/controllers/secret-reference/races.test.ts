import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { hour, password, reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { World } from '../world.ts';

const theirs = `${canary}-theirs`;
const secret = (more: Fields = {}): Fields => ({
  metadata: { name: 'db', namespace: 'etl', uid: 'uid-theirs', ...more },
  type: 'Opaque',
  data: { password: Buffer.from(theirs).toString('base64') },
});

describe('when somebody else is faster', () => {
  test('a Secret of theirs that appears before ours is created is never taken over', async () => {
    const world = new World(reference());
    world.api.before('create secrets/db', () => world.api.put('secrets', secret()));
    await world.reconcile();
    expect(world.api.writes).toEqual(['create secrets/db', 'patch secretreferences/db/status']);
    expect(world.secret()).toEqual({ password: theirs });
    expect(world.conditions()).toEqual({
      Ready: 'False TargetConflict',
      Synced: 'False TargetConflict',
      Stalled: 'True TargetConflict',
    });
  });

  test('a Secret of ours that the caches do not show yet is taken as it is', async () => {
    const world = new World(reference());
    await world.reconcile();
    world.api.change('secretreferences', 'db', { status: null });
    world.caches.targets.remove('etl/db');
    world.forget();
    await world.reconcile();
    expect(world.api.writes).toEqual(['create secrets/db', 'patch secretreferences/db/status']);
    expect(world.status()?.target?.revision).toBe(1);
  });

  test('an update that lost the race is decided again on a fresh look', async () => {
    const world = await World.synced(reference());
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.clock.pass(hour);
    world.api.before('update secrets/db', () =>
      world.api.change('secrets', 'db', { metadata: { labels: { a: 'b' } } }),
    );
    await world.reconcile();
    expect(world.api.gets).toEqual(['get secrets/db']);
    expect(world.api.writes).toEqual(['update secrets/db', 'update secrets/db', 'patch secretreferences/db/status']);
    expect(world.secretMetadata().labels).toMatchObject({ a: 'b' });
  });

  test('a target that became theirs meanwhile is left to them', async () => {
    const world = await World.synced(reference());
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.clock.pass(hour);
    world.api.before('update secrets/db', () => world.api.put('secrets', secret()));
    await world.reconcile();
    expect(world.secret()).toEqual({ password: theirs });
    expect(world.conditions()).toMatchObject({ Ready: 'False TargetConflict' });
  });

  test('after three looks the reconcile is given up, and nothing was lost', async () => {
    const world = await World.synced(reference());
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.clock.pass(hour);
    for (let count = 0; count < 3; count++) world.api.refuse('update secrets/db', { kind: 'conflict' });
    expect(await world.reconcile()).toEqual({ kind: 'backoff', pace: 'short' });
    expect(world.api.writes.filter(write => write === 'update secrets/db')).toHaveLength(3);
    expect(world.secret()).toEqual({ password });
    expect(world.conditions()).toMatchObject({ Synced: 'False KubernetesUnavailable' });
    await world.reconcile();
    expect(world.secret()).toEqual({ password: `${canary}-newer` });
  });
});

describe('when the status cannot be written', () => {
  test('a 409 is reported to nobody, and the next reconcile decides again', async () => {
    const world = new World(reference());
    world.api.before('patch secretreferences/db/status', () =>
      world.api.change('secretreferences', 'db', { metadata: { labels: { a: 'b' } } }),
    );
    expect(await world.reconcile()).toEqual({ kind: 'backoff', pace: 'short' });
    expect(world.events).toEqual([]);
    expect(world.outcomes).toMatchObject([{ result: 'created', status: 'failed' }]);
    await world.reconcile();
    expect(world.status()?.target?.revision).toBe(1);
    expect(world.api.writes.filter(write => write.endsWith('secrets/db'))).toEqual(['create secrets/db']);
  });

  test('the Secret that was written already is not written again after a restart', async () => {
    const world = await World.synced(reference());
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.clock.pass(hour);
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    await world.reconcile();
    world.restart();
    world.forget();
    await world.reconcile();
    expect(world.outcomes).toMatchObject([{ because: 'WriteUnreported', result: 'kept' }]);
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.status()).toMatchObject({ target: { revision: 2 }, remote: [{ version: '2' }] });
  });

  test('a Secret that goes with its reference does not come back, also when it is seen first', async () => {
    const world = await World.synced(reference());
    world.caches.targets.remove('etl/db');
    world.store.during('etl/db', () => {
      world.api.remove('secretreferences', 'db');
      world.caches.references.remove('etl/db');
    });
    expect(await world.reconcile()).toEqual({ kind: 'on-change' });
    expect([...world.api.writes, ...world.events, ...world.outcomes]).toEqual([]);
    expect(world.secret()).toBeUndefined();
  });

  test('a reference that was deleted meanwhile is reported by nobody', async () => {
    const world = new World(reference());
    world.api.refuse('patch secretreferences/db/status', { kind: 'not-found' });
    expect(await world.reconcile()).toMatchObject({ kind: 'at' });
    expect(world.events).toEqual([]);
    expect(world.outcomes).toMatchObject([{ result: 'created', status: 'unchanged' }]);
  });
});

describe('at shutdown', () => {
  test('a reconcile whose read was under way writes nothing, reports nothing and asks for no other', async () => {
    const world = new World(reference());
    const stop = new AbortController();
    world.store.during('etl/db', () => stop.abort());
    expect(await world.reconcile('db', { signal: stop.signal })).toEqual({ kind: 'on-change' });
    expect([...world.api.writes, ...world.events, ...world.outcomes]).toEqual([]);
  });

  test('a write under way ends, and its status waits for the next leader', async () => {
    const world = new World(reference());
    const stop = new AbortController();
    world.api.before('create secrets/db', () => stop.abort());
    await world.reconcile('db', { signal: stop.signal });
    expect(world.api.writes).toEqual(['create secrets/db']);
    world.restart();
    await world.reconcile();
    expect(world.status()?.target).toMatchObject({ revision: 1 });
  });
});

describe('when the API server refuses the Secret', () => {
  test.each([
    ['quota', 'TargetWriteRefused', 'a ResourceQuota refuses Secret etl/db'],
    ['admission', 'TargetWriteRefused', 'an admission policy refuses Secret etl/db'],
    ['forbidden', 'TargetWriteRefused', 'the operator may not write Secret etl/db'],
    ['invalid', 'TargetWriteRefused', 'finds Secret etl/db invalid'],
    ['unauthenticated', 'TargetWriteRefused', "did not accept the operator's own login"],
    ['too-large', 'TargetTooLarge', 'larger than the API server takes'],
    ['immutable', 'TargetConflict', 'immutable and holds an older value'],
    ['namespace-terminating', 'NamespaceTerminating', 'its namespace is being deleted'],
  ] as const)('for %s, the message says who can fix it', async (cause, reason, message) => {
    const world = await World.synced(reference());
    world.store.put('etl/db', { password: `${canary}-newer` });
    world.clock.pass(hour);
    world.api.refuse('update secrets/db', { kind: 'refused', cause });
    await world.reconcile();
    expect(world.status()?.conditions[1]).toMatchObject({ reason, message: expect.stringContaining(message) });
    expect(world.secret()).toEqual({ password });
  });
});
