import { expect, test } from '@jest/globals';
import { accessDenied } from '../../../src/core/fault.ts';
import { password, reference } from '../builders.ts';
import { World } from '../world.ts';

const subject = { reference: 'etl/db', uid: 'uid-db', generation: expect.any(Number) };
const store = { source: 'SecretSource vault', provider: 'vault', durationMs: expect.any(Number) };

test('a first sync is one read and one write, with the version that was served', async () => {
  const world = new World(reference());
  await world.reconcile();
  expect(world.audits).toEqual([
    { ...subject, ...store, because: 'NeverSynced', action: 'read', key: 'etl/db', version: '1', result: 'ok' },
    { ...subject, because: 'NeverSynced', action: 'write', secret: 'etl/db', change: 'created' },
  ]);
});

test('a rotation names its token, and a read that changed nothing is no write', async () => {
  const world = new World(reference().synced().token('t1'));
  await world.reconcile();
  expect(world.audits).toEqual([
    expect.objectContaining({ action: 'read', because: 'RotationRequested', token: 't1', result: 'ok' }),
  ]);
});

test('a refused read is on record with its reason', async () => {
  const world = new World(reference().spec({ owner: 'team-etl' }));
  world.store.fail('etl/db', accessDenied('no'));
  await world.reconcile();
  expect(world.audits).toEqual([
    {
      ...subject,
      ...store,
      owner: 'team-etl',
      because: 'NeverSynced',
      action: 'read',
      key: 'etl/db',
      result: 'AccessDenied',
    },
  ]);
});

test('no value is ever on record', async () => {
  const world = new World(reference());
  await world.reconcile();
  expect(JSON.stringify(world.audits)).not.toContain(password);
});
