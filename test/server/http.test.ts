import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { healthPages } from '../../src/server/health.ts';
import { type Page, serve } from '../../src/server/http.ts';
import { freePort } from '../servers/ports.ts';
import { until } from '../servers/process.ts';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

/** Serves these pages, and answers how to ask for one. */
async function serving(pages: Readonly<Record<string, () => Page | Promise<Page>>>) {
  const port = await freePort();
  running.push(await serve({ host: '127.0.0.1', port }, pages));
  return async (path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
  };
}

describe('pages', () => {
  test('are served under their paths, whatever follows the question mark', async () => {
    const ask = await serving({ '/a': () => ({ status: 200, body: 'text\n' }) });
    expect(await ask('/a?b=c')).toEqual({ status: 200, type: 'text/plain; charset=utf-8', body: 'text\n' });
  });

  test('may be made later, of another type', async () => {
    const ask = await serving({ '/a': async () => ({ status: 200, type: 'text/html', body: '<b>' }) });
    expect(await ask('/a')).toMatchObject({ type: 'text/html', body: '<b>' });
  });

  test.each([
    ['GET', '/'],
    ['GET', '/b'],
    ['GET', '/a/'],
    ['GET', '/constructor'],
    ['POST', '/a'],
  ])('are nothing else: %s %s is not found', async (method, path) => {
    const ask = await serving({ '/a': () => ({ status: 200, body: '' }) });
    expect(await ask(path, method)).toMatchObject({ status: 404 });
  });

  test.each<[string, () => Page | Promise<Page>]>([
    ['at once', () => JSON.parse('CANARY-7f3a')],
    ['later', async () => JSON.parse('CANARY-7f3a')],
  ])('with a bug end neither the process nor the others, and quote nothing: %s', async (_, bug) => {
    const ask = await serving({ '/bug': bug, '/a': () => ({ status: 200, body: 'ok' }) });
    expect(await ask('/bug')).toEqual({
      status: 500,
      type: 'text/plain; charset=utf-8',
      body: expect.not.stringContaining('CANARY-7f3a'),
    });
    expect(await ask('/a')).toMatchObject({ status: 200 });
  });
});

test('an address that is taken already is an error, not a silence', async () => {
  const port = await freePort();
  running.push(await serve({ host: '127.0.0.1', port }, {}));
  await expect(serve({ host: '127.0.0.1', port }, {})).rejects.toThrow('EADDRINUSE');
});

test('a server holds 64 connections, and closes the next ones at once', async () => {
  const port = await freePort();
  running.push(await serve({ host: '127.0.0.1', port }, { '/a': () => ({ status: 200, body: 'text\n' }) }));
  const sockets = Array.from({ length: 70 }, () => connect(port, '127.0.0.1'));
  const closed = new Set<Socket>();
  for (const socket of sockets) socket.once('close', () => closed.add(socket)).once('error', () => undefined);
  await until('the surplus to be closed', () => closed.size >= 6);
  const [free, taken] = [sockets.filter(socket => closed.has(socket)), sockets.filter(socket => !closed.has(socket))];
  expect([free.length, taken.length]).toEqual([6, 64]);
  for (const socket of taken) socket.destroy();
  const answers = async () => (await fetch(`http://127.0.0.1:${port}/a`).catch(() => undefined))?.status === 200;
  await until('a place to be free', answers);
});

test('who holds a place and asks nothing loses it, so that others get in', async () => {
  const port = await freePort();
  const limits = { connections: 4, requestMs: 200 };
  running.push(await serve({ host: '127.0.0.1', port }, { '/a': () => ({ status: 200, body: 'text\n' }) }, limits));
  const silent = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').once('error', () => undefined));
  silent[0]?.write('GET /a HTTP/1.1\r\nhost:');
  const ended = silent.map(socket => new Promise(resolve => socket.resume().once('close', resolve)));
  await Promise.all(ended);
  expect((await fetch(`http://127.0.0.1:${port}/a`)).status).toBe(200);
});

describe('health', () => {
  test('is live from the start, and ready when every cache has seen the cluster', async () => {
    const waitedFor = ['the first list of targets', 'that of namespaces'];
    const ask = await serving(healthPages(() => waitedFor));
    expect(await ask('/livez')).toMatchObject({ status: 200 });
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      body: 'waiting for the first list of targets, that of namespaces\n',
    });
    waitedFor.length = 0;
    expect(await ask('/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
  });
});
