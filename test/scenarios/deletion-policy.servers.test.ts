import { beforeAll, describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { deleteSecret, enableKv, policy } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { source, vaultAt } from './manifests.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const isGone = (team: Team, name: string) => async () => (await team.secret(name)) === undefined;

describe('when the remote secret goes', () => {
  test('deletionPolicy Retain keeps the last good Secret; brought back, all is well', async () => {
    const team = await world().teamInStep('retain');
    await deleteSecret(world().bao, 'retain/db', 'soft');
    const { status } = await team.rotate('db', 't1');
    expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'KeyNotFound' });
    expect([conditionOf({ status }, 'Ready')?.status, conditionOf({ status }, 'Synced')?.status]).toEqual([
      'True',
      'False',
    ]);
    expect(conditionOf({ status }, 'Synced')?.message).toContain('is deleted (it can be undeleted)');
    expect((await team.secret('db'))?.text).toEqual({ password: team.password });
    await world().bao.api('PUT', 'secret/undelete/retain/db', { versions: [1] });
    await team.rotate('db', 't2');
    await team.synced('db');
  });

  test.each<[string, 'soft' | 'metadata' | { destroy: number[] }]>([
    ['soft-deleted', 'soft'],
    ['destroyed', { destroy: [1] }],
    ['all-gone', 'metadata'],
  ])(
    'deletionPolicy Delete deletes the Secret once that is proved (%s), says so once, and makes it again',
    async (how, way) => {
      const team = await world().teamInStep(how, { deletionPolicy: 'Delete' });
      await deleteSecret(world().bao, `${how}/db`, way);
      await team.annotate('db', { 'shearline.dev/rotate': 't1' });
      await until('the Secret to go', isGone(team, 'db'));
      const { status } = await team.until('db', 't1', each => each.status?.rotation?.lastHandled === 't1');
      expect(status?.target).toBeUndefined();
      expect(conditionOf({ status }, 'Ready')?.status).toBe('False');
      expect(await team.event('db', 'KeyNotFound')).toContain('Secret db was deleted: ');
      const writes = await world().audits.writes(how);
      await team.rotate('db', 't2');
      expect((await world().audits.writes(how)).slice(writes.length)).toEqual(['patch secretreferences/db/status']);
      const second = secretValue('second');
      await team.put('db', { password: second });
      await team.rotate('db', 't3');
      expect((await team.secret('db'))?.text).toEqual({ password: second });
    },
  );

  test('while it is away, an interval that finds nothing new writes nothing', async () => {
    const team = await world().team('still-away');
    await team.put('db', { password: secretValue() });
    const spec = { refreshInterval: '10s', dataFrom: [team.extract('db')], target: { deletionPolicy: 'Delete' } };
    await team.refer('db', spec);
    await team.synced('db');
    await deleteSecret(world().bao, 'still-away/db', 'metadata');
    await team.failing('db', 'KeyNotFound');
    const reads = () => world().audits.reads('secret/data/still-away/db');
    const [writes, before] = [await world().audits.writes('still-away'), await reads()];
    await until('two refreshes', async () => (await reads()) >= before + 2, 40_000);
    expect(await world().audits.writes('still-away')).toEqual(writes);
  });

  test('one of two is not all: nothing is deleted; an optional one is left out', async () => {
    const team = await world().teamInStep('one-of-two');
    await team.put('other', { password: secretValue('other') });
    const entry = (key: string, optional: boolean) => ({
      secretKey: key,
      remoteRef: { key: `one-of-two/${key}`, property: 'password' },
      optional,
    });
    const spec = (optional: boolean) => ({
      data: [entry('db', false), entry('other', optional)],
      target: { name: 'both', deletionPolicy: 'Delete' },
    });
    await team.refer('both', spec(false));
    await team.synced('both');
    await deleteSecret(world().bao, 'one-of-two/other', 'metadata');
    await team.rotate('both', 't1');
    expect(await team.failing('both', 'KeyNotFound')).toContain('one-of-two/other');
    expect(Object.keys((await team.secret('both'))?.text ?? {})).toEqual(['db', 'other']);
    await team.refer('both', spec(true));
    await team.synced('both');
    expect((await team.secret('both'))?.text).toEqual({ db: team.password });
  });
});

describe('a 404 that proves nothing is not absence, so that deletionPolicy Delete deletes nothing:', () => {
  beforeAll(async () => {
    await enableKv(world().bao, { mount: 'plain', version: 1 });
    await policy(world().bao, 'app', { 'secret/*': ['read'], 'plain/*': ['read'], 'nothing/*': ['read'] });
  });
  test.each<[string, object, string, RegExp]>([
    [
      'an engine that is not mounted',
      { mount: 'nothing' },
      'AccessDenied',
      /shows this login no engine at "nothing": check kv\.mount, namespace and the policy$/,
    ],
    [
      'an engine of version 2, read as 1',
      { version: 1 },
      'SourceInvalid',
      /is a KV engine of version 2, not 1: set kv\.version: 2$/,
    ],
    [
      'an engine of version 1, read as 2',
      { mount: 'plain' },
      'SourceInvalid',
      /is a KV engine of version 1, not 2: set kv\.version: 1$/,
    ],
  ])('%s', async (what, kv, reason, message) => {
    const team = await world().team(what.replaceAll(/[ ,]+/g, '-'));
    await team.put('db', { password: secretValue() });
    const spec = { sourceRef: { name: 'own' }, dataFrom: [team.extract('db')], target: { deletionPolicy: 'Delete' } };
    const own = (engine: object) =>
      source(team.namespace, 'own', world().bao.address, { provider: vaultAt(world().bao.address, engine) });
    await world().cluster.apply(own({}));
    await team.refer('db', spec);
    await team.synced('db');
    const before = await team.secret('db');
    await world().cluster.apply(own({ kv }));
    expect(await team.failing('db', reason)).toMatch(message);
    expect(await team.secret('db')).toEqual(before);
    await world().cluster.apply(own({}));
    await team.synced('db');
  });
});
