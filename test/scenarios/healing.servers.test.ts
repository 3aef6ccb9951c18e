import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { openBaoAudit } from '../servers/audit.ts';
import { kubernetesRole } from '../servers/openbao-auth.ts';
import { policy } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { source, vaultAt } from './manifests.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

describe('nobody has to ask again, although the next refresh is in an hour:', () => {
  test('a remote key that is written after its reference', async () => {
    const team = await world().team('key-comes-later');
    await team.refer('db', { refreshInterval: '1h', dataFrom: [team.extract('db')] });
    await team.failing('db', 'KeyNotFound');
    await team.put('db', { password: secretValue() });
    await team.synced('db');
  });

  test('a value that cannot be used, put right', async () => {
    const team = await world().team('value-put-right');
    const wanted = {
      secretKey: 'wanted',
      decoding: 'Base64',
      remoteRef: { key: 'value-put-right/db', property: 'text' },
    };
    await team.put('db', { text: 'not base64!' });
    await team.refer('db', { refreshInterval: '1h', data: [wanted] });
    await team.failing('db', 'ValueNotUsable');
    await team.put('db', { text: Buffer.from(secretValue()).toString('base64') });
    await team.synced('db');
  });

  test('a policy that is fixed', async () => {
    const [team] = await strictTeam('policy-fixed', 1);
    await team.failing('db-0', 'AccessDenied');
    await policy(world().bao, 'policy-fixed', { 'secret/data/policy-fixed/*': ['read'] });
    await team.synced('db-0');
  });

  test.each([
    ['that only its owner knows', {}],
    ['that has our label by hand', { 'shearline.dev/managed': 'true' }],
  ])('a Secret of somebody else %s, deleted by hand', async (what, labels) => {
    const team = await world().teamWithValue(what.replaceAll(' ', '-'));
    const metadata = { name: 'db', namespace: team.namespace, labels };
    await world().cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { theirs: 'eA==' } });
    await team.refer('db', { refreshInterval: '1h', dataFrom: [team.extract('db')] });
    await team.failing('db', 'TargetConflict');
    await world().cluster.remove('Secret', 'db', team.namespace);
    await team.synced('db');
    expect((await team.secret('db'))?.text).toEqual({ password: team.password });
  });
});

/** So many references `db-<n>` to keys that the policy of their role does not let them read. */
async function strictTeam(name: string, count: number): Promise<readonly [Team, readonly string[]]> {
  const { bao, cluster } = world();
  const team = await world().team(name);
  const names = Array.from({ length: count }, (_, i) => `db-${i}`);
  await policy(bao, name, { 'elsewhere/*': ['read'] });
  await kubernetesRole(bao, {
    name,
    serviceAccount: 'app',
    serviceAccountNamespace: name,
    policies: [name],
    ttl: '10m',
  });
  const auth = { kubernetes: { role: name, serviceAccountRef: { name: 'app', audiences: ['vault'] } } };
  await cluster.apply(source(name, 'own', bao.address, { provider: vaultAt(bao.address, { auth }) }));
  await Promise.all(names.map(each => team.put(each, { password: secretValue(each) })));
  const refer = (each: string) =>
    team.refer(each, { sourceRef: { name: 'own' }, refreshInterval: '1h', dataFrom: [team.extract(each)] });
  await Promise.all(names.map(refer));
  return [team, names];
}

const countOf = async (team: Team, reason: string): Promise<number> => {
  const all = await world().cluster.list('SecretReference', team.namespace);
  return all.filter(each => conditionOf(each, 'Synced')?.reason === reason).length;
};

test('two hundred references that a policy denied are in step within 10 s after the first of them', async () => {
  const [team, names] = await strictTeam('two-hundred', 200);
  await until('all to be denied', async () => (await countOf(team, 'AccessDenied')) === names.length, 90_000);
  const deniedFor = async () =>
    (await openBaoAudit(world().bao)).filter(
      ({ type, request, error }) => type === 'response' && error !== undefined && request.path.includes('two-hundred'),
    ).length;
  const [before, begun] = [await deniedFor(), performance.now()];
  await until('some retries', async () => (await deniedFor()) > before + 5);
  const seconds = (performance.now() - begun) / 1000;
  expect((await deniedFor()) - before).toBeLessThanOrEqual(2 * seconds + 10);

  await policy(world().bao, 'two-hundred', { 'secret/data/two-hundred/*': ['read'] });
  await until('the first', async () => (await countOf(team, 'Synced')) > 0);
  const first = performance.now();
  await until('all others', async () => (await countOf(team, 'Synced')) === names.length);
  // Twice as long as promised, for a machine with other work on its cores; one after the other they would take minutes.
  expect(performance.now() - first).toBeLessThan(20_000);
}, 150_000);
