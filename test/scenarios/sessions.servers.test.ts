import { expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { openBaoAudit } from '../servers/audit.ts';
import { policy } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { source, vaultAt } from './manifests.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

/** A role of the team's own, and a SecretSource `own` that logs in with it. */
async function ownRole(team: Team, limits: object): Promise<(limits: object) => Promise<unknown>> {
  const { bao, cluster } = world();
  const { namespace } = team;
  const bound = { bound_service_account_names: ['app'], bound_service_account_namespaces: [namespace] };
  const set = (more: object) =>
    bao.api('POST', `auth/kubernetes/role/${namespace}`, { ...bound, audience: 'vault', ...more });
  await set(limits);
  const auth = { kubernetes: { role: namespace, serviceAccountRef: { name: 'app', audiences: ['vault'] } } };
  await cluster.apply(source(namespace, 'own', bao.address, { provider: vaultAt(bao.address, { auth }) }));
  return set;
}

const own = { sourceRef: { name: 'own' } };

/** Requests to OpenBao so far whose path ends so. */
async function asked(path: string): Promise<number> {
  const entries = await openBaoAudit(world().bao);
  return entries.filter(({ type, request }) => type === 'request' && request.path.endsWith(path)).length;
}

test('a role that gets one more policy serves the next rotation at once, and whoever was served stays so', async () => {
  const team = await world().teamWithValue('more-rights');
  await policy(world().bao, 'more-rights', { 'secret/data/more-rights/db': ['read'] });
  await policy(world().bao, 'even-more', { 'secret/data/more-rights/other': ['read'] });
  const setRole = await ownRole(team, { token_policies: ['more-rights'], token_ttl: '1h' });
  await team.put('other', { password: secretValue('other') });
  await team.refer('db', { ...own, dataFrom: [team.extract('db')] });
  await team.refer('other', { ...own, dataFrom: [team.extract('other')] });
  await team.synced('db');
  expect(await team.failing('other', 'AccessDenied')).toContain(
    'its policy needs path "secret/data/more-rights/other" { capabilities = ["read"] }',
  );
  await setRole({ token_policies: ['more-rights', 'even-more'], token_ttl: '1h' });
  const { status } = await team.rotate('other', 't1');
  expect(status?.rotation?.result).toBe('Rotated');
  expect((await team.rotate('db', 't1')).status?.rotation?.result).toBe('NoChange');
  expect(await world().audits.logins('kubernetes')).toBe(2);
});

test('a login that is good for three requests is followed by the next in time: nothing fails, nothing waits', async () => {
  const team = await world().teamWithValue('three-uses');
  const logins = await world().audits.logins('kubernetes');
  await ownRole(team, { token_policies: ['app'], token_ttl: '1h', token_num_uses: 3 });
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) {
    await team.put(name, { password: secretValue(name) });
    await team.refer(name, { ...own, dataFrom: [team.extract(name)] });
  }
  await Promise.all(names.map(name => team.synced(name)));
  for (const token of ['t1', 't2', 't3', 't4']) {
    const rotated = await Promise.all(names.map(name => team.rotate(name, token)));
    expect(rotated.map(({ status }) => status?.rotation?.result)).toEqual(names.map(() => 'NoChange'));
  }
  const failures = await Promise.all(names.map(name => team.events(name)));
  expect(failures.flat().filter(({ type }) => type === 'Warning')).toEqual([]);
  const reads = await Promise.all(names.map(name => world().audits.reads(`secret/data/three-uses/${name}`)));
  const total = reads.reduce((sum, each) => sum + each, 0);
  expect((await world().audits.logins('kubernetes')) - logins).toBe(Math.ceil(total / 3));
});

test('a periodic login is renewed by its own time and not made again', async () => {
  const team = await world().teamWithValue('periodic');
  await ownRole(team, { token_policies: ['app'], token_period: '12s' });
  const logins = await world().audits.logins('kubernetes');
  await team.refer('db', { ...own, refreshInterval: '10s', dataFrom: [team.extract('db')] });
  await team.synced('db');
  const renewals = await asked('auth/token/renew-self');
  const reads = await world().audits.reads('secret/data/periodic/db');
  await until('the third renewal', async () => (await asked('auth/token/renew-self')) >= renewals + 3, 60_000);
  expect(await world().audits.reads('secret/data/periodic/db')).toBeGreaterThan(reads);
  expect((await team.rotate('db', 't1')).status?.rotation?.result).toBe('NoChange');
  expect((await world().audits.logins('kubernetes')) - logins).toBe(1);
});
