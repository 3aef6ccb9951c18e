import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { json } from './answers.ts';
import { type Front, type FrontCall, startFront } from './fronted.ts';
import { httpRequest } from './http.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

type Kind = 'read' | 'login';

let behind: StandIn;
let front: Front<Kind, FrontCall<Kind>>;
const answered: string[] = [];

beforeEach(async () => {
  behind = await startStandIn(({ path, body }) => json(`${path} ${body}`, 201, { 'x-mine': 'yes' }));
  front = await startFront<Kind, FrontCall<Kind>>({
    upstream: behind.address,
    describe: ({ path }) => (path === '/login' ? { kind: 'login' } : path === '/read' ? { kind: 'read' } : undefined),
    answered: ({ path }, { status }) => void answered.push(`${path} ${status}`),
  });
});

afterEach(async () => {
  await front.stop();
  await behind.stop();
});

test('lets requests through as they are, and answers too', async () => {
  const answer = await httpRequest(`${front.address}/read`, { method: 'PUT', headers: { host: 'named' }, body: 'ü' });
  expect(answer).toMatchObject({ status: 201, body: '"/read ü"', headers: { 'x-mine': 'yes' } });
  expect(behind.requests).toMatchObject([{ method: 'PUT', headers: { host: 'named' } }]);
  expect(answered).toEqual(['/read 201']);
});

test('only calls of the kind that misbehaves meet the fault, until all is well again; all are seen', async () => {
  const status = async (path: string) => (await httpRequest(`${front.address}${path}`)).status;
  front.misbehave('read', json({}, 503));
  expect([await status('/read'), await status('/login'), await status('/other')]).toEqual([503, 201, 201]);
  front.misbehave('read');
  expect(await status('/read')).toBe(201);
  expect(front.seen().map(({ kind }) => kind)).toEqual(['read', 'login', 'read']);
  expect(behind.requests).toHaveLength(3);
});
