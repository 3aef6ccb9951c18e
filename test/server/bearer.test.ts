import { describe, expect, test } from '@jest/globals';
import { failed, ok } from '../../src/core/result.ts';
import type { KubeClient } from '../../src/kube/api.ts';
import { reviewBearer } from '../../src/kube/token-reviews.ts';
import { type Ask, forBearers } from '../../src/server/bearer.ts';
import { FakeClock } from '../kube/builders.ts';

type Verdict = Awaited<ReturnType<Ask>>;

function guarded(answers: Readonly<Record<string, Verdict>>) {
  const asked: string[] = [];
  const clock = new FakeClock();
  const ask: Ask = async token => {
    asked.push(token);
    return answers[token] ?? 'unknown-token';
  };
  const page = forBearers(() => ({ status: 200, body: 'metrics\n' }), ask, clock);
  const get = async (authorization?: string) => page(authorization === undefined ? {} : { authorization });
  return { asked, clock, get, page };
}

describe('a page for bearers', () => {
  test.each<[string, string | undefined, number]>([
    ['is given to whom RBAC allows it', 'Bearer good', 200],
    ['also if the word is written small', 'bearer good', 200],
    ['is refused to whom RBAC does not', 'Bearer poor', 403],
    ['is refused to a token that nobody knows', 'Bearer CANARY-7f3a', 401],
    ['is refused without a token', undefined, 401],
    ['is refused to a password', 'Basic Z29vZA==', 401],
    ['is refused to an empty token', 'Bearer ', 401],
    ['is refused to two words', 'Bearer good good', 401],
    ['is refused while the API server does not answer', 'Bearer lost', 503],
  ])('%s', async (_, authorization, status) => {
    const { get } = guarded({ good: 'allowed', poor: 'forbidden', lost: 'no-answer' });
    const page = await get(authorization);
    expect(page.status).toBe(status);
    expect(page.body.includes('metrics\n')).toBe(status === 200);
    expect(page.body).not.toContain('CANARY');
  });

  test('asks once for many scrapes, and again after a while', async () => {
    const { asked, clock, get } = guarded({ good: 'allowed' });
    for (let times = 0; times < 5; times++) await get('Bearer good');
    expect(asked).toHaveLength(1);
    clock.pass(31_000);
    await get('Bearer good');
    expect(asked).toHaveLength(2);
  });

  test('remembers no failure to answer', async () => {
    const { asked, get } = guarded({ lost: 'no-answer' });
    await get('Bearer lost');
    await get('Bearer lost');
    expect(asked).toHaveLength(2);
  });

  test('asks for few strangers at a time, and turns the others away', async () => {
    const held = Promise.withResolvers<Verdict>();
    const page = forBearers(
      () => ({ status: 200, body: '' }),
      () => held.promise,
      new FakeClock(),
    );
    const all = Array.from({ length: 9 }, (_, index) => page({ authorization: `Bearer ${index}` }));
    held.resolve('unknown-token');
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter(status => status === 401)).toHaveLength(4);
    expect(statuses.filter(status => status === 503)).toHaveLength(5);
  });
});

describe('whether a bearer may', () => {
  const user = { username: 'system:serviceaccount:mon:prometheus', uid: 'u', groups: ['g'], extra: { a: ['b'] } };
  const reviewing = (...statuses: readonly unknown[]) => {
    const bodies: unknown[] = [];
    const left = [...statuses];
    const create: KubeClient['create'] = async (resource, namespace, body) => {
      bodies.push([resource.plural, namespace, body]);
      const status = left.shift();
      return status === undefined ? failed({ kind: 'unavailable' }) : ok({ status });
    };
    const verdict = () => reviewBearer({ create }, 'token', '/metrics', new AbortController().signal);
    return { bodies, verdict };
  };

  test('is asked of the API server: who it is, then what they may', async () => {
    const { bodies, verdict } = reviewing({ authenticated: true, user }, { allowed: true });
    expect(await verdict()).toBe('allowed');
    expect(bodies).toEqual([
      ['tokenreviews', '', expect.objectContaining({ kind: 'TokenReview', spec: { token: 'token' } })],
      [
        'subjectaccessreviews',
        '',
        expect.objectContaining({
          kind: 'SubjectAccessReview',
          spec: {
            user: user.username,
            uid: 'u',
            groups: ['g'],
            extra: { a: ['b'] },
            nonResourceAttributes: { path: '/metrics', verb: 'get' },
          },
        }),
      ],
    ]);
  });

  test.each<[string, readonly unknown[], Verdict]>([
    ['a token that is not authenticated', [{ authenticated: false }], 'unknown-token'],
    ['a status that says nothing', [{}], 'unknown-token'],
    ['a user who is not allowed', [{ authenticated: true, user }, { allowed: false }], 'forbidden'],
    ['a review that says nothing', [{ authenticated: true, user }, {}], 'forbidden'],
    ['no answer to the first', [], 'no-answer'],
    ['no answer to the second', [{ authenticated: true, user }], 'no-answer'],
  ])('only a clear yes to both counts: %s', async (_, statuses, expected) => {
    expect(await reviewing(...statuses).verdict()).toBe(expected);
  });
});
