import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseProxy } from '../../src/net/proxy.ts';
import { parseCaBundle } from '../../src/net/tls.ts';
import type { TransportOptions } from '../../src/net/transport.ts';
import { type Authority, createAuthority, issueCertificate } from '../servers/certificates.ts';
import { type HttpProxyServer, type ProxyBehaviour, startHttpProxy } from './http-proxy.ts';
import { answer, startRawServer } from './raw-server.ts';
import { canary, get, never, open, server, transport, untilClosed } from './setting.ts';

let directory: string;
let authority: Authority;
beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-proxy-`);
  authority = await createAuthority(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function proxied(options: Partial<TransportOptions> = {}, behaviour: ProxyBehaviour = {}, login = '') {
  const proxy = untilClosed(await startHttpProxy(behaviour));
  const parsed = parseProxy(proxy.url.replace('//', `//${login}`), '');
  if (!parsed.ok || parsed.value === undefined) throw new Error('no proxy');
  return { proxy, http: transport({ ...options, proxy: parsed.value }) };
}

const call = (host: string, port: number, scheme = 'http') => ({
  ...get(port),
  url: `${scheme}://${host}:${port}/v1/x`,
});

/** Nothing of what is said to the store may be seen by the proxy. */
const saw = ({ asked, logins }: HttpProxyServer) => JSON.stringify([asked, logins]);

describe('through a proxy', () => {
  test('a store is reached by a name that only the proxy can resolve, by TLS to the end', async () => {
    const certificate = await issueCertificate(authority, { commonName: 'vault', sans: ['vault.example.com'] });
    const { port, close } = await startRawServer(socket => socket.write(answer(200, [], 'here')), certificate);
    untilClosed({ close });
    const bundle = parseCaBundle(authority.certificate);
    const { proxy, http } = await proxied({ ...(bundle.ok && { authorities: bundle.value }) }, {}, 'user:word@');
    const answered = await http.request(call('vault.example.com', port, 'https'), never);
    expect(answered).toMatchObject({ ok: true, value: { status: 200, body: Buffer.from('here') } });
    expect(proxy.asked).toEqual([`vault.example.com:${port}`]);
    expect(proxy.logins).toEqual([`Basic ${Buffer.from('user:word').toString('base64')}`]);
    expect(saw(proxy)).not.toContain(canary);
  });

  test('a certificate of another name is refused', async () => {
    const certificate = await issueCertificate(authority, { commonName: 'other', sans: ['other.example.com'] });
    const { port, close } = await startRawServer(socket => socket.write(answer(200, [], '')), certificate);
    untilClosed({ close });
    const bundle = parseCaBundle(authority.certificate);
    const { http } = await proxied({ ...(bundle.ok && { authorities: bundle.value }) });
    expect(await http.request(call('vault.example.com', port, 'https'), never)).toEqual({
      ok: false,
      fault: { kind: 'tls', why: 'wrong-host' },
    });
  });

  test('plain http goes through a tunnel, too, and a connection is used again', async () => {
    const { port, requests } = await server(socket => socket.write(answer(200, [], '')));
    const { proxy, http } = await proxied({ connections: 1 });
    for (let time = 0; time < 3; time++)
      expect(await http.request(call('vault.example.com', port), never)).toMatchObject({ ok: true });
    expect(requests).toHaveLength(3);
    expect(proxy.asked).toHaveLength(1);
  });

  test('loopback is reached directly', async () => {
    const { port } = await server(socket => socket.write(answer(200, [], '')));
    const { proxy, http } = await proxied();
    expect(await http.request(get(port), never)).toMatchObject({ ok: true });
    expect(proxy.asked).toEqual([]);
  });

  test.each([['169.254.169.254'], ['[fd00:ec2::254]'], ['2852039166']])(
    'http://%s stays closed, and the proxy is not asked',
    async host => {
      const { proxy, http } = await proxied({ egress: { ...open, namespaced: true } });
      expect(await http.request(call(host, 80), never)).toMatchObject({ ok: false, fault: { kind: 'egress' } });
      expect(proxy.asked).toEqual([]);
    },
  );
});

describe('a proxy that', () => {
  test.each<[string, ProxyBehaviour, object]>([
    ['wants a login', { refuse: 407 }, { kind: 'proxy', why: 'login' }],
    ['refuses the host', { refuse: 403 }, { kind: 'proxy', why: 'refused' }],
    ['cannot reach the store', { refuse: 502 }, { kind: 'proxy', why: 'refused' }],
    ['hangs', { refuse: 'hang' }, { kind: 'deadline' }],
  ])('%s is named as the culprit', async (_, behaviour, fault) => {
    const { http } = await proxied({ deadlineMs: 1000 }, behaviour);
    expect(await http.request(call('vault.example.com', 1), never)).toEqual({ ok: false, fault });
  });

  test('is not there is named as the culprit', async () => {
    const { proxy, http } = await proxied();
    await proxy.close();
    expect(await http.request(call('vault.example.com', 1), never)).toEqual({
      ok: false,
      fault: { kind: 'proxy', why: 'unreachable' },
    });
  });
});
