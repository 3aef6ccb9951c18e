import { describe, expect, test } from '@jest/globals';
import { accessDenied, throttled, unavailable } from '../../../src/core/fault.ts';
import { canary } from '../../canary.ts';
import { reference } from '../builders.ts';
import { World } from '../world.ts';

const newer = `${canary}-newer`;
const ask = (world: World, token: string, name = 'shearline.dev/rotate'): void =>
  world.api.change('secretreferences', 'db', { metadata: { annotations: { [name]: token } } });

/** A reference in step, whose store holds something newer that is not due. */
async function storeAhead(): Promise<World> {
  const world = await World.synced(reference());
  world.store.put('etl/db', { password: newer });
  return world;
}

describe('a rotation token', () => {
  test('moves the Secret to the newest version in one write and one status patch, ahead of all other work', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    expect(world.woken).toEqual([{ key: 'etl/db', priority: 'high' }]);
    await world.run();
    expect(world.store.reads).toEqual(['etl/db']);
    expect(world.api.gets).toEqual([]);
    expect(world.api.writes).toEqual(['update secrets/db', 'patch secretreferences/db/status']);
    expect(world.secret()).toEqual({ password: newer });
    expect(world.status()?.rotation).toEqual({
      lastHandled: 't1',
      lastSucceeded: 't1',
      result: 'Rotated',
      reason: 'Synced',
      time: '2026-01-01T00:00:00Z',
    });
    expect(world.secretMetadata().annotations['shearline.dev/rotated-for']).toBe('t1');
    expect(world.eventReasons()).toEqual(['Normal Rotated']);
  });

  test('is answered NoChange when there is nothing newer, without a write to the Secret', async () => {
    const world = await World.synced(reference());
    ask(world, 't1');
    await world.run();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.status()?.rotation).toMatchObject({ lastHandled: 't1', lastSucceeded: 't1', result: 'NoChange' });
    expect(world.events).toEqual([]);
  });

  test('that was there at creation is answered by the first sync', async () => {
    const world = new World(reference().token('t1'));
    await world.reconcile();
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
    expect(await world.run()).toBe(0);
  });

  test('is answered once: neither its removal nor another reconcile does anything', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    await world.run();
    world.forget();
    await world.reconcile();
    world.api.change('secretreferences', 'db', { metadata: { annotations: null } });
    expect(await world.run()).toBe(0);
    expect([...world.store.reads, ...world.api.writes]).toEqual([]);
  });

  test('is Failed with the reason when the store refuses, and lastSucceeded stays', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    await world.run();
    world.store.fail('etl/db', accessDenied('vault refused access to etl/db'));
    ask(world, 't2');
    await world.run();
    expect(world.status()?.rotation).toMatchObject({
      lastHandled: 't2',
      lastSucceeded: 't1',
      result: 'Failed',
      reason: 'AccessDenied',
    });
    expect(world.secret()).toEqual({ password: newer });
  });

  test.each([
    ['unavailable', unavailable('vault does not answer')],
    ['throttled', throttled('vault asks for fewer calls')],
  ])('waits while the store is %s, and is answered when it is back', async (_, fault) => {
    const world = await storeAhead();
    world.store.fail('etl/db', fault);
    ask(world, 't1');
    await world.run();
    expect(world.status()?.rotation).toBeUndefined();
    world.store.heal('etl/db');
    world.store.recover({ sourceUid: 'uid-source-vault' });
    expect(world.woken).toEqual([{ key: 'etl/db', priority: 'high' }]);
    await world.run();
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
  });

  test('waits while the reference is suspended, and is answered when it is not', async () => {
    const world = await storeAhead();
    world.api.change('secretreferences', 'db', reference().edited().suspended().raw);
    ask(world, 't1');
    await world.run();
    expect(world.store.reads).toEqual([]);
    expect(world.status()?.rotation).toBeUndefined();
    world.api.change('secretreferences', 'db', { spec: { suspend: false }, metadata: { generation: 3 } });
    await world.run();
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
  });

  test('ends in Rotated when the operator died between Secret and status', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    world.api.refuse('patch secretreferences/db/status', { kind: 'unavailable' });
    await world.reconcile();
    world.restart();
    world.forget();
    await world.reconcile();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
  });

  test('that replaced another one during its reconcile is the one that is answered', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    world.store.during('etl/db', () => ask(world, 't2'));
    await world.run();
    expect(world.status()?.rotation).toMatchObject({ lastHandled: 't2', lastSucceeded: 't2', result: 'NoChange' });
    expect(world.secret()).toEqual({ password: newer });
  });
});

describe('force-sync', () => {
  test('asks for the same, is remembered apart, and neither token disturbs the other', async () => {
    const world = await storeAhead();
    ask(world, 'f1', 'force-sync');
    await world.run();
    expect(world.status()?.rotation).toMatchObject({ lastForceSync: 'f1', result: 'Rotated' });
    expect(world.status()?.rotation?.lastHandled).toBeUndefined();
    ask(world, 't1');
    await world.run();
    expect(world.status()?.rotation).toMatchObject({ lastForceSync: 'f1', lastSucceeded: 't1', result: 'NoChange' });
    world.forget();
    await world.reconcile();
    expect(world.store.reads).toEqual([]);
  });
});

describe('many tokens', () => {
  test('cost ten reads at once, then one a second, and the last one is answered', async () => {
    const world = await World.synced(reference());
    for (let count = 1; count <= 30; count++) {
      ask(world, `t${count}`);
      await world.run();
    }
    expect(world.store.reads).toHaveLength(10);
    const next = await world.reconcile();
    expect(next).toEqual({ kind: 'at', time: world.clock.steady() + 1000, priority: 'high' });
    world.clock.pass(1000);
    await world.reconcile();
    expect(world.store.reads).toHaveLength(11);
    expect(world.status()?.rotation).toMatchObject({ lastHandled: 't30' });
  });
});

describe('a token that cannot be used', () => {
  const hostile = [
    ['too long', 'x'.repeat(257)],
    ['a line break', 'a\nb'],
    ['a control character', 'a\u0000b'],
    ['a line separator', 'a\u2028b'],
  ] as const;

  test.each(hostile)('is refused by one Warning event and never handled: %s', async (_, token) => {
    const world = await storeAhead();
    ask(world, token);
    await world.run();
    for (let turn = 0; turn < 3; turn++) await world.reconcile();
    expect(world.eventReasons()).toEqual(['Warning TokenRefused']);
    expect(JSON.stringify(world.events)).not.toContain(JSON.stringify(token).slice(1, -1));
    expect([...world.store.reads, ...world.api.writes]).toEqual([]);
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });

  test('is refused again when it is another one, and gives way to one that can', async () => {
    const world = await storeAhead();
    for (const token of ['x'.repeat(257), 'x'.repeat(258), 't1']) {
      ask(world, token);
      await world.run();
    }
    expect(world.eventReasons()).toEqual(['Warning TokenRefused', 'Warning TokenRefused', 'Normal Rotated']);
    expect(world.status()?.rotation).toMatchObject({ lastSucceeded: 't1' });
  });

  test('does not hold up one that can under the other name', async () => {
    const world = await storeAhead();
    ask(world, 'a\nb');
    ask(world, 'f1', 'force-sync');
    await world.run();
    expect(world.status()?.rotation).toMatchObject({ lastForceSync: 'f1' });
  });
});
