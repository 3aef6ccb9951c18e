import { describe, expect, test } from '@jest/globals';
import type { TransportOptions } from '../../src/net/transport.ts';
import { answer } from './raw-server.ts';
import { get, never, open, server, transport } from './setting.ts';

describe('egress', () => {
  const tenant = { ...open, namespaced: true };

  test.each([['127.0.0.1'], ['[::1]'], ['[::ffff:127.0.0.1]'], ['2130706433'], ['0177.1'], ['0x7f.1']])(
    'a namespaced source does not reach http://%s, and nothing is sent',
    async host => {
      const { port, connections } = await server(socket => socket.write(answer(200, [], '')));
      const result = await transport({ egress: tenant }).request(
        { ...get(port), url: `http://${host}:${port}/` },
        never,
      );
      expect(result).toEqual({
        ok: false,
        fault: { kind: 'egress', rule: 'loopback addresses are closed to namespaced sources' },
      });
      expect(connections()).toBe(0);
    },
  );

  test('the address that a name resolves to is checked, and the open ones of several are taken', async () => {
    const { port, requests } = await server(socket => socket.write(answer(200, [], '')));
    const lookup: TransportOptions['lookup'] = (_name, _options, callback) =>
      callback(null, [
        { address: '169.254.169.254', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    const call = { ...get(port), url: `http://vault.example.com:${port}/` };
    expect(await transport({ egress: tenant, lookup }).request(call, never)).toMatchObject({
      ok: false,
      fault: { kind: 'egress', rule: 'metadata addresses are closed to namespaced sources' },
    });
    expect(await transport({ lookup }).request(call, never)).toMatchObject({ ok: true });
    expect(requests).toHaveLength(1);
  });

  test('a name that answers differently the second time gains nothing: it is asked once a connection', async () => {
    const { port, connections } = await server(socket => socket.write(answer(200, [], '')));
    let asked = 0;
    const lookup: TransportOptions['lookup'] = (_name, _options, callback) => {
      asked++;
      callback(null, [{ address: asked === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
    };
    const call = { ...get(port), url: `http://vault.example.com:${port}/` };
    const pool = transport({ egress: tenant, lookup, deadlineMs: 200 });
    expect(await pool.request(call, never)).toMatchObject({ ok: false });
    expect(asked).toBe(1);
    expect(await pool.request(call, never)).toMatchObject({ ok: false, fault: { kind: 'egress' } });
    expect(connections()).toBe(0);
  });

  test.each([['http://vault.example.com/'], ['ftp://vault.example.com/'], ['file:///etc/passwd'], ['nonsense']])(
    '%s is refused without --allow-insecure-providers',
    async url => {
      const result = await transport({ egress: { ...open, allowInsecure: false } }).request({ ...get(1), url }, never);
      expect(result).toEqual({ ok: false, fault: { kind: 'egress', rule: 'the address must begin with https://' } });
    },
  );
});
