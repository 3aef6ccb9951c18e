import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, expect, test } from '@jest/globals';
import { type Answer, json } from './answers.ts';
import { createAuthority, issueCertificate } from './certificates.ts';
import { httpRequest } from './http.ts';
import { until } from './process.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

let standIn: StandIn | undefined;
afterEach(() => standIn?.stop());

const answering = async (answer: Answer) => {
  standIn = await startStandIn(() => answer);
  return standIn;
};

test('records what was asked and answers what the script says', async () => {
  const server = await answering(json({ errors: [] }, 404));
  const response = await httpRequest(`${server.address}/v1/x?y=1`, { method: 'PUT', headers: { a: 'b' }, body: 'c' });
  expect(response).toMatchObject({ status: 404, body: '{"errors":[]}' });
  expect(server.requests).toMatchObject([{ method: 'PUT', path: '/v1/x?y=1', headers: { a: 'b' }, body: 'c' }]);
  server.answerWith((_, count) => json(count));
  expect((await httpRequest(server.address)).body).toBe('2');
});

test.each<[string, Answer]>([
  ['half a body', { kind: 'half', body: '{"data":{}}' }],
  ['a broken connection', { kind: 'reset' }],
])('%s is an error for the client', async (_, answer) => {
  const { address } = await answering(answer);
  await expect(fetch(address).then(response => response.text())).rejects.toThrow();
});

test.each<[string, Answer]>([
  ['a server that hangs', { kind: 'hang' }],
  ['a server that stalls after the headers', { kind: 'stall' }],
])('%s holds the client until it gives up', async (_, answer) => {
  const server = await answering(answer);
  const impatience = new AbortController();
  const outcome = fetch(server.address, { signal: impatience.signal }).then(response => response.text());
  await until('the request', () => server.requests.length === 1);
  impatience.abort();
  await expect(outcome).rejects.toThrow('aborted');
  await until('the connection to go', () => server.openConnections() === 0);
});

test('a bomb is small on the wire and large in memory', async () => {
  const { address } = await answering({ kind: 'bomb', bytes: 5_000_000 });
  expect((await httpRequest(address)).body.length).toBeLessThan(50_000);
  expect((await fetch(address).then(response => response.arrayBuffer())).byteLength).toBe(5_000_000);
});

test('redirects lead where the script says, and slow bytes all arrive', async () => {
  const server = await startStandIn(({ path }) =>
    path === '/' ? { kind: 'redirect', to: '/slow' } : { kind: 'drip', body: 'slow', everyMs: 1 },
  );
  standIn = server;
  expect(await fetch(server.address).then(response => response.text())).toBe('slow');
});

test('over TLS it is trusted by those who know its authority', async () => {
  const directory = await mkdtemp(`${tmpdir()}/shearline-stand-in-`);
  const authority = await createAuthority(directory);
  const tls = await issueCertificate(authority, { commonName: 'stand-in', sans: ['127.0.0.1'] });
  standIn = await startStandIn(() => json('hello'), { tls });
  expect((await httpRequest(standIn.address, { ca: authority.certificate })).body).toBe('"hello"');
  await expect(httpRequest(standIn.address)).rejects.toThrow('certificate');
  await rm(directory, { recursive: true });
});
