import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { canary } from '../canary.ts';
import { until } from '../kube/until.ts';
import { json } from '../servers/answers.ts';
import { type CallKind, teams } from './harness.ts';
import type { Stage } from './stage.ts';
import type { Visit } from './visit.ts';

/** One login a namespace, shared by all that it reads, and by nobody else. */
export function identities(stage: Stage): void {
  const unshared = () => Array.from({ length: 50 }, () => stage.newKey('never-was'));

  const readAll = (visit: Visit, keys: readonly string[]) => Promise.all(keys.map(key => visit.read(key)));

  test('50 parallel reads of one key are one read', async () => {
    const { visit, key } = await stage.loggedIn();
    const reads = async (times: number) => {
      const before = visit.seen('read').length;
      const answers = await readAll(visit, Array<string>(times).fill(key));
      expect(answers.map(answer => stage.text(answer))).toEqual(Array(times).fill(canary));
      return visit.seen('read').length - before;
    };
    const single = await reads(1); // not the first, which may find out something besides
    expect(single).toBeGreaterThan(0);
    expect(await reads(50)).toBe(single);
  });

  test('50 parallel reads of different keys share one login', async () => {
    const visit = stage.visit();
    await readAll(visit, unshared());
    expect(visit.seen('login')).toHaveLength(await stage.loginCalls());
  });

  /** Whom the store saw in the calls of a kind, from the so-manieth on. */
  const namespacesOf = (visit: Visit, kind: CallKind, from = 0) =>
    visit
      .seen(kind)
      .slice(from)
      .map(({ namespace }) => namespace);

  const logins = (times: number, namespace: string | undefined) => Array<string | undefined>(times).fill(namespace);

  if (stage.has('own logins'))
    describe('two namespaces', () => {
      test('never share a login, nor a client', async () => {
        const { visit, key } = await stage.loggedIn();
        const { namespace } = stage.cluster;
        for (const team of ['team-b', 'team-a', 'team-b'] as const) {
          const before = visit.seen('read').length;
          expect(stage.text(await visit.read(key, { team }))).toBe(canary);
          expect(new Set(namespacesOf(visit, 'read', before))).toEqual(new Set([namespace(team)]));
        }
        const entered = namespacesOf(visit, 'login');
        const once = await stage.loginCalls();
        expect(entered).toEqual(teams.flatMap(team => logins(once, namespace(team))));
      });

      test('are told apart in the same moment too', async () => {
        const { visit, key } = await stage.loggedIn();
        const mixed = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'team-a' : 'team-b'));
        const before = visit.seen('read').length;
        const answers = await Promise.all(mixed.map(team => visit.read(key, { team })));
        expect(answers.map(answer => stage.text(answer))).toEqual(Array(20).fill(canary));
        expect(new Set(namespacesOf(visit, 'read', before))).toEqual(new Set(teams.map(stage.cluster.namespace)));
      });
    });
  else
    test('two namespaces with one credential share its login', async () => {
      const { visit, key } = await stage.loggedIn();
      for (const team of ['team-b', 'team-a'] as const)
        expect(stage.text(await visit.read(key, { team }))).toBe(canary);
      const entered = namespacesOf(visit, 'login');
      expect(entered).toEqual(logins(await stage.loginCalls(), undefined));
    });

  /** Of the tokens that the store saw. */
  const audiencesAt = (visit: Visit) =>
    (['login', 'read'] as const)
      .flatMap(kind => visit.seen(kind))
      .flatMap(({ audience }) => (audience === undefined ? [] : [audience]));

  if (stage.has('own logins'))
    test('the store sees a token for an audience of the source, and for no other', async () => {
      const { visit } = await stage.loggedIn();
      const wanted = stage.harness.provider.needs.serviceAccount?.audiences ?? [];
      const allowed = wanted === 'this-cluster' ? [stage.cluster.issuer] : wanted;
      const audiences = audiencesAt(visit);
      expect(audiences.filter(audience => !allowed.includes(audience))).toEqual([]);
      expect(audiences.length).toBeGreaterThan(0);
    });
  else
    test('the store sees no token of a ServiceAccount', async () => {
      expect(audiencesAt((await stage.loggedIn()).visit)).toEqual([]);
    });

  describe('a login that has ended', () => {
    if (stage.has('logins that expire'))
      test('by its time is replaced by one new login', async () => {
        const { expiresAt = 0 } = await stage.visit().session();
        const { visit, key } = await stage.loggedIn();
        const once = visit.seen('login').length;
        visit.advance(expiresAt - systemClock.steady() + 60_000);
        await readAll(visit, unshared());
        expect(stage.text(await visit.read(key))).toBe(canary);
        expect(visit.seen('login')).toHaveLength(2 * once);
      });
    else
      test('by its time is none: no time ends it', async () => {
        const { visit, key } = await stage.loggedIn();
        const once = visit.seen('login').length;
        visit.advance(24 * 3_600_000);
        expect(stage.text(await visit.read(key))).toBe(canary);
        expect(visit.seen('login')).toHaveLength(once);
      });

    if (stage.has('logins that it ends'))
      test('by the store is replaced by one new login', async () => {
        const { visit, key } = await stage.loggedIn();
        const once = visit.seen('login').length;
        await stage.harness.revokeLogins?.();
        const answers = await readAll(visit, [...unshared(), key]);
        expect(answers.map(answer => stage.faultText(answer))).toEqual([...Array(50).fill('absent/KeyNotFound'), 'ok']);
        expect(visit.seen('login')).toHaveLength(2 * once);
      });
  });

  if (stage.has('a server'))
    test('401 to everything costs one login more, and no others', async () => {
      const { visit, key } = await stage.loggedIn();
      const once = visit.seen('login').length;
      stage.harness.misbehave('read', json({ message: canary }, 401));
      for (let attempt = 0; attempt < 3; attempt++) expect(stage.faultText(await visit.read(key))).toMatch(/^denied\//);
      expect(visit.seen('login').length).toBeLessThanOrEqual(2 * once);
    });

  test('what a provider says that it can is what its sessions can', async () => {
    const session = await stage.visit().session();
    expect(session.list !== undefined).toBe(stage.has('lists'));
    expect(session.readMany !== undefined).toBe(stage.has('batches'));
  });

  if (stage.has('a server'))
    test('nothing reaches the store but by the transport of the source', async () => {
      const visit = stage.visit();
      visit.net.shut();
      const key = stage.newKey('closed');
      expect(stage.faultText(await visit.read(key))).toBe('invalid/SourceInvalid');
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
    expect(stage.faultText(await visit.read(key))).toBe('unavailable/ProviderUnavailable');
  });
}
