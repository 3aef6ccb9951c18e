import type { LookupAddress } from 'node:dns';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { type Looked, lookUp } from '../../src/net/name-lookup.ts';
import { createResolver, type NameResolver } from '../../src/net/resolver.ts';
import { FakeClock } from '../kube/builders.ts';
import { startDnsServer } from './dns-server.ts';
import { answer } from './raw-server.ts';
import { get, never, open, server, transport, untilClosed } from './setting.ts';

const at = (address: string, ttlMs = 60_000): Looked => ({ kind: 'found', addresses: [{ address, family: 4 }], ttlMs });

/** As `net.connect` asks: the addresses, or the code of the error. */
const ask = (resolver: NameResolver, name: string, tenant = 'etl'): Promise<string> =>
  new Promise(resolve =>
    resolver.of(tenant)(name, { all: true }, (error, found) =>
      resolve(
        error
          ? `${error.code}`
          : addresses(found)
              .map(({ address }) => address)
              .join(' '),
      ),
    ),
  );
const addresses = (found: string | LookupAddress[]): readonly LookupAddress[] =>
  typeof found === 'string' ? [{ address: found, family: 4 }] : found;

/** Look-ups that wait until the test answers them, by their names in the order in which they came. */
function slow() {
  const clock = new FakeClock();
  const asked: string[] = [];
  const waiting = new Map<string, (answer: Looked) => void>();
  const resolver = createResolver({
    clock,
    signal: never,
    lookUp: name => {
      asked.push(name);
      return new Promise(resolve => waiting.set(name, resolve));
    },
  });
  return { clock, resolver, asked, answer: (name: string, looked: Looked) => waiting.get(name)?.(looked) };
}

describe('an answer', () => {
  test('serves all who ask for the name meanwhile', async () => {
    const { resolver, asked, answer: tell } = slow();
    const answers = ['a', 'A', 'a'].map((name, tenant) => ask(resolver, name, `${tenant}`));
    await setImmediate();
    tell('a', at('192.0.2.1'));
    expect(await Promise.all(answers)).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1']);
    expect(asked).toEqual(['a']);
  });

  test.each([
    [0, 5000],
    [30_000, 30_000],
    [86_400_000, 300_000],
  ])('with a TTL of %i ms is kept for %i ms', async (ttlMs, keptMs) => {
    const clock = new FakeClock();
    let asked = 0;
    const resolver = createResolver({ clock, signal: never, lookUp: async () => at(`192.0.2.${++asked}`, ttlMs) });
    expect(await ask(resolver, 'a')).toBe('192.0.2.1');
    clock.steadyMs += keptMs - 1;
    expect(await ask(resolver, 'a')).toBe('192.0.2.1');
    clock.steadyMs += 1;
    expect(await ask(resolver, 'a')).toBe('192.0.2.2');
  });

  test.each<[Looked['kind'], Looked, string]>([
    ['none', { kind: 'none' }, 'ENOTFOUND'],
    ['no-answer', { kind: 'no-answer' }, 'EAI_AGAIN'],
  ])('%s is kept for nobody', async (_, looked, code) => {
    let asked = 0;
    const lookUp = async () => {
      asked += 1;
      return looked;
    };
    const resolver = createResolver({ clock: new FakeClock(), signal: never, lookUp });
    expect([await ask(resolver, 'a'), await ask(resolver, 'a'), asked]).toEqual([code, code, 2]);
  });
});

describe('a tenant', () => {
  test('has 16 look-ups under way, and the next one when one of them ends', async () => {
    const { resolver, asked, answer: tell } = slow();
    const names = Array.from({ length: 18 }, (_, n) => `h${n}`);
    const answers = names.map(name => ask(resolver, name));
    await setImmediate();
    expect(asked).toEqual(names.slice(0, 16));
    for (const name of names) {
      tell(name, { kind: 'no-answer' });
      await setImmediate();
    }
    expect(asked).toEqual(names);
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['EAI_AGAIN']));
  });

  test('whose look-ups hang holds up nobody else, not even for a name in its own queue', async () => {
    const { resolver, asked, answer: tell } = slow();
    for (let n = 0; n < 20; n++) void ask(resolver, `h${n}`, 'attacker');
    void ask(resolver, 'vault', 'attacker');
    const victim = ask(resolver, 'vault', 'victim');
    await setImmediate();
    expect(asked).toContain('vault');
    tell('vault', at('192.0.2.7'));
    expect(await victim).toBe('192.0.2.7');
  });
});

describe('on the wire', () => {
  const silent = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`h${n}.attacker.example`, 'silent' as const]),
  );

  test('while the name server is silent about 20 hosts, a source whose host it knows is reached', async () => {
    const dns = untilClosed(await startDnsServer({ ...silent, 'vault.example.com': ['127.0.0.1'] }));
    const lookUps: Promise<Looked>[] = [];
    const resolver = createResolver({
      clock: systemClock,
      signal: never,
      lookUp: name => {
        const looked = lookUp(name, {
          signal: never,
          servers: [dns.address],
          resolvConf: '/nowhere',
          hosts: '/nowhere',
        });
        lookUps.push(looked);
        return looked;
      },
    });
    const store = await server(socket => socket.write(answer(200, [], '')));
    const hanging = new Set(Object.keys(silent));
    const attacker = transport({ lookup: resolver.of('attacker') });
    const stop = new AbortController();
    const attacks = [...hanging].map(async host => {
      await attacker.request({ ...get(1), url: `http://${host}/` }, stop.signal);
      hanging.delete(host);
    });
    while (dns.questions.length < 32) await setImmediate();
    const victim = transport({ lookup: resolver.of('victim') });
    const call = { ...get(store.port), url: `http://vault.example.com:${store.port}/` };
    expect(await victim.request(call, never)).toMatchObject({ ok: true });
    expect(hanging.size).toBe(20);
    stop.abort();
    dns.zone = {};
    await Promise.all([...attacks, ...lookUps]);
  });

  test('an address from the cache is checked by the rules of each source that connects to it', async () => {
    const resolver = createResolver({ clock: systemClock, signal: never, lookUp: async () => at('127.0.0.1') });
    const store = await server(socket => socket.write(answer(200, [], '')));
    const call = { ...get(store.port), url: `http://vault.example.com:${store.port}/` };
    const lookup = resolver.of('etl');
    expect(await transport({ lookup }).request(call, never)).toMatchObject({ ok: true });
    const tenant = transport({ lookup, egress: { ...open, namespaced: true } });
    expect(await tenant.request(call, never)).toMatchObject({ ok: false, fault: { kind: 'egress' } });
  });
});
