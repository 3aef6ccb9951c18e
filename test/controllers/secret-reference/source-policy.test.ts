import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { type Fields, type ReferenceBuilder, reference } from '../builders.ts';
import { clusterSource, source } from '../objects.ts';
import { World } from '../world.ts';

/** A reference to a source with this policy, after one reconcile. */
async function under(policy: Fields, builder: ReferenceBuilder): Promise<World> {
  const world = new World(builder);
  world.api.put('secretsources', source('vault', { policy }, { generation: 2 }));
  await world.reconcile();
  return world;
}

const synced = (world: World) => world.status()?.conditions.find(({ type }) => type === 'Synced');
const owned = reference().spec({ owner: 'team-etl' });
const finding = reference().spec({ data: [], dataFrom: [{ find: { prefix: 'etl/' } }] });

describe('a reference that does not keep a rule is refused with its name, and nothing is read:', () => {
  test.each<[string, Fields, ReferenceBuilder, string]>([
    [
      'targetTypes',
      { targetTypes: ['kubernetes.io/tls', 'kubernetes.io/ssh-auth'] },
      reference(),
      'SecretSource vault lets nobody write a Secret of type Opaque: its spec.policy.targetTypes has kubernetes.io/tls, kubernetes.io/ssh-auth only',
    ],
    [
      'minRefreshInterval',
      { minRefreshInterval: '5m' },
      reference().spec({ refreshInterval: '299s' }),
      'SecretSource vault is not to be asked so often: its spec.policy.minRefreshInterval is 300s; raise spec.refreshInterval, or set it to "0s"',
    ],
    [
      'ownerRequired',
      { ownerRequired: true },
      reference(),
      'SecretSource vault asks who answers for a Secret (its spec.policy.ownerRequired): set spec.owner',
    ],
    [
      'a search as well',
      { ownerRequired: true },
      finding,
      'SecretSource vault asks who answers for a Secret (its spec.policy.ownerRequired): set spec.owner',
    ],
  ])('%s', async (_, policy, builder, message) => {
    const world = await under(policy, builder);
    expect(synced(world)).toMatchObject({ status: 'False', reason: 'RefusedByPolicy', message });
    expect(world.conditions()).toMatchObject({ Stalled: 'True RefusedByPolicy' });
    expect([world.store.reads, world.secret()]).toEqual([[], undefined]);
  });

  test('deniedKeys, whatever is allowed', async () => {
    const world = await under({ deniedKeys: ['*/db'] }, reference());
    expect(synced(world)).toMatchObject({
      reason: 'KeyNotAllowed',
      message:
        'spec.data[password]: namespace etl may not read etl/db from SecretSource vault: its spec.policy.deniedKeys covers that key, whatever is allowed: name another one, or ask its owner',
    });
    expect(world.store.reads).toEqual([]);
  });

  test('of another source that one entry names', async () => {
    const data = [
      { secretKey: 'a', remoteRef: { key: 'etl/db', property: 'password' } },
      { secretKey: 'b', remoteRef: { key: 'etl/db' }, sourceRef: { kind: 'ClusterSecretSource', name: 'strict' } },
    ];
    const world = new World(reference().spec({ data }));
    world.api.put('clustersecretsources', clusterSource('strict', { policy: { ownerRequired: true } }));
    await world.reconcile();
    expect(synced(world)?.message).toContain('ClusterSecretSource strict asks who answers');
  });
});

describe('a reference that keeps them is served:', () => {
  test.each<[string, Fields, ReferenceBuilder]>([
    ['nothing asked', {}, reference()],
    ['one of the types', { targetTypes: ['kubernetes.io/tls', 'Opaque'] }, reference()],
    ['an owner', { ownerRequired: true }, owned],
    ['ownerRequired: false', { ownerRequired: false }, reference()],
    ['the interval itself', { minRefreshInterval: '5m' }, reference().spec({ refreshInterval: '5m' })],
    ['no refresh by time', { minRefreshInterval: '5m' }, reference().spec({ refreshInterval: '0s' })],
    [
      'a policy that never asks by time',
      { minRefreshInterval: '5m' },
      reference().spec({ refreshInterval: '10s', refreshPolicy: 'OnChange' }),
    ],
    ['a key that is not denied', { deniedKeys: ['etl/admin/**', '{namespace}/root'] }, reference()],
    ['a Secret of just that size', { maxSecretBytes: `${canary}-password`.length }, reference()],
  ])('%s', async (_, policy, builder) => {
    const world = await under(policy, builder);
    expect(synced(world)).toMatchObject({ status: 'True' });
  });
});

test('a search does not find what is denied', async () => {
  const world = new World(finding);
  world.api.put('secretsources', source('vault', { policy: { deniedKeys: ['**/root'] } }, { generation: 2 }));
  for (const key of ['etl/a', 'etl/root']) world.store.put(key, 'x');
  world.store.listed = ['etl/a', 'etl/root'];
  await world.reconcile();
  expect(world.secret()).toEqual({ a: 'x' });
});

test('a Secret that would be larger than maxSecretBytes stays as it was, and the rule is named', async () => {
  const world = new World(reference());
  world.api.put('secretsources', source('vault', { policy: { maxSecretBytes: 40 } }, { generation: 2 }));
  await world.reconcile();
  const before = world.secret();
  expect(before).toBeDefined();
  world.store.put('etl/db', { password: `${canary}${'x'.repeat(100)}` });
  world.clock.pass(3_600_000);
  await world.reconcile();
  expect(world.secret()).toEqual(before);
  expect(synced(world)).toMatchObject({
    reason: 'TargetTooLarge',
    message: expect.stringMatching(
      /^Secret db would hold 1\d\d bytes, and spec\.policy\.maxSecretBytes of SecretSource vault is 40: /,
    ),
  });
});

test('a policy that is narrowed stops what was served, and one that is widened serves it again', async () => {
  const world = await under({}, reference());
  world.api.put(
    'secretsources',
    source('vault', { policy: { ownerRequired: true } }, { generation: 3, resourceVersion: '8' }),
  );
  await world.reconcile();
  expect(world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'False RefusedByPolicy' });
  world.api.put('secretsources', source('vault', {}, { generation: 4, resourceVersion: '9' }));
  await world.reconcile();
  expect(world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'True Synced' });
});
