import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { deleteSecret, putSecret } from '../servers/openbao-secrets.ts';
import { conditionOf } from './objects.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const statusOf = (object: unknown, ...types: readonly string[]) => types.map(type => conditionOf(object, type)?.status);

interface Missing {
  readonly what: string;
  readonly reason: string;
  readonly message: RegExp;
  readonly remoteRef: object;
  readonly before?: (key: string) => Promise<unknown>;
  readonly fix: (key: string) => Promise<unknown>;
}

const again = (key: string) => putSecret(world().bao, key, { password: secretValue('again'), token: 'x' });

describe('what is missing is told apart, the last good Secret stays, and what is brought back heals:', () => {
  test.each<Missing>([
    {
      what: 'a key',
      reason: 'KeyNotFound',
      message: /^Vault at \S+ has no a-key\/other in the engine at "secret"$/,
      remoteRef: { key: 'a-key/other' },
      fix: () => again('a-key/other'),
    },
    {
      what: 'a property',
      reason: 'PropertyNotFound',
      message: /^spec\.data\[wanted\]: a-property\/db has no property "token"$/,
      remoteRef: { key: 'a-property/db', property: 'token' },
      fix: again,
    },
    {
      what: 'a nested property',
      reason: 'PropertyNotFound',
      message: /has no property "note\.deeper"$/,
      remoteRef: { key: 'a-nested-property/db', property: 'note.deeper' },
      fix: key => putSecret(world().bao, key, { note: { deeper: 'x' } }),
    },
    {
      what: 'a version',
      reason: 'VersionNotFound',
      message: /has no version 3 of a-version\/db$/,
      remoteRef: { key: 'a-version/db', version: '3' },
      fix: key => again(key).then(() => again(key)),
    },
    {
      what: 'a deleted key',
      reason: 'KeyNotFound',
      message: /serves no a-deleted-key\/db: its newest version, 1, is deleted \(it can be undeleted\)$/,
      remoteRef: { key: 'a-deleted-key/db' },
      before: key => deleteSecret(world().bao, key, 'soft'),
      fix: key => world().bao.api('PUT', `secret/undelete/${key}`, { versions: [1] }),
    },
    {
      what: 'a deleted version',
      reason: 'VersionNotFound',
      message: /serves no version 1 of a-deleted-version\/db: it is deleted \(it can be undeleted\)$/,
      remoteRef: { key: 'a-deleted-version/db', version: '1' },
      before: key => deleteSecret(world().bao, key, 'soft').then(() => again(key)),
      fix: key => world().bao.api('PUT', `secret/undelete/${key}`, { versions: [1] }),
    },
    {
      what: 'a destroyed key',
      reason: 'KeyNotFound',
      message: /serves no a-destroyed-key\/db: its newest version, 1, was destroyed$/,
      remoteRef: { key: 'a-destroyed-key/db' },
      before: key => deleteSecret(world().bao, key, { destroy: [1] }),
      fix: again,
    },
  ])('$what', async ({ what, reason, message, remoteRef, before, fix }) => {
    const team = await world().teamInStep(what.replaceAll(' ', '-'));
    const key = `${team.namespace}/db`;
    await before?.(key);
    await team.refer('db', { data: [{ secretKey: 'wanted', remoteRef }] });
    expect(await team.failing('db', reason)).toMatch(message);
    const reference = await team.reference('db');
    expect(statusOf(reference, 'Ready', 'Synced', 'Stalled', 'Reconciling')).toEqual([
      'False',
      'False',
      undefined,
      'True',
    ]);
    expect((await team.secret('db'))?.text.password).toBe(team.password);
    await fix(key);
    await team.rotate('db', 't1');
    await team.synced('db');
    expect(Object.keys((await team.secret('db'))?.text ?? {})).toEqual(['wanted']);
  });

  test('at the interval, without anybody asking', async () => {
    const team = await world().team('at-interval');
    await team.refer('db', { refreshInterval: '10s', dataFrom: [team.extract('db')] });
    await team.failing('db', 'KeyNotFound');
    await team.put('db', { password: secretValue() });
    await team.synced('db');
  });
});
