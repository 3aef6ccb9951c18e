import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Looked, lookUp } from '../../src/net/name-lookup.ts';
import { startDnsServer, type Zone } from './dns-server.ts';
import { never, untilClosed } from './setting.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resolv-'));
});
afterAll(() => rm(folder, { recursive: true }));

const cluster = `search shearline-system.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
`;

interface Given {
  readonly zone: Zone;
  readonly conf?: string;
  readonly hosts?: string;
  readonly timeoutMs?: number;
}

/** What a pod with these files finds, and what it asked for on the way. */
async function found(name: string, { zone, conf = cluster, hosts = '', timeoutMs = 5000 }: Given) {
  const server = untilClosed(await startDnsServer(zone, 30));
  const files = { resolvConf: join(folder, 'resolv.conf'), hosts: join(folder, 'hosts') };
  await writeFile(files.resolvConf, conf);
  await writeFile(files.hosts, hosts);
  const answer = await lookUp(name, { signal: never, ...files, timeoutMs, servers: [server.address] });
  return { answer, text: textOf(answer), questions: [...new Set(server.questions.map(each => each.split(' ')[1]))] };
}
const textOf = (answer: Looked): string =>
  answer.kind === 'found' ? answer.addresses.map(({ address }) => address).join(' ') : answer.kind;

describe('a name that a pod knows by its search list', () => {
  const zone: Zone = {
    'vault.vault.svc.cluster.local': ['10.96.7.7'],
    'vault.example.com': ['192.0.2.7', '2001:db8::7'],
  };

  test.each([
    ['vault.vault', '10.96.7.7'],
    ['vault.vault.svc', '10.96.7.7'],
    ['vault.vault.svc.cluster.local', '10.96.7.7'],
    ['vault.vault.svc.cluster.local.', '10.96.7.7'],
    ['vault.example.com', '192.0.2.7 2001:db8::7'],
    ['vault.example.com.', '192.0.2.7 2001:db8::7'],
    ['vault', 'none'],
    ['nowhere.example.com', 'none'],
    [`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`, 'none'],
  ])('%s', async (name, expected) => {
    expect((await found(name, { zone })).text).toBe(expected);
  });

  test('is asked for in the order of the list, and as it is when it has dots enough', async () => {
    const asked = async (name: string, conf = cluster) => (await found(name, { zone, conf })).questions;
    expect(await asked('vault.example.com')).toEqual([
      'vault.example.com.shearline-system.svc.cluster.local',
      'vault.example.com.svc.cluster.local',
      'vault.example.com.cluster.local',
      'vault.example.com',
    ]);
    expect(await asked('vault.example.com', cluster.replace('ndots:5', 'ndots:2'))).toEqual(['vault.example.com']);
    expect(await asked('vault.example.com.')).toEqual(['vault.example.com']);
    expect(await asked('db.vault', 'domain vault.example.com\n')).toEqual(['db.vault', 'db.vault.vault.example.com']);
  });

  test('is found although a name server has trouble with a longer form', async () => {
    const troubled: Zone = { ...zone, 'vault.example.com.cluster.local': 'servfail' };
    expect((await found('vault.example.com', { zone: troubled })).text).toBe('192.0.2.7 2001:db8::7');
    expect((await found('other.example.com', { zone: { 'other.example.com.cluster.local': 'servfail' } })).text).toBe(
      'no-answer',
    );
  });
});

test('/etc/hosts comes first, by any of its names; localhost is asked of nobody', async () => {
  const hosts =
    '# static\n10.1.2.3 vault.example.com vault # ours\n::1 ip6-localhost\nfd00::3\tVAULT\nnonsense vault\n';
  const zone: Zone = { 'vault.example.com': ['192.0.2.7'] };
  const asked = async (name: string) => found(name, { zone, hosts });
  expect(await asked('vault')).toMatchObject({ text: '10.1.2.3 fd00::3', questions: [] });
  expect(await asked('vault.example.com')).toMatchObject({ text: '10.1.2.3', questions: [] });
  expect(await asked('db.localhost')).toMatchObject({ text: '127.0.0.1 ::1', questions: [] });
});

test('the time of an answer is the shortest of its records', async () => {
  const { answer } = await found('vault.example.com.', { zone: { 'vault.example.com': ['192.0.2.7', '2001:db8::7'] } });
  expect(answer).toEqual({
    kind: 'found',
    ttlMs: 30_000,
    addresses: [
      { address: '192.0.2.7', family: 4 },
      { address: '2001:db8::7', family: 6 },
    ],
  });
});

test('a server that never answers for AAAA does not hold up what A has', async () => {
  const zone: Zone = { 'vault.example.com': 'silent-on-aaaa' };
  expect((await found('vault.example.com.', { zone, timeoutMs: 60_000 })).text).toBe('192.0.2.1');
});

test('a server that is silent is given up when the time is over, and no other name is tried', async () => {
  const first = 'vault.example.com.shearline-system.svc.cluster.local';
  const zone: Zone = { [first]: 'silent', 'vault.example.com': ['192.0.2.7'] };
  const { text, questions } = await found('vault.example.com', { zone, timeoutMs: 100 });
  expect({ text, questions }).toEqual({ text: 'no-answer', questions: [first] });
});

test('the end of the operator ends it, and no further name is asked for', async () => {
  const zone: Zone = { 'vault.example.com': 'silent' };
  const server = untilClosed(await startDnsServer(zone));
  const stop = new AbortController();
  const nowhere = join(folder, 'nowhere');
  const options = { resolvConf: nowhere, hosts: nowhere, servers: [server.address], timeoutMs: 600_000 };
  const answer = lookUp('vault.example.com', { ...options, signal: stop.signal });
  while (server.questions.length === 0) await setImmediate();
  stop.abort();
  expect(textOf(await answer)).toBe('no-answer');
  expect(textOf(await lookUp('other.example.com', { ...options, signal: stop.signal }))).toBe('no-answer');
  expect(server.questions.filter(each => each.includes('other'))).toEqual([]);
});

test('without either file a name is looked up as it is', async () => {
  const server = untilClosed(await startDnsServer({ 'vault.example.com': ['192.0.2.7'] }));
  const nowhere = join(folder, 'nowhere');
  const options = { signal: never, resolvConf: nowhere, hosts: nowhere, servers: [server.address] };
  expect(textOf(await lookUp('vault.example.com', options))).toBe('192.0.2.7');
});
