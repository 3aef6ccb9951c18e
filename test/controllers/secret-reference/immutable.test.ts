import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { password, type ReferenceBuilder, reference } from '../builders.ts';
import { World } from '../world.ts';

const frozen = reference().target({ immutable: true });
const newer = `${canary}-newer`;

const ask = (world: World, token: string): void =>
  world.api.change('secretreferences', 'db', { metadata: { annotations: { 'shearline.dev/rotate': token } } });
async function edit(world: World, builder: ReferenceBuilder): Promise<void> {
  const status = world.api.find('secretreferences', 'db')?.status;
  world.api.put('secretreferences', { ...builder.edited().raw, status });
  await world.reconcile();
}

/** In step, and the store has moved on. */
async function storeAhead(builder = frozen): Promise<World> {
  const world = await World.synced(builder);
  world.store.put('etl/db', { password: newer });
  return world;
}

describe('an immutable target', () => {
  test('is made so, and is in step without a further write or look', async () => {
    const world = await World.synced(frozen);
    expect(world.api.find('secrets', 'db')?.immutable).toBe(true);
    for (const again of [() => undefined, () => world.restart()]) {
      again();
      world.clock.steadyMs += 3_600_000;
      world.clock.wallMs += 3_600_000;
      await world.reconcile();
    }
    expect([world.api.writes, world.api.gets]).toEqual([[], []]);
  });

  test('keeps its value and stays Ready; what is newer is reported, and answers the rotation', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    await world.run();
    expect(world.secret()).toEqual({ password });
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'False TargetImmutable' });
    expect(world.status()?.rotation).toMatchObject({ lastHandled: 't1', result: 'Failed', reason: 'TargetImmutable' });
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
  });

  test('that is deleted then is made again at once with the newest value, immutable', async () => {
    const world = await storeAhead();
    ask(world, 't1');
    await world.run();
    world.api.remove('secrets', 'db');
    await world.run();
    expect(world.secret()).toEqual({ password: newer });
    expect(world.api.find('secrets', 'db')?.immutable).toBe(true);
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
    expect(world.status()?.target?.revision).toBe(2);
  });

  test('moves to the newest value under another name', async () => {
    const world = await storeAhead();
    await edit(world, frozen.target({ name: 'next' }));
    expect([world.secret('next'), world.secret()]).toEqual([{ password: newer }, undefined]);
  });

  test('gets labels and annotations of an edit, which Kubernetes allows', async () => {
    const world = await World.synced(frozen);
    await edit(world, frozen.target({ labels: { team: 'etl' } }));
    expect(world.secretMetadata().labels.team).toBe('etl');
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });
});

test('a target becomes immutable by an edit, with the newest value in the same write', async () => {
  const world = await storeAhead(reference());
  await edit(world, frozen);
  expect(world.secret()).toEqual({ password: newer });
  expect(world.api.find('secrets', 'db')?.immutable).toBe(true);
  expect(world.api.writes).toEqual(['update secrets/db', 'patch secretreferences/db/status']);
});

test('and by an edit that changes nothing else', async () => {
  const world = await World.synced(reference());
  await edit(world, frozen);
  expect(world.api.find('secrets', 'db')?.immutable).toBe(true);
});

describe('a target that is immutable and shall not be any more', () => {
  test('by false, is a fault that says how, until it is deleted', async () => {
    const world = await World.synced(frozen);
    await edit(world, frozen.target({ immutable: false }));
    expect(world.conditions()).toMatchObject({ Ready: 'False TargetImmutable', Synced: 'False TargetImmutable' });
    expect(world.status()?.conditions[1]?.message).toBe(
      'Secret etl/db is immutable, and Kubernetes lets nobody take that back: delete it, it is made again at once, or set spec.target.immutable: true',
    );
    world.api.remove('secrets', 'db');
    await world.run();
    expect(world.api.find('secrets', 'db')?.immutable).toBe(false);
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });

  test('by no word, is in step until its value changes', async () => {
    const world = await World.synced(frozen);
    await edit(world, reference());
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
    world.store.put('etl/db', { password: newer });
    ask(world, 't1');
    await world.run();
    expect(world.conditions()).toMatchObject({ Synced: 'False TargetConflict' });
    expect(world.secret()).toEqual({ password });
  });
});
