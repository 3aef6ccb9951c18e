import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { authFailed, invalid, unavailable } from '../../src/core/fault.ts';
import { failed, ok } from '../../src/core/result.ts';
import { identify } from '../../src/remote/identity.ts';
import type { SourceAccess } from '../../src/remote/ports.ts';
import { SessionCache } from '../../src/remote/session-cache.ts';
import type { SessionSlot } from '../../src/remote/session-slot.ts';
import { FakeTime } from '../async/fake-time.ts';
import { asApp, canary, FakeCluster, FakeStore, never, observed, reasonOf, untilAborted } from './fake-store.ts';

const second = 1000;
const minute = 60 * second;
const refresh = { priority: 'low', notBefore: 0 } as const;
const wrongRole = authFailed('vault-prod refused role etl');

let time: FakeTime;
let store: FakeStore;
let cluster: FakeCluster;
let sessions: SessionCache;
let bugs: unknown[];

beforeEach(() => {
  time = new FakeTime();
  store = new FakeStore(time);
  cluster = new FakeCluster();
  bugs = [];
  sessions = new SessionCache({
    cluster,
    openTransport: store.openTransport,
    clock: time,
    timers: time,
    random: () => 0.5,
    observer: observed(),
    onBug: bug => bugs.push(bug),
  });
});

afterEach(async () => {
  await sessions.close(never);
  expect(time.pending.size).toBe(0);
  expect(store.openTransports).toBe(0);
  expect(bugs).toEqual([]);
});

function sessionOf(namespace: string, source: SourceAccess = store.source()): SessionSlot {
  const identity = identify(source, namespace, cluster);
  if (!identity.ok) throw new Error(identity.fault.reason);
  return sessions.of(source, identity.value);
}

const rotationNow = () => ({ priority: 'high', notBefore: time.steady() }) as const;

describe('one login', () => {
  test('is shared by fifty who ask at once, and by all who ask later', async () => {
    const asked = await Promise.all(Array.from({ length: 50 }, () => sessionOf('etl').get(refresh)));
    await sessionOf('etl').get(refresh);
    expect(new Set(asked.map(answer => answer.ok && answer.value)).size).toBe(1);
    expect(store.logins).toHaveLength(1);
  });

  test('is never shared by two namespaces', async () => {
    const one = await sessionOf('etl').get(refresh);
    const other = await sessionOf('web').get(refresh);
    expect(store.logins).toEqual([`${canary} of etl/app`, `${canary} of web/app`]);
    expect(one.ok && other.ok && one.value !== other.value).toBe(true);
  });

  test('serves all namespaces of a source that needs no ServiceAccount', async () => {
    const source = store.source({}, {});
    await sessionOf('etl', source).get(refresh);
    await sessionOf('web', source).get(refresh);
    expect(store.logins).toEqual(['shared']);
  });

  test('is made again when the source, the ServiceAccount or a credential is another, and the old one is revoked', async () => {
    cluster.credentials.set('shearline/approle', '1');
    const needs = { ...asApp, credentials: [{ name: 'approle', key: 'secret-id' }] };
    await sessionOf('etl', store.source({}, needs)).get(refresh);
    cluster.credentials.set('shearline/approle', '2');
    await sessionOf('etl', store.source({}, needs)).get(refresh);
    await sessionOf('etl', store.source({ generation: 2 }, needs)).get(refresh);
    expect(store.logins).toHaveLength(3);
    await time.advance(0);
    expect(store.revoked).toBe(2);
    expect(store.openTransports).toBe(1);
  });

  test('is made again once another CA bundle of the source was read, and the old one is revoked', async () => {
    const source = store.source({}, { ...asApp, caBundle: { configMapKeyRef: { name: 'ca', key: 'ca.crt' } } });
    await sessionOf('etl', source).get(refresh);
    sessions.sawCaBundle(source.uid, 'PEM');
    sessions.sawCaBundle('another source', 'other PEM');
    await sessionOf('etl', source).get(refresh);
    expect(store.logins).toHaveLength(1);
    cluster.caBundle = ok('newer PEM');
    sessions.sawCaBundle(source.uid, 'newer PEM');
    expect((await sessionOf('etl', source).get(refresh)).ok).toBe(true);
    await time.advance(0);
    expect([store.logins.length, store.revoked, store.openTransports]).toEqual([2, 1, 1]);
    sessions.sawCaBundle(source.uid, 'newer PEM');
    await sessionOf('etl', source).get(refresh);
    expect(store.logins).toHaveLength(2);
  });

  test('stays under its CA bundle when it could not be made again', async () => {
    store.irreplaceable = true;
    const source = store.source({}, { ...asApp, caBundle: { configMapKeyRef: { name: 'ca', key: 'ca.crt' } } });
    await sessionOf('etl', source).get(refresh);
    sessions.sawCaBundle(source.uid, 'newer PEM');
    await sessionOf('etl', source).get(refresh);
    expect(store.logins).toHaveLength(1);
  });

  test('is closed when nobody has used it for 15 minutes', async () => {
    await sessionOf('etl').get(refresh);
    await time.advance(17 * minute);
    expect(store.revoked).toBe(1);
    expect(time.pending.size).toBe(0);
  });

  test('that hangs is given up after 15 s, and revoked should it succeed after all', async () => {
    store.onLogin = signal => untilAborted(signal, ok(undefined));
    const answer = sessionOf('etl').get(refresh);
    await time.advance(15 * second);
    expect(reasonOf(await answer)).toBe('ProviderUnavailable');
    expect(store.revoked).toBe(1);
  });
});

describe('tokens', () => {
  test('that the API server accepts are never handed to a store', async () => {
    cluster.accepts = true;
    const answer = await sessionOf('etl').get(refresh);
    expect(store.logins).toEqual([]);
    expect(answer).toMatchObject({ ok: false, fault: { kind: 'invalid', reason: 'SourceInvalid' } });
    expect(JSON.stringify(answer)).toContain('set serviceAccountRef.audiences to one that is not the API server');
    expect(JSON.stringify(answer)).not.toContain(canary);
  });

  test('are tried against the API server once for each generation and identity', async () => {
    store.lifeMs = 60 * second;
    for (let i = 0; i < 3; i += 1) {
      await sessionOf('etl').get(refresh);
      await time.advance(2 * minute);
    }
    expect({ minted: cluster.minted, tried: cluster.tried }).toEqual({ minted: 3, tried: 1 });
    await sessionOf('etl', store.source({ generation: 2 })).get(refresh);
    await sessionOf('web').get(refresh);
    expect({ minted: cluster.minted, tried: cluster.tried }).toEqual({ minted: 5, tried: 3 });
  });
});

describe('what is missing', () => {
  test('is said: a ServiceAccount, with its namespace', () => {
    cluster.missing.add('etl/app');
    const identity = identify(store.source(), 'etl', cluster);
    expect(reasonOf(identity)).toBe('ServiceAccountNotFound');
    expect(JSON.stringify(identity)).toContain('etl/app');
  });

  test('is said: a credential, with the label that it needs', () => {
    const identity = identify(
      store.source({}, { ...asApp, credentials: [{ name: 'approle', key: 'id' }] }),
      'etl',
      cluster,
    );
    expect(reasonOf(identity)).toBe('SourceInvalid');
    expect(JSON.stringify(identity)).toContain('shearline/approle');
    expect(JSON.stringify(identity)).toContain('shearline.dev/credential');
  });
});

describe('renewal', () => {
  test('happens at two thirds of the life of a session that is used, without a new login', async () => {
    store.lifeMs = 60 * second;
    store.onRenew = async () => ok(time.steady() + 60 * second);
    for (let i = 0; i < 30; i += 1) {
      await sessionOf('etl').get(refresh);
      await time.advance(10 * second);
    }
    expect(store.logins).toHaveLength(1);
    expect(store.renewals).toBe(7);
  });

  test.each([5, 10, 15, 19, 25])('needs no read within its time: of 20 s, with a read every %i s', async every => {
    store.lifeMs = 20 * second;
    store.onRenew = async () => ok(time.steady() + 20 * second);
    for (let passed = 0; passed < 600; passed += every) {
      expect((await sessionOf('etl').get(refresh)).ok).toBe(true);
      await time.advance(every * second);
    }
    expect(store.logins).toHaveLength(1);
    expect(store.renewals).toBeLessThan(60);
  });

  test('ends with a session that nobody has used for as long as it lives', async () => {
    store.lifeMs = 60 * second;
    store.onRenew = async () => ok(time.steady() + 60 * second);
    await sessionOf('etl').get(refresh);
    await time.advance(10 * minute);
    expect(store.renewals).toBe(1);
    await sessionOf('etl').get(refresh);
    expect(store.logins).toHaveLength(2);
  });

  test('goes on for a session that could not be had again, and ends when the store ends that', async () => {
    store.lifeMs = 60 * second;
    store.irreplaceable = true;
    store.onRenew = async () => ok(time.steady() + 60 * second);
    await sessionOf('etl').get(refresh);
    await time.advance(60 * minute);
    expect((await sessionOf('etl').get(refresh)).ok).toBe(true);
    expect(store.logins).toHaveLength(1);
    store.onRenew = async () => failed(authFailed('vault-prod does not extend the login any more'));
    await time.advance(2 * minute);
    const renewals = store.renewals;
    await time.advance(60 * minute);
    expect(store.renewals).toBe(renewals);
  });

  test('is a new login where the store cannot renew or grants no more', async () => {
    store.lifeMs = 60 * second;
    store.onRenew = async () => ok(time.steady() + 15 * second);
    await sessionOf('etl').get(refresh);
    await time.advance(45 * second);
    expect((await sessionOf('etl').get(refresh)).ok).toBe(true);
    await time.advance(0);
    expect(store.logins).toHaveLength(2);
    expect(store.revoked).toBe(1);
  });

  test('that fails leaves the session in use until its end', async () => {
    store.lifeMs = 60 * second;
    store.onRenew = async () => failed(unavailable('vault-prod does not answer'));
    await sessionOf('etl').get(refresh);
    await time.advance(45 * second);
    expect((await sessionOf('etl').get(refresh)).ok).toBe(true);
    await time.advance(0);
    expect((await sessionOf('etl').get(refresh)).ok).toBe(true);
    expect(store.logins).toHaveLength(1);
    expect(store.renewals).toBe(1);
  });
});

describe('a refused login', () => {
  beforeEach(() => {
    store.onLogin = async () => failed(wrongRole);
  });

  test('is shared by two thousand references, and tried ever more rarely', async () => {
    for (let i = 0; i < 2000; i += 1) {
      expect(reasonOf(await sessionOf('etl').get({ priority: 'normal', notBefore: time.steady() }))).toBe('AuthFailed');
      await time.advance(1800);
    }
    expect(store.logins.length).toBeLessThan(25);
  });

  test('is tried again for a rotation, but not more than once in five seconds', async () => {
    for (let i = 0; i < 100; i += 1) {
      await sessionOf('etl').get(rotationNow());
      await time.advance(100);
    }
    expect(store.logins).toHaveLength(2);
  });

  test('does not stand in the way of an edited source', async () => {
    await sessionOf('etl').get(refresh);
    store.onLogin = async () => ok(undefined);
    expect((await sessionOf('etl', store.source({ generation: 2 })).get(refresh)).ok).toBe(true);
  });

  test('for a broken CA bundle is tried again for requests made since', async () => {
    cluster.caBundle = failed(invalid('CABundleInvalid', 'ConfigMap shearline/vault-ca has no key ca.crt'));
    const source = store.source({}, { ...asApp, caBundle: { configMapKeyRef: { name: 'vault-ca', key: 'ca.crt' } } });
    store.onLogin = async () => ok(undefined);
    expect(reasonOf(await sessionOf('etl', source).get(refresh))).toBe('CABundleInvalid');
    cluster.caBundle = ok('PEM');
    await time.advance(10);
    expect(reasonOf(await sessionOf('etl', source).get(refresh))).toBe('CABundleInvalid');
    const fixed = { priority: 'normal', notBefore: time.steady() } as const;
    expect(reasonOf(await sessionOf('etl', source).get(fixed))).toBe('ok');
  });
});

describe('drop and close', () => {
  test('drop ends a login under way, for one namespace or for all', async () => {
    store.onLogin = signal => untilAborted(signal, failed(wrongRole));
    const [etl, web] = [sessionOf('etl').get(refresh), sessionOf('web').get(refresh)];
    await time.advance(0);
    sessions.drop('source-uid', 'etl');
    expect(reasonOf(await etl)).toBe('ProviderUnavailable');
    sessions.drop('source-uid');
    expect(reasonOf(await web)).toBe('ProviderUnavailable');
  });

  test('drop revokes', async () => {
    await sessionOf('etl').get(refresh);
    await sessionOf('web').get(refresh);
    sessions.drop('source-uid', 'etl');
    await time.advance(0);
    expect(store.revoked).toBe(1);
  });

  test('a store that hangs holds up the revocations of its own source alone', async () => {
    store.onRevoke = signal => untilAborted(signal, undefined);
    for (let i = 0; i < 40; i += 1) await sessionOf(`ns-${i}`).get(refresh);
    await sessionOf('etl', store.source({ uid: 'another source' })).get(refresh);
    sessions.drop('source-uid');
    await time.advance(0);
    expect(store.revoked).toBe(16);
    sessions.drop('another source');
    await time.advance(0);
    expect(store.revoked).toBe(17);
    await time.advance(15 * second);
    expect(store.revoked).toBe(41);
  });

  test('close revokes every session, a bounded number at a time', async () => {
    let atOnce = 0;
    let most = 0;
    store.onRevoke = async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await Promise.resolve();
      atOnce -= 1;
    };
    for (let i = 0; i < 100; i += 1) await sessionOf(`ns-${i}`).get(refresh);
    await sessions.close(never);
    expect(store.revoked).toBe(100);
    expect(most).toBe(16);
  });

  test('close ends with its signal when the store hangs', async () => {
    store.onRevoke = () => new Promise(() => undefined);
    for (let i = 0; i < 40; i += 1) await sessionOf(`ns-${i}`).get(refresh);
    const controller = new AbortController();
    const closed = sessions.close(controller.signal);
    await time.advance(1000);
    controller.abort();
    await closed;
    expect(store.openTransports).toBe(0);
  });
});
