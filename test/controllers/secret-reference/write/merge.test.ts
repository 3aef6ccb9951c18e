import { describe, expect, test } from '@jest/globals';
import { canary } from '../../../canary.ts';
import { hour, password, reference, wants } from '../../builders.ts';
import { fieldsOf } from '../../fields.ts';
import { consent, encoded, host, merged, mergeState, theirs } from '../../hosts.ts';
import { World } from '../../world.ts';

const newer = `${canary}-newer`;

describe('merging', () => {
  test('adds the own keys, leaves all others, and writes down what it keeps there', async () => {
    const world = new World(reference().merging());
    world.api.put('secrets', host());
    await world.reconcile();
    expect(world.api.writes).toEqual(['patch secrets/db', 'patch secretreferences/db/status']);
    expect(world.secret()).toEqual({ theirs, password });
    expect(mergeState(world)).toEqual({ revision: 1, keys: ['password'] });
    expect(world.secretMetadata().ownerReferences).toEqual([]);
    expect(world.status()?.target).toMatchObject({ name: 'db', revision: 1, keys: 1 });
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });

  test('begins with the finalizer, so that no key is left behind', async () => {
    const world = new World(reference().target({ creationPolicy: 'Merge' }));
    world.api.put('secrets', host());
    expect(await world.reconcile()).toEqual({ kind: 'on-change' });
    expect(world.api.writes).toEqual(['patch secretreferences/db']);
    await world.run();
    expect(world.secret()).toEqual({ theirs, password });
  });

  test('writes nothing when nothing changed, also after the host was written by others', async () => {
    const world = await merged();
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.api.writes).toEqual([]);
    world.api.change('secrets', 'db', { data: encoded({ theirs: `${theirs}-2` }) });
    await world.run();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.secret()).toEqual({ theirs: `${theirs}-2`, password });
  });

  test('takes out a key that is wanted no more', async () => {
    const world = new World(reference().merging().spec(wants('password', 'user')));
    world.store.put('etl/db', { password, user: `${canary}-user` });
    world.api.put('secrets', host());
    await world.reconcile();
    world.api.change('secretreferences', 'db', reference().merging().edited(wants('password')).raw);
    await world.run();
    expect(world.secret()).toEqual({ theirs, password });
    expect(mergeState(world)).toEqual({ revision: 2, keys: ['password'] });
  });

  test('moves from a former host to the one that is named now', async () => {
    const world = await merged();
    world.api.put('secrets', host('other'));
    world.api.change('secretreferences', 'db', reference().merging().edited().target({ name: 'other' }).raw);
    await world.run();
    expect(world.secret('other')).toEqual({ theirs, password });
    expect(world.secret('db')).toEqual({ theirs });
    expect(mergeState(world)).toBeNull();
    expect(world.status()?.target?.name).toBe('other');
  });
});

describe('the host', () => {
  test('has to be there, and heals the reference when it appears', async () => {
    const world = new World(reference().merging());
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Ready: 'False TargetConflict', Stalled: 'True TargetConflict' });
    expect(world.status()?.conditions[0]?.message).toContain('shearline.dev/merge: allowed');
    world.api.put('secrets', host());
    await world.run();
    expect(world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True Synced' });
  });

  test('has to consent, and is untouched until it does', async () => {
    const world = new World(reference().merging());
    world.api.put('secrets', host('db', {}));
    await world.reconcile();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.secret()).toEqual({ theirs });
    world.api.change('secrets', 'db', { metadata: { labels: consent } });
    await world.run();
    expect(world.secret()).toEqual({ theirs, password });
  });

  test('that takes its consent back is written no more', async () => {
    const world = await merged();
    world.api.change('secrets', 'db', { metadata: { labels: null } });
    await world.run();
    expect(world.api.writes).toEqual(['patch secretreferences/db/status']);
    expect(world.conditions()).toMatchObject({ Ready: 'False TargetConflict' });
  });

  test('keeps its own key: the same key of ours is a conflict and not a loss', async () => {
    const world = new World(reference().merging());
    world.api.put('secrets', host('db', consent, { password: theirs }));
    await world.reconcile();
    expect(world.secret()).toEqual({ password: theirs });
    expect(world.conditions()).toMatchObject({ Stalled: 'True TargetConflict' });
    expect(world.status()?.conditions[0]?.message).toContain('choose another secretKey');
  });

  test('may not be the target of another reference, which would take the keys out for ever', async () => {
    const world = new World(reference('owner').target({ name: 'db' }), reference().merging());
    await world.reconcile('owner');
    world.api.change('secrets', 'db', { metadata: { labels: consent } });
    await world.run();
    expect(world.secret()).toEqual({ password });
    expect(world.conditions('db')).toMatchObject({ Stalled: 'True TargetConflict' });
    expect(world.conditions('owner')).toMatchObject({ Ready: 'True Synced' });
  });

  test('made again under the same name gets the keys again', async () => {
    const world = await merged();
    world.api.remove('secrets', 'db');
    await world.run();
    world.api.put('secrets', { ...host(), metadata: { ...fieldsOf(host().metadata), uid: 'uid-again' } });
    await world.run();
    expect(world.secret()).toEqual({ theirs, password });
  });
});

describe('two references in one host', () => {
  test('keep apart when their keys do, and the first keeps a key that both want', async () => {
    const other = reference('other').merging().target({ name: 'db' });
    const world = await merged();
    world.store.put('etl/other', { password: newer });
    world.add(other.spec({ data: [{ secretKey: 'password', remoteRef: { key: 'etl/other', property: 'password' } }] }));
    await world.reconcile('other');
    expect(world.conditions('other')).toMatchObject({ Stalled: 'True TargetConflict' });
    expect(world.secret()).toEqual({ theirs, password });
    world.api.change('secretreferences', 'other', {
      metadata: { generation: 2 },
      spec: { data: [{ secretKey: 'else', remoteRef: { key: 'etl/other', property: 'password' } }] },
    });
    await world.run();
    expect(world.secret()).toEqual({ theirs, password, else: newer });
    expect(world.conditions('db')).toMatchObject({ Ready: 'True Synced' });
  });
});
