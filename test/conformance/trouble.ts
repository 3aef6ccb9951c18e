import { describe, expect, test } from '@jest/globals';
import { canary } from '../canary.ts';
import { type Answer, json } from '../servers/answers.ts';
import type { Stage } from './stage.ts';

const page = `<html>${canary}</html>`;

/** What no store means to say. */
const noAnswers: readonly (readonly [string, Answer])[] = [
  ['500', { kind: 'reply', status: 500, body: canary }],
  ['502 with a page', { kind: 'reply', status: 502, body: page }],
  ['503', json({}, 503)],
  ['200 with a page', { kind: 'reply', status: 200, headers: { 'content-type': 'text/html' }, body: page }],
  ['an empty body', { kind: 'reply', status: 200, body: '' }],
  ['half of a body', { kind: 'half', body: JSON.stringify({ value: canary.repeat(10) }) }],
  ['a reset', { kind: 'reset' }],
  ['a hang', { kind: 'hang' }],
  ['headers and no body', { kind: 'stall' }],
  ['a byte at a time', { kind: 'drip', body: canary.repeat(100), everyMs: 50 }],
  ['a gzip bomb', { kind: 'bomb', bytes: 100_000_000 }],
  ['a redirect', { kind: 'redirect', to: 'http://127.0.0.1:1/' }],
];

/** A deadline of a second, and what a busy machine adds. */
const withinMs = 8000;

/** A store in trouble keeps nobody waiting, and proves nothing. */
export function trouble(stage: Stage): void {
  if (!stage.has('a server')) return;

  const meeting = async (answer: Answer) => {
    const { visit, key } = await stage.loggedIn();
    visit.net.hurry();
    stage.harness.misbehave('read', answer);
    const before = performance.now();
    const met = await visit.read(key);
    expect(performance.now() - before).toBeLessThan(withinMs);
    return met;
  };

  describe('a store that gives no answer is unavailable, within the deadline', () => {
    test.each(noAnswers)('%s', async (_, answer) => {
      expect(stage.faultText(await meeting(answer))).toBe('unavailable/ProviderUnavailable');
    });
  });

  /** The first read of a source, while its login meets this answer. */
  const entering = async (answer: Answer) => {
    const visit = stage.visit();
    const key = stage.newKey('entered');
    await stage.put(key, canary);
    visit.net.hurry();
    stage.harness.misbehave('login', answer);
    const before = performance.now();
    const met = await visit.read(key);
    expect(performance.now() - before).toBeLessThan(withinMs);
    expect(visit.seen('read')).toEqual([]);
    return met;
  };

  if (stage.has('login calls'))
    describe('a store that gives no login is unavailable, within the deadline', () => {
      test.each(noAnswers)('%s', async (_, answer) => {
        expect(stage.faultText(await entering(answer))).toBe('unavailable/ProviderUnavailable');
      });
    });

  describe('429 is throttled', () => {
    test('with the time that the store asks for', async () => {
      const met = await meeting(json({}, 429, { 'retry-after': '7' }));
      expect(met).toMatchObject({ ok: false, fault: { kind: 'throttled', retryAfterMs: 7000 } });
    });

    test('without one', async () => {
      const met = await meeting(json({}, 429));
      expect(stage.faultText(met)).toBe('throttled/Throttled');
      expect(met).not.toHaveProperty('fault.retryAfterMs');
    });

    if (stage.has('login calls'))
      test('at a login too', async () => {
        const met = await entering(json({}, 429, { 'retry-after': '7' }));
        expect(met).toMatchObject({ ok: false, fault: { kind: 'throttled', retryAfterMs: 7000 } });
      });
  });

  test('403 is denied', async () => {
    expect(stage.faultText(await meeting(json({ message: canary }, 403)))).toBe('denied/AccessDenied');
  });

  test('an abort ends a read at once', async () => {
    const { visit, key } = await stage.loggedIn();
    const session = await visit.session();
    stage.harness.misbehave('read', { kind: 'hang' });
    const before = performance.now();
    const signal = AbortSignal.timeout(50);
    const met = [await session.read({ key }, signal), ...((await session.readMany?.([{ key }], signal)) ?? [])];
    expect(performance.now() - before).toBeLessThan(withinMs);
    for (const each of met) expect(stage.faultText(each)).toBe('unavailable/ProviderUnavailable');
  });
}
