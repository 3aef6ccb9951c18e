import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { canary } from '../canary.ts';
import { until } from '../kube/until.ts';
import { json } from '../servers/answers.ts';
import type { Stage } from './stage.ts';
import type { Visit } from './visit.ts';

/** One login a namespace, shared by all that it reads, and by nobody else. */
export function identities(stage: Stage): void {
  const unshared = () => Array.from({ length: 50 }, () => stage.newKey('never-was'));

  const readAll = (visit: Visit, keys: readonly string[]) => Promise.all(keys.map(key => visit.read(key)));

  test('50 parallel reads of one key are one read', async () => {
    const { visit, key } = await stage.loggedIn();
    const single = visit.seen('read').length;
    const answers = await readAll(visit, Array<string>(50).fill(key));
    expect(answers.map(answer => stage.text(answer))).toEqual(Array(50).fill(canary));
    expect(visit.seen('read')).toHaveLength(2 * single);
    expect(single).toBeGreaterThan(0);
  });

  test('50 parallel reads of different keys share one login', async () => {
    const visit = stage.visit();
    await readAll(visit, unshared());
    expect(visit.seen('login')).toHaveLength(await stage.loginCalls());
  });

  describe('two namespaces', () => {
    test('never share a login, nor a client', async () => {
      const { visit, key } = await stage.loggedIn();
      const namespaces = { 'team-a': stage.cluster.namespace('team-a'), 'team-b': stage.cluster.namespace('team-b') };
      const own = stage.harness.provider.needs.serviceAccount !== undefined;
      for (const team of ['team-b', 'team-a', 'team-b'] as const) {
        const before = visit.seen('read').length;
        expect(stage.text(await visit.read(key, { team }))).toBe(canary);
        const readers = visit
          .seen('read')
          .slice(before)
          .map(({ namespace }) => namespace);
        expect(new Set(readers)).toEqual(new Set([own ? namespaces[team] : undefined]));
      }
      const entered = visit.seen('login').map(({ namespace }) => namespace);
      const once = await stage.loginCalls();
      const each = (namespace: string | undefined) => Array(once).fill(namespace);
      expect(entered).toEqual(own ? [...each(namespaces['team-a']), ...each(namespaces['team-b'])] : each(undefined));
    });

    test('are told apart in the same moment too', async () => {
      const { visit, key } = await stage.loggedIn();
      const teams = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'team-a' : 'team-b'));
      const before = visit.seen('read').length;
      await Promise.all(teams.map(team => visit.read(key, { team })));
      const readers = visit
        .seen('read')
        .slice(before)
        .map(({ namespace }) => namespace);
      const own = stage.harness.provider.needs.serviceAccount !== undefined;
      const { namespace } = stage.cluster;
      expect(new Set(readers)).toEqual(new Set(own ? [namespace('team-a'), namespace('team-b')] : [undefined]));
    });
  });

  test('the store sees a token for an audience of the source, and for no other', async () => {
    const { visit } = await stage.loggedIn();
    const wanted = stage.harness.provider.needs.serviceAccount?.audiences ?? [];
    const allowed = wanted === 'this-cluster' ? [stage.cluster.issuer] : wanted;
    const audiences = (['login', 'read'] as const)
      .flatMap(kind => visit.seen(kind))
      .flatMap(({ audience }) => (audience === undefined ? [] : [audience]));
    expect(audiences.filter(audience => !allowed.includes(audience))).toEqual([]);
    expect(audiences.length > 0).toBe(allowed.length > 0);
  });

  describe('a login that has ended', () => {
    test('by its time is replaced by one new login', async () => {
      const { visit, key } = await stage.loggedIn();
      const { expiresAt = systemClock.steady() } = await stage.visit().session();
      const once = visit.seen('login').length;
      const ends = (await stage.visit().session()).expiresAt !== undefined;
      visit.advance(expiresAt - systemClock.steady() + 60_000);
      await readAll(visit, unshared());
      expect(stage.text(await visit.read(key))).toBe(canary);
      expect(visit.seen('login')).toHaveLength(ends ? 2 * once : once);
    });

    test('by the store is replaced by one new login', async () => {
      const { visit, key } = await stage.loggedIn();
      const once = visit.seen('login').length;
      await stage.harness.revokeLogins?.();
      const answers = await readAll(visit, [...unshared(), key]);
      expect(answers.map(answer => stage.told(answer))).toEqual([...Array(50).fill('absent/KeyNotFound'), 'ok']);
      expect(visit.seen('login')).toHaveLength(stage.harness.revokeLogins ? 2 * once : once);
    });
  });

  test('401 to everything costs one login more, and no others', async () => {
    const { visit, key } = await stage.loggedIn();
    const once = visit.seen('login').length;
    stage.harness.misbehave('read', json({ message: canary }, 401));
    for (let attempt = 0; attempt < 3; attempt++) expect(stage.told(await visit.read(key))).toMatch(/^denied\//);
    expect(visit.seen('login').length).toBeLessThanOrEqual(2 * once);
  });

  test('what a provider says that it can is what its sessions can', async () => {
    const { batch, capabilities } = stage.harness.provider;
    const session = await stage.visit().session();
    expect(session.list !== undefined).toBe(capabilities.includes('list'));
    expect(session.readMany !== undefined).toBe(batch !== undefined);
  });

  test('nothing reaches the store but by the transport of the source', async () => {
    const visit = stage.visit();
    visit.net.shut();
    const key = stage.newKey('closed');
    expect(stage.told(await visit.read(key))).toBe('invalid/SourceInvalid');
    expect([...visit.seen('login'), ...visit.seen('read')]).toEqual([]);
  });

  test('close leaves no transport, no socket, and nobody who reads', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter(name => /^T(CP|LS)(Socket)?Wrap$/.test(name)).length;
    await (await stage.loggedIn()).visit.end();
    const before = sockets();
    const { visit, key } = await stage.loggedIn();
    await visit.read(key, { team: 'team-b' });
    expect(visit.net.count).toBeGreaterThan(0);
    await visit.end();
    expect(visit.net.count).toBe(0);
    await until(() => sockets() <= before);
    expect(stage.told(await visit.read(key))).toBe('unavailable/ProviderUnavailable');
  });
}
