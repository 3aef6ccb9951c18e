import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { issueCertificate } from '../servers/certificates.ts';
import { putSecret } from '../servers/openbao-secrets.ts';
import { type StandIn, startStandIn } from '../servers/stand-in.ts';
import { useBattery } from './battery.ts';
import { staysQuiet } from './idle.ts';
import { login, read } from './match.ts';
import { isWell } from './oracle.ts';
import { comesBack, first, type Outage, second, suffers } from './outage.ts';
import {
  allow,
  forbid,
  forgetLogins,
  mountAgain,
  seal,
  startSickOpenBao,
  stopSickOpenBaos,
  unmount,
  unseal,
} from './sick-openbao.ts';

const battery = useBattery();
const reads = read();
const value = JSON.stringify({ data: { data: { password: 'slow' }, metadata: { version: 9 } } });
const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
const gzipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
const deep = `{"data":{"data":${'['.repeat(100_000)}${']'.repeat(100_000)},"metadata":{"version":1}}}`;
const twice = '{"data":{"data":{"password":"a","password":"b"},"metadata":{"version":9}}}';

let elsewhere: StandIn;

const waits = { reason: 'ProviderUnavailable', token: 'waits' } as const;
const fails = { reason: 'ValueNotUsable', token: 'fails' } as const;

const outages: Readonly<Record<string, Outage>> = {
  'sends one byte a second': { ...waits, begin: store => store.when(reads).drip(value, 1000) },
  'sends a body without an end': { ...fails, begin: store => store.when(reads).endless() },
  'sends a gzip bomb': { ...waits, begin: store => store.when(reads).answer(200, bomb, gzipped) },
  'sends deeply nested JSON': { ...fails, begin: store => store.when(reads).answer(200, deep) },
  'sends a key twice': { ...fails, begin: store => store.when(reads).answer(200, twice) },
  'sends a login page': { ...waits, begin: store => store.when(reads).answer(200, '<html>sign in</html>') },
  'sends half an answer': { ...waits, begin: store => store.when(reads).answer(200, value.slice(0, 40)) },
  'redirects to another host': {
    ...waits,
    begin: store => store.when({}).answer(307, '', { location: `${elsewhere.address}/v1/secret` }),
    end: () => expect(elsewhere.requests).toEqual([]),
  },
  'asks for fewer requests': {
    reason: 'Throttled',
    token: 'waits',
    begin: store => store.when(reads).first(2).answer(429, { errors: [] }, { 'retry-after': '1' }),
  },
  'has a problem of its own': {
    ...waits,
    begin: store => store.when(reads).answer(500, { errors: ['internal error'] }),
  },
  'takes requests and does not answer': { ...waits, begin: store => store.when(reads).hang() },
  'breaks connections': { ...waits, begin: store => store.when({}).reset() },
  'refuses policy by 403': {
    reason: 'AccessDenied',
    token: 'fails',
    begin: store => store.when(reads).answer(403, { errors: ['permission denied'] }),
  },
  'shows a certificate that has expired': {
    ...waits,
    begin: async store =>
      store.show(
        await issueCertificate(battery().world.controlPlane.authority, {
          commonName: 'late',
          sans: ['127.0.0.1'],
          days: -1,
        }),
      ),
    end: store => store.show(battery().tls),
  },
  'is sealed': { ...waits, own: true, begin: (_, bao) => seal(bao), end: (_, bao) => unseal(bao) },
  'is killed, and comes back without its tokens': {
    ...waits,
    own: true,
    begin: (_, bao) => bao.server.kill(),
    end: (...store) => comesBack(battery())(...store),
  },
  'stands still': { ...waits, own: true, begin: (_, bao) => bao.server.pause(), end: (_, bao) => bao.server.resume() },
  'has lost its engine': {
    reason: 'AccessDenied',
    token: 'fails',
    own: true,
    begin: (_, bao) => unmount(bao),
    end: (_, bao, key) => mountAgain(bao, key, first, second),
  },
  'has lost its policy, for which a rotation logs in again, and nothing else within a minute': {
    reason: 'AccessDenied',
    token: 'fails',
    own: true,
    begin: (_, bao) => forbid(bao),
    end: async (store, bao) => {
      // The first, the rotation's, and on a slow machine one more: a minute is over.
      expect([2, 3]).toContain(store.journal.of(login).length);
      await allow(bao);
    },
  },
};

// All at once, each at a source of its own: what they wait for is mostly time.
const running = new Map<string, Promise<unknown>>();
beforeAll(async () => {
  elsewhere = await startStandIn(() => ({ kind: 'reply', status: 200, body: '{}' }));
  Object.entries(outages).forEach(([fault, outage], index) => {
    const run = suffers(battery(), `outage-${index}`, outage).catch((problem: unknown) => problem);
    running.set(fault, run);
  });
});
afterAll(() => Promise.all([elsewhere.stop(), stopSickOpenBaos()]));

test('everybody else is served while the stores of others fail', () => battery().bystander.rotates());

test('logs in again, once, when the store has revoked its token', async () => {
  const { world, addSource } = battery();
  const bao = await startSickOpenBao(world.controlPlane);
  const [team, store] = await Promise.all([world.team('revoked'), addSource('revoked', bao.address)]);
  await putSecret(bao, 'revoked/db', first);
  await team.refer('db', {
    sourceRef: { kind: 'ClusterSecretSource', name: 'revoked' },
    dataFrom: [team.extract('db')],
  });
  await team.synced('db');
  await forgetLogins(bao);
  await putSecret(bao, 'revoked/db', second);
  const { status } = await team.rotate('db', 'token-1');
  expect(status?.rotation?.result).toBe('Rotated');
  expect(store.journal.of(login)).toHaveLength(2);
});

test.each(Object.keys(outages))(
  'keeps the last good Secret, and rotates once, when the store %s',
  async fault => {
    expect(await running.get(fault)).toBeUndefined();
  },
  300_000,
);

test('is well afterwards', () => isWell(battery()));

test('writes nothing for three refresh intervals afterwards', () => staysQuiet(battery()));
