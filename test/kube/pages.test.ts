import { expect, test } from '@jest/globals';
import { ConcurrencyLimit } from '../../src/async/concurrency-limit.ts';
import type { DedicatedConnection } from '../../src/kube/connections.ts';
import type { Answer, ApiRequest } from '../../src/kube/http.ts';
import { httpListerWatcher } from '../../src/kube/http-source.ts';
import { watchTiming } from '../../src/kube/watch-stream.ts';
import { never, secrets } from './connected.ts';

const KiB = 1024;

/** An API server with objects of these sizes, which says how many were asked for at a time. */
function apiServer(sizes: readonly number[]) {
  const asked: number[] = [];
  const call: DedicatedConnection['call'] = async ({
    path,
    maxBytes = Number.POSITIVE_INFINITY,
  }: ApiRequest): Promise<Answer> => {
    const query = new URL(path, 'https://api').searchParams;
    const [from, limit] = [Number(query.get('continue') ?? 0), Number(query.get('limit'))];
    asked.push(limit);
    const items = sizes.slice(from, from + limit);
    const bytes = items.reduce((sum, size) => sum + size, 0);
    if (bytes > maxBytes) return { kind: 'no-response', tooLarge: true };
    const next = from + limit < sizes.length ? `${from + limit}` : '';
    return {
      kind: 'answered',
      status: 200,
      bytes,
      body: { metadata: { resourceVersion: '1', continue: next }, items },
    };
  };
  return { asked, call };
}

const channelOf = (call: DedicatedConnection['call']): DedicatedConnection => ({
  call,
  open: () => Promise.reject(new Error('nobody watches')),
  renew: async () => undefined,
});

/** Reads a whole list; answers the objects of each page. */
async function listAll(source: ReturnType<typeof httpListerWatcher>): Promise<readonly number[]> {
  const pages: number[] = [];
  for (let next: string | undefined, more = true; more; more = next !== undefined) {
    const page = await source.list(next, never);
    if (page.kind !== 'page') throw new Error(page.kind);
    pages.push(page.items.length);
    next = page.next;
  }
  return pages;
}

const sourceOf = (call: DedicatedConnection['call'], pages?: ConcurrencyLimit) =>
  httpListerWatcher(channelOf(call), { resource: secrets }, watchTiming, () => 0, pages);

test('ordinary objects come 500 at a time', async () => {
  const { asked, call } = apiServer(Array.from({ length: 1200 }, () => 3 * KiB));
  expect(await listAll(sourceOf(call))).toEqual([500, 500, 200]);
  expect(asked).toEqual([500, 500, 500]);
});

test('a page that is too large is asked for again by half, and the next list knows', async () => {
  const { asked, call } = apiServer(Array.from({ length: 150 }, () => 1000 * KiB));
  const source = sourceOf(call);
  expect(new Set(await listAll(source))).toEqual(new Set([4, 2]));
  expect(asked.slice(0, 8)).toEqual([500, 250, 125, 63, 32, 16, 8, 4]);
  const before = asked.length;
  await listAll(source);
  expect(Math.max(...asked.slice(before))).toBe(4);
});

test('pages grow back behind the large ones', async () => {
  const { call } = apiServer([
    ...Array.from({ length: 8 }, () => 1000 * KiB),
    ...Array.from({ length: 1000 }, () => KiB),
  ]);
  expect(await listAll(sourceOf(call))).toEqual([4, 4, 4, 8, 16, 32, 64, 128, 256, 492]);
});

test('an object that is larger than a page may be is read alone', async () => {
  const { asked, call } = apiServer([KiB, 9000 * KiB, KiB]);
  expect((await listAll(sourceOf(call))).reduce((sum, count) => sum + count)).toBe(3);
  expect(asked).toContain(1);
});

test('lists that start together read so many pages at a time as they share', async () => {
  let running = 0;
  let most = 0;
  const { call } = apiServer([KiB]);
  const slow: DedicatedConnection['call'] = async (request, options) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running -= 1;
    return call({ ...request }, options);
  };
  const pages = new ConcurrencyLimit(4);
  await Promise.all(Array.from({ length: 20 }, () => listAll(sourceOf(slow, pages))));
  expect(most).toBe(4);
});
