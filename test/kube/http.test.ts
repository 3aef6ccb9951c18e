import { describe, expect, test } from '@jest/globals';
import type { Priority } from '../../src/async/priority.ts';
import { Semaphore } from '../../src/async/semaphore.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { limited, prioritized, type RoundTrip } from '../../src/kube/http.ts';
import { settled } from '../async/fake-time.ts';
import { answer, reset, silence, standIn } from './stand-in.ts';

const canary = 'CANARY-7f3a';
const secrets = { group: '', version: 'v1', plural: 'secrets' };
const never = new AbortController().signal;
const object = { kind: 'Secret', metadata: { name: 'warehouse' } };
const busy = answer(429, 'Too many requests', { 'retry-after': '0' });

describe('a call to the API server', () => {
  test('is answered with the parsed object', async () => {
    await using server = await standIn(answer(200, object));
    const client = createKubeClient(server.transport.call);
    expect(await client.get(secrets, 'etl/warehouse', { signal: never })).toEqual({ ok: true, value: object });
    expect(server.received).toMatchObject([{ method: 'GET', url: '/api/v1/namespaces/etl/secrets/warehouse' }]);
    expect(server.received[0]?.headers).toMatchObject({
      authorization: 'Bearer token-0',
      'user-agent': 'shearline/test',
    });
  });

  test('waits as Retry-After says and is sent again, a write too: 429 means that nothing was done', async () => {
    await using server = await standIn(busy, busy, answer(201, object));
    const client = createKubeClient(server.transport.call);
    expect(await client.create(secrets, 'etl', object, { signal: never })).toMatchObject({ ok: true });
    expect(server.received).toHaveLength(3);
  });

  test('does not wait for a Retry-After beyond its deadline', async () => {
    await using server = await standIn(answer(429, '', { 'retry-after': '60' }));
    const client = createKubeClient(server.transport.call);
    const result = await client.get(secrets, 'etl/warehouse', { signal: never, deadlineMs: 1000 });
    expect(result).toEqual({ ok: false, fault: { kind: 'throttled', retryAfterMs: 60_000 } });
    expect(server.received).toHaveLength(1);
  });

  test('reads the token again after a 401, once', async () => {
    await using server = await standIn(answer(401, {}), answer(201, object));
    const client = createKubeClient(server.transport.call);
    expect(await client.create(secrets, 'etl', object, { signal: never })).toMatchObject({ ok: true });
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-0', 'Bearer token-1']);
    server.play(answer(401, {}));
    const refused = await client.get(secrets, 'etl/warehouse', { signal: never });
    expect(refused).toEqual({ ok: false, fault: { kind: 'refused', cause: 'unauthenticated' } });
    expect(server.renewals).toBe(2);
  });

  test('is sent again after a reset when it only reads', async () => {
    await using server = await standIn(reset, answer(200, object));
    const client = createKubeClient(server.transport.call);
    expect(await client.get(secrets, 'etl/warehouse', { signal: never })).toMatchObject({ ok: true });
  });

  test('is never sent again after a reset when it writes: it may have taken effect', async () => {
    await using server = await standIn(reset);
    const client = createKubeClient(server.transport.call);
    const options = { signal: never };
    const lost = { ok: false, fault: { kind: 'unavailable' } };
    expect(await client.create(secrets, 'etl', object, options)).toEqual(lost);
    expect(await client.replace(secrets, 'etl/warehouse', object, options)).toEqual(lost);
    expect(await client.delete(secrets, 'etl/warehouse', { uid: 'u1' }, options)).toEqual(lost);
    expect(server.received.map(({ method }) => method)).toEqual(['POST', 'PUT', 'DELETE']);
  });

  test('ends at its deadline, or when its caller gives up', async () => {
    await using server = await standIn(silence);
    const client = createKubeClient(server.transport.call);
    const lost = { ok: false, fault: { kind: 'unavailable' } };
    expect(await client.get(secrets, 'etl/warehouse', { signal: AbortSignal.abort() })).toEqual(lost);
    expect(server.received).toHaveLength(0);
    expect(await client.get(secrets, 'etl/warehouse', { signal: never, deadlineMs: 20 })).toEqual(lost);
  });

  test.each([
    ['an error page', answer(200, `<html>${canary}</html>`)],
    ['half a body', answer(200, `{"data": {"a": "${canary}`)],
    ['a redirect', answer(307, '', { location: 'http://127.0.0.1:1/' })],
    ['a list', answer(200, [canary])],
    ['an error of the server', answer(500, { message: canary })],
    ['a resource that is not served', answer(404, '404 page not found'), { notServed: true }],
  ])('takes %s for no answer, and quotes nothing of it', async (_what, script, more: object = {}) => {
    await using server = await standIn(script);
    const client = createKubeClient(server.transport.call);
    const result = await client.get(secrets, 'etl/warehouse', { signal: never });
    expect(result).toEqual({ ok: false, fault: { kind: 'unavailable', ...more } });
    expect(JSON.stringify(result)).not.toContain(canary);
  });

  test.each(['etl/', 'etl/..', 'etl/.', 'etl/a%2f..', '../a', 'etl/a\ud800'] as const)(
    'is not made at all for the name %j, which would name something else',
    async key => {
      await using server = await standIn(answer(200, object));
      const client = createKubeClient(server.transport.call);
      const refused = { ok: false, fault: { kind: 'refused', cause: 'invalid' } };
      expect(await client.get(secrets, key, { signal: never })).toEqual(refused);
      expect(server.received).toEqual([]);
    },
  );
});

describe('the client', () => {
  test('asks for metadata only when the caller wants no more', async () => {
    await using server = await standIn(answer(201, object));
    const client = createKubeClient(server.transport.call);
    await client.create(secrets, 'etl', object, { signal: never, answer: 'metadata' });
    expect(server.received[0]?.headers.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
  });

  test('patches a status under its content type, and applies under a field manager without force', async () => {
    await using server = await standIn(answer(200, object));
    const client = createKubeClient(server.transport.call);
    const kind = { group: 'shearline.dev', version: 'v1alpha1', plural: 'secretreferences' };
    const merge = 'application/merge-patch+json';
    await client.patch(kind, 'etl/a', { type: merge, body: { a: 1 }, subresource: 'status' }, { signal: never });
    const apply = { type: 'application/apply-patch+yaml', body: {}, fieldManager: 'shearline-1/2' } as const;
    await client.patch(secrets, 'etl/a', apply, { signal: never });
    expect(server.received.map(({ url }) => url)).toEqual([
      '/apis/shearline.dev/v1alpha1/namespaces/etl/secretreferences/a/status',
      '/api/v1/namespaces/etl/secrets/a?fieldManager=shearline-1%2F2',
    ]);
    expect(server.received[0]?.headers['content-type']).toBe(merge);
  });

  test('deletes under preconditions', async () => {
    await using server = await standIn(answer(200, { kind: 'Status' }));
    const client = createKubeClient(server.transport.call);
    const gone = await client.delete(secrets, 'etl/a', { uid: 'u1', resourceVersion: '7' }, { signal: never });
    expect(gone).toEqual({ ok: true, value: undefined });
    expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject({
      preconditions: { uid: 'u1', resourceVersion: '7' },
    });
  });
});

describe('calls to the API server', () => {
  const ok = { kind: 'answered', status: 200, body: object } as const;

  test('are so many at a time, rotations first, and of one priority one of each namespace in turn', async () => {
    const underWay: (() => void)[] = [];
    const made: string[] = [];
    const call: RoundTrip = async ({ path }) => {
      made.push(path.replace(/.*namespaces\/(.*)\/secrets/, '$1'));
      await new Promise<void>(resolve => underWay.push(resolve));
      return ok;
    };
    const slots = limited(call, new Semaphore(2));
    const clientAt = (priority: Priority) => createKubeClient(prioritized(slots, priority));
    for (const key of ['etl/1', 'etl/2', 'etl/3', 'etl/4', 'web/1'] as const)
      void clientAt('low').get(secrets, key, { signal: never });
    void clientAt('normal').get(secrets, 'etl/edit', { signal: never });
    void clientAt('low').get(secrets, 'etl/rotation', { signal: never, priority: 'high' });
    await settled();
    expect(made).toEqual(['etl/1', 'etl/2']);
    while (underWay.length > 0) {
      for (const end of underWay.splice(0)) end();
      await settled();
    }
    expect(made.slice(2)).toEqual(['etl/rotation', 'etl/edit', 'etl/3', 'web/1', 'etl/4']);
  });

  test('give their slot back whatever comes of them, and wait no longer than their caller', async () => {
    const broken: RoundTrip = () => Promise.reject(new Error('a bug'));
    const slots = new Semaphore(1);
    const request = { method: 'GET', path: '/version' } as const;
    await expect(limited(broken, slots)(request, { signal: never })).rejects.toThrow('a bug');
    expect(await limited(async () => ok, slots)(request, { signal: never })).toBe(ok);
    await slots.acquire({ priority: 'high', group: '', signal: never });
    const impatient = new AbortController();
    const answered = limited(async () => ok, slots)(request, { signal: impatient.signal });
    impatient.abort();
    expect(await answered).toEqual({ kind: 'no-response' });
  });
});
