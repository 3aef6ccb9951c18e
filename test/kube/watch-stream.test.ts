import { describe, expect, test } from '@jest/globals';
import { httpListerWatcher } from '../../src/kube/http-source.ts';
import type { WatchEvent } from '../../src/kube/list-watch.ts';
import type { WatchTiming } from '../../src/kube/watch-stream.ts';
import { raw } from './builders.ts';
import { answer, reset, type Script, silence, standIn, stream } from './stand-in.ts';

const canary = 'CANARY-7f3a';
const timing: WatchTiming = { lengthSeconds: 290, openMs: 1500, stallMs: 1500, healthyMs: 1000 };
const secrets = { group: '', version: 'v1', plural: 'secrets' };
const never = new AbortController().signal;
const added = (name: string, version: number) => ({ type: 'ADDED', object: raw(name, version) });
const error = (code: number) => ({ type: 'ERROR', object: { kind: 'Status', code } });

async function watchOf(script: Script, own: readonly string[] = [], signal: AbortSignal = never) {
  await using server = await standIn(script);
  const source = httpListerWatcher(
    server.transport.dedicated(),
    { resource: secrets, metadataOnly: true },
    timing,
    () => 0,
  );
  const seen: string[] = [];
  const sink = {
    event: ({ kind, ...told }: WatchEvent) => void seen.push(`${kind} ${JSON.stringify(told)}`),
    isOwn: (version: string) => own.includes(version),
  };
  const end = await source.watch('7', sink, signal);
  return { end, seen, asked: server.received };
}

describe('a watch', () => {
  test('asks for bookmarks, a length, and metadata only', async () => {
    const { asked } = await watchOf(stream([]));
    expect(asked[0]?.url).toBe(
      '/api/v1/secrets?watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=290',
    );
    expect(asked[0]?.headers.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
  });

  test('brings each event once, and a line that was cut in the middle not at all', async () => {
    const lines = [added('a', 8), { type: 'DELETED', object: raw('a', 9) }, '{"type":"ADDED","object":{"met'];
    const { end, seen } = await watchOf(stream(lines, 'reset'));
    expect(seen.map(line => line.split(' ')[0])).toEqual(['put', 'gone']);
    expect(end).toEqual({ kind: 'cut', healthy: true });
  });

  const misleading = { annotations: { a: '"resourceVersion":"9","uid":"x"' } };
  test.each([
    ['by the alphabet', { ...misleading, name: 'a', resourceVersion: '8', uid: 'u' }],
    ['as Go has them', { name: 'a', uid: 'u', resourceVersion: '8', creationTimestamp: 'now', ...misleading }],
    ['as Go has them, with a generation', { uid: 'u', resourceVersion: '8', generation: 1, ...misleading }],
  ])('does not parse the event of an own write, fields %s, whatever else the object says', async (_order, metadata) => {
    const object = { metadata, status: { target: { resourceVersion: '9' } } };
    const events = [
      { type: 'MODIFIED', object },
      { type: 'DELETED', object },
    ];
    expect((await watchOf(stream(events), ['8'])).seen.map(line => line.split(' ')[0])).toEqual(['own', 'gone']);
    expect((await watchOf(stream(events), ['9'])).seen.map(line => line.split(' ')[0])).toEqual(['put', 'gone']);
  });

  test.each([
    ['ended at once with nothing to tell', stream([]), { kind: 'cut', healthy: false }],
    ['was refused for its old version', answer(410, { code: 410 }), { kind: 'expired' }],
    ['was told in its midst that the version is too old', stream([added('a', 8), error(410)]), { kind: 'expired' }],
    ['was told of another error', stream([error(500)]), { kind: 'failed' }],
    ['was answered with an error', answer(503, 'no', { 'retry-after': '2' }), { kind: 'failed', retryAfterMs: 2000 }],
    ['brought garbage', stream([added('a', 8), `${canary}\n`]), { kind: 'failed' }],
    ['brought an unknown event', stream([{ type: 'RENAMED' }]), { kind: 'failed' }],
    ['brought an endless line', stream(['x'.repeat(9 * 1024 * 1024)], 'hold'), { kind: 'failed' }],
    ['broke before it began', reset, { kind: 'failed' }],
    ['was never answered', silence, { kind: 'stalled' }],
    ['fell silent', stream([added('a', 8)], 'hold'), { kind: 'stalled' }],
  ] as const)('that %s', async (_what, script, end) => {
    expect((await watchOf(script)).end).toEqual(end);
  });

  test('has the credentials read again when they are refused', async () => {
    await using server = await standIn(answer(401, {}));
    const source = httpListerWatcher(server.transport.dedicated(), { resource: secrets }, timing, () => 0);
    expect(await source.watch('7', { event: () => {}, isOwn: () => false }, never)).toEqual({ kind: 'failed' });
    expect(server.renewals).toBe(1);
  });
});

describe('a list', () => {
  test('is read page by page, selected, and metadata only', async () => {
    const first = { metadata: { resourceVersion: '9', continue: 'p2' }, items: [raw('a', 8)] };
    const last = { metadata: { resourceVersion: '9' }, items: null };
    await using server = await standIn(answer(200, first), answer(200, last));
    const selection = { resource: secrets, labelSelector: 'shearline.dev/managed=true', metadataOnly: true };
    const source = httpListerWatcher(server.transport.dedicated(), selection, timing, () => 0);
    expect(await source.list(undefined, never)).toEqual({
      kind: 'page',
      items: [raw('a', 8)],
      resourceVersion: '9',
      next: 'p2',
    });
    expect(await source.list('p2', never)).toEqual({ kind: 'page', items: [], resourceVersion: '9' });
    const base = '/api/v1/secrets?labelSelector=shearline.dev%2Fmanaged%3Dtrue&limit=500';
    expect(server.received.map(({ url }) => url)).toEqual([base, `${base}&continue=p2`]);
    expect(server.received[0]?.headers.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
  });

  test.each([
    ['too old a token', answer(410, {}), { kind: 'expired' }],
    ['no version', answer(200, { items: [] }), { kind: 'failed' }],
    ['a refusal', answer(403, {}), { kind: 'failed', why: 'forbidden' }],
    ['a resource that is not served', answer(404, {}), { kind: 'failed', why: 'not-served' }],
    ['a reset', reset, { kind: 'failed' }],
  ] as const)('with %s', async (_what, script, end) => {
    await using server = await standIn(script);
    const source = httpListerWatcher(server.transport.dedicated(), { resource: secrets }, timing, () => 0);
    expect(await source.list(undefined, never)).toEqual(end);
  });
});
