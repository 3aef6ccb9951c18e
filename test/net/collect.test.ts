import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Pool } from 'undici';
import { collect } from '../../src/net/collect.ts';
import { until } from '../kube/until.ts';
import { type StandIn, startStandIn } from '../servers/stand-in.ts';

let server: StandIn;
let pool: Pool;
beforeAll(async () => {
  server = await startStandIn(() => ({ kind: 'hang' }));
  pool = new Pool(server.address, { connections: 1 });
});
afterAll(async () => {
  await pool.destroy();
  await server.stop();
});

const get = (path: string, signal: AbortSignal) =>
  collect(pool, { method: 'GET', path }, { signal, deadlineMs: 60_000 }).answer;
const never = new AbortController().signal;

test('a character that lies across two chunks arrives whole', async () => {
  server.answerWith(() => ({ kind: 'reply', status: 201, headers: { 'x-told': 'yes' }, body: 'ä'.repeat(200_000) }));
  const { status, headers, body } = await get('/long', never);
  expect([status, headers['x-told'], body.toString('utf8') === 'ä'.repeat(200_000)]).toEqual([201, 'yes', true]);
});

test('a call that is given up ends at once, and one that still waited for a connection is never sent', async () => {
  server.answerWith(() => ({ kind: 'hang' }));
  const stop = new AbortController();
  const [sent, waiting] = [get('/sent', stop.signal), get('/waiting', stop.signal)];
  await until(() => server.requests.some(({ path }) => path === '/sent'));
  stop.abort();
  await expect(sent).rejects.toThrow();
  await expect(waiting).rejects.toThrow();
  server.answerWith(() => ({ kind: 'reply', status: 200, headers: {}, body: '{}' }));
  await expect(get('/next', never)).resolves.toMatchObject({ status: 200 });
  expect(server.requests.map(({ path }) => path)).not.toContain('/waiting');
});
