import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { briefBytes } from '../../src/net/http.ts';
import type { TransportOptions } from '../../src/net/transport.ts';
import type { Reply } from './raw-server.ts';
import { answer, startRawServer } from './raw-server.ts';
import { canary, get, never, server, transport } from './setting.ts';

async function faultOf(reply: Reply, options: Partial<TransportOptions> = {}): Promise<unknown> {
  const { port } = await server(reply);
  const result = await transport(options).request(get(port), never);
  expect(JSON.stringify(result)).not.toContain(canary);
  return result.ok ? result.value.status : result.fault;
}

test('answers with status, lower-case headers, bytes and Retry-After', async () => {
  const { port, requests } = await server(socket =>
    socket.write(answer(429, ['Retry-After: 7', 'X-A: 1', 'x-a: 2'], 'é')),
  );
  const result = await transport().request({ ...get(port), method: 'POST', body: '{"a":1}' }, never);
  expect(result).toMatchObject({ ok: true, value: { status: 429, retryAfterMs: 7000, headers: { 'x-a': '1, 2' } } });
  expect(result.ok && Buffer.from(result.value.body).toString()).toBe('é');
  expect(requests[0]).toContain('accept-encoding: identity');
  expect(requests[0]).toContain(`X-Vault-Token: ${canary}`);
});

test('sends the path as it is encoded, with its query', async () => {
  const { port, requests } = await server(socket => socket.write(answer(200, [], '')));
  await transport().request(get(port, '/v1/secret/data/a%20b/%C3%A9?version=3'), never);
  expect(requests[0]).toMatch(/^GET \/v1\/secret\/data\/a%20b\/%C3%A9\?version=3 HTTP/);
});

test('keeps connections alive and opens no more than its bound', async () => {
  const { port, connections } = await server(socket => socket.write(answer(200, [], 'x')));
  const pool = transport({ connections: 4 });
  await Promise.all(Array.from({ length: 40 }, () => pool.request(get(port), never)));
  await pool.request(get(port), never);
  expect(connections()).toBe(4);
});

describe('an answer that is none', () => {
  test.each([[301], [302], [303], [304], [307], [308]])('%i is a redirect and is not followed', async status => {
    const other = await server(socket => socket.write(answer(200, [], 'stolen')));
    const reply: Reply = socket => socket.write(answer(status, [`Location: http://127.0.0.1:${other.port}/`], ''));
    expect(await faultOf(reply)).toEqual({ kind: 'redirect' });
    expect(other.requests).toEqual([]);
  });

  test('half a body with a length is truncated', async () => {
    const reply: Reply = socket => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${canary}`);
    expect(await faultOf(reply)).toEqual({ kind: 'network', why: 'truncated' });
  });

  test.each([[''], ['connection: close\r\n']])('half a chunked body is truncated (%j)', async header => {
    const reply: Reply = socket =>
      socket.end(`HTTP/1.1 200 OK\r\n${header}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`);
    expect(await faultOf(reply)).toEqual({ kind: 'network', why: 'truncated' });
  });

  test('a reset in the middle of a body is truncated', async () => {
    const reply: Reply = socket => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc');
      setTimeout(() => socket.resetAndDestroy(), 30);
    };
    expect(await faultOf(reply)).toEqual({ kind: 'network', why: 'truncated' });
  });

  test('a reset before any answer is a reset', async () => {
    expect(await faultOf(socket => socket.resetAndDestroy())).toEqual({ kind: 'network', why: 'reset' });
    expect(await faultOf(socket => socket.end())).toEqual({ kind: 'network', why: 'reset' });
  });

  test('what is not HTTP is a network fault', async () => {
    expect(await faultOf(socket => socket.end(`${canary}\r\n\r\n`))).toMatchObject({ kind: 'network' });
  });

  test('nobody listens: refused', async () => {
    const gone = await startRawServer(() => {});
    await gone.close();
    const result = await transport().request(get(gone.port), never);
    expect(result).toEqual({ ok: false, fault: { kind: 'network', why: 'refused' } });
  });

  test('a name that does not resolve', async () => {
    const url = 'http://vault.shearline.invalid/';
    const result = await transport({
      lookup: (_name, _options, callback) => callback(Object.assign(new Error(canary), { code: 'ENOTFOUND' }), []),
    }).request({ ...get(1), url }, never);
    expect(result).toEqual({ ok: false, fault: { kind: 'network', why: 'unresolved' } });
  });
});

describe('bounds', () => {
  const endless: Reply = socket => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(65536)}\r\n`;
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', pump);
    pump();
  };

  test('an endless body ends at the cap', async () => {
    expect(await faultOf(endless)).toEqual({ kind: 'body-too-large' });
  });

  test('a body of exactly the cap arrives, a byte more does not', async () => {
    const of =
      (size: number): Reply =>
      socket =>
        socket.write(answer(200, [], 'x'.repeat(size)));
    expect(await faultOf(of(1000), { maxBodyBytes: 1000 })).toBe(200);
    expect(await faultOf(of(1001), { maxBodyBytes: 1000 })).toEqual({ kind: 'body-too-large' });
  });

  test.each([
    ['a refusal', 403, {}, 64 * 1024],
    ['an answer to a login', 200, { maxBodyBytes: briefBytes }, 64 * 1024],
    ['any other answer', 200, {}, 100_000],
  ])('of %s so much is handed on', async (_, status, more, size) => {
    const { port } = await server(socket => socket.write(answer(status, [], 'x'.repeat(100_000))));
    const result = await transport().request({ ...get(port), ...more }, never);
    expect(result.ok && result.value.body.length).toBe(size);
  });

  test('a gzip bomb is not unfolded', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000)).toString('latin1');
    const reply: Reply = socket => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb, 'latin1');
    };
    expect(await faultOf(reply)).toEqual({ kind: 'network', why: 'other' });
  });

  const slow: Reply = socket => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
    const timer = setInterval(() => socket.write('x'), 20);
    socket.on('close', () => clearInterval(timer));
  };
  test.each<[string, Reply]>([
    ['a server that hangs', () => {}],
    ['a byte at a time', slow],
  ])('%s ends at the deadline', async (_, reply) => {
    const before = performance.now();
    expect(await faultOf(reply, { deadlineMs: 200 })).toEqual({ kind: 'deadline' });
    expect(performance.now() - before).toBeLessThan(20_000); // the whole answer would take half an hour
  });

  test('waiting for a place in the pool counts', async () => {
    const { port } = await server(() => {});
    const pool = transport({ connections: 1, deadlineMs: 200 });
    const results = await Promise.all([1, 2, 3].map(() => pool.request(get(port), never)));
    expect(results.map(result => !result.ok && result.fault.kind)).toEqual(['deadline', 'deadline', 'deadline']);
  });
});

describe('the caller', () => {
  test('may abort before, while it waits, and in the middle of a body', async () => {
    const { port } = await server((socket, request) => {
      if (request.includes('/body')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc');
    });
    const pool = transport();
    const aborted = { ok: false, fault: { kind: 'aborted' } };
    expect(await pool.request(get(port), AbortSignal.abort())).toEqual(aborted);
    expect(await pool.request(get(port), AbortSignal.timeout(50))).toEqual(aborted);
    expect(await pool.request(get(port, '/body'), AbortSignal.timeout(50))).toEqual(aborted);
  });

  test('closing the transport ends what is under way', async () => {
    const { port } = await server(() => {});
    const pool = transport();
    const waiting = pool.request(get(port), never);
    await pool.close();
    expect(await waiting).toEqual({ ok: false, fault: { kind: 'aborted' } });
    expect(await pool.request(get(port), never)).toEqual({ ok: false, fault: { kind: 'aborted' } });
  });
});
