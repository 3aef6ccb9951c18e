import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { selectProperty } from '../../src/providers/property.ts';
import type { ProviderSession, ReadAnswer } from '../../src/providers/provider.ts';
import type { Answer } from '../servers/answers.ts';

/** What a provider's tests must offer, so that all providers keep the same promises. */
export interface Harness {
  /** A new login of an identity that may read every key but `deniedKey`. */
  login(): Promise<ProviderSession>;
  /** Stores pairs (JSON values) under a key, as a new version, and answers its version; undefined when the store has none. */
  put(key: string, pairs: Readonly<Record<string, unknown>>): Promise<string | undefined>;
  /** Takes the key away, as a user of the store would. */
  remove(key: string): Promise<void>;
  /** A key that is there, and that the identity may not read. */
  readonly deniedKey: string;
  /** Ends all logins at the store. */
  revokeLogins(): Promise<void>;
  /** A session, logged in, whose reads meet this answer, with a deadline of `deadlineMs`. */
  against(answer: Answer, deadlineMs: number): Promise<ProviderSession>;
  /** Every URL, and every line that a store wrote down, so far. */
  records(): Promise<string>;
  close(): Promise<void>;
}

const canary = 'CANARY-7f3a';
const never = new AbortController().signal;

/** The suite that each provider runs, against a real server or a faithful one. It is never skipped. */
export function conformance(name: string, start: () => Promise<Harness>): void {
  describe(`${name} keeps the promises of every provider`, () => {
    let harness: Harness;
    let session: ProviderSession;

    beforeAll(async () => {
      harness = await start();
      session = await harness.login();
    }, 120_000);

    afterAll(async () => {
      await session?.close(never);
      await harness?.close();
    });

    const read = (key: string, version?: string) =>
      session.read({ key, ...(version !== undefined && { version }) }, never);

    describe('a value arrives exactly', () => {
      test.each([
        ['utf-8', `${canary} grüße 😀 \u2028`],
        ['empty', ''],
        ['lines, CRLF and a trailing newline', `${canary}\r\nb\n\nc\n`],
        ['what looks like JSON', '{"a":1.0}'],
        ['what looks like a template', '{{ x }} $(y)'],
        ['base64', Buffer.from([0, 255, 1]).toString('base64')],
        ['1 MiB less its frame', `${canary}${'x'.repeat(1024 * 1000)}`],
      ])('%s', async (what, value) => {
        await harness.put('exact', { password: value, [what]: 1 });
        expect(text(await read('exact'), 'password')).toBe(value);
      });

      test('nested, dotted and oddly named properties', async () => {
        await harness.put('nested', {
          a: { b: 'path' },
          'a.c': 'dotted',
          'ü /': 'odd',
          __proto__x: 'plain',
          n: [1, true],
        });
        const answer = await read('nested');
        expect(text(answer, 'a.b')).toBe('path');
        expect(text(answer, 'a.c')).toBe('dotted');
        expect(text(answer, 'ü /')).toBe('odd');
        expect(JSON.parse(text(answer, 'n') ?? '')).toEqual([1, true]);
      });

      test('under a key with spaces and umlauts', async () => {
        await harness.put('team a/grün', { password: canary });
        expect(text(await read('team a/grün'), 'password')).toBe(canary);
      });

      test('400 properties', async () => {
        const names = Array.from({ length: 400 }, (_, i) => `name-${i}`);
        await harness.put('many', Object.fromEntries(names.map(each => [each, `v-${each}`])));
        const answer = await read('many');
        expect(text(answer, 'name-399')).toBe('v-name-399');
      });
    });

    test('serves the newest version, says which, and serves an older one when it is asked for', async () => {
      const first = await harness.put('versions', { password: 'one' });
      const second = await harness.put('versions', { password: 'two' });
      const newest = await read('versions');
      expect(text(newest, 'password')).toBe('two');
      expect(newest.ok && newest.value.version).toBe(second);
      if (first === undefined) return;
      const pinned = await read('versions', first);
      expect(text(pinned, 'password')).toBe('one');
      expect(pinned.ok && pinned.value.version).toBe(first);
    });

    describe('absence is proved', () => {
      test('for a key that never was', async () => {
        expect(fault(await read('never-was'))).toBe('absent/KeyNotFound');
      });

      test('for a key that was taken away', async () => {
        await harness.put('taken', { password: canary });
        await harness.remove('taken');
        expect(fault(await read('taken'))).toBe('absent/KeyNotFound');
      });

      test('for a version that never was', async () => {
        const version = await harness.put('one-version', { password: canary });
        if (version === undefined) return;
        expect(fault(await read('one-version', '999'))).toBe('absent/VersionNotFound');
      });

      test('for a property that is not in the value', async () => {
        await harness.put('no-property', { password: canary });
        const answer = await read('no-property');
        const selected = answer.ok ? selectProperty(answer.value.value, 'pass', 'no-property') : answer;
        expect(fault(selected)).toBe('absent/PropertyNotFound');
      });
    });

    test('a key that the identity may not read is denied, not absent, and the session lives on', async () => {
      const answer = await read(harness.deniedKey);
      expect(fault(answer)).toBe('denied/AccessDenied');
      await harness.put('after-denied', { password: canary });
      expect((await read('after-denied')).ok).toBe(true);
    });

    test('a login that the store has ended is told apart from a policy', async () => {
      const ending = await harness.login();
      await harness.put('ended', { password: canary });
      await harness.revokeLogins();
      expect(await ending.read({ key: 'ended' }, never)).toEqual({ ok: false, fault: { kind: 'login-expired' } });
      session = await harness.login();
    });

    describe('a store that cannot answer is unavailable, within the deadline', () => {
      const page = `<html>${canary}</html>`;
      test.each<[string, Answer]>([
        ['500', { kind: 'reply', status: 500, body: canary }],
        ['502 with a page', { kind: 'reply', status: 502, body: page }],
        ['503', { kind: 'reply', status: 503, body: '{}' }],
        ['200 with a page', { kind: 'reply', status: 200, body: page }],
        ['404 with a page', { kind: 'reply', status: 404, body: page }],
        ['an empty body', { kind: 'reply', status: 200, body: '' }],
        ['half of a body', { kind: 'half', body: JSON.stringify({ data: { data: { password: canary } } }) }],
        ['a reset', { kind: 'reset' }],
        ['a hang', { kind: 'hang' }],
        ['headers and no body', { kind: 'stall' }],
        ['a byte at a time', { kind: 'drip', body: canary.repeat(100), everyMs: 50 }],
        ['a gzip bomb', { kind: 'bomb', bytes: 100_000_000 }],
        ['a redirect', { kind: 'redirect', to: 'http://127.0.0.1:1/' }],
      ])('%s', async (_, answer) => {
        const faulty = await harness.against(answer, 500);
        const before = performance.now();
        expect(fault(await faulty.read({ key: 'x' }, never))).toBe('unavailable/ProviderUnavailable');
        expect(performance.now() - before).toBeLessThan(3000);
      });

      test('429 is throttled, with the time that the store asks for', async () => {
        const faulty = await harness.against(
          { kind: 'reply', status: 429, headers: { 'retry-after': '7' }, body: '{}' },
          500,
        );
        const answer = await faulty.read({ key: 'x' }, never);
        expect(answer).toMatchObject({ ok: false, fault: { kind: 'throttled', retryAfterMs: 7000 } });
      });

      test('an abort ends a read at once', async () => {
        const faulty = await harness.against({ kind: 'hang' }, 10_000);
        const before = performance.now();
        const answer = await faulty.read({ key: 'x' }, AbortSignal.timeout(50));
        expect(fault(answer)).toBe('unavailable/ProviderUnavailable');
        expect(performance.now() - before).toBeLessThan(2000);
      });
    });

    test('no value shows up in any URL or record', async () => {
      expect(await harness.records()).not.toContain(canary);
    });
  });
}

function text(answer: ReadAnswer, property: string): string | undefined {
  if (!answer.ok) throw new Error(`read failed: ${JSON.stringify(answer.fault)}`);
  const selected = selectProperty(answer.value.value, property, 'key');
  return selected.ok ? selected.value.revealText() : undefined;
}

/** Kind and reason; no fault ever carries the canary. */
function fault(answer: { readonly ok: boolean }): string | undefined {
  expect(JSON.stringify(answer)).not.toContain(canary);
  if (!('fault' in answer) || typeof answer.fault !== 'object' || answer.fault === null) return undefined;
  return 'kind' in answer.fault && 'reason' in answer.fault ? `${answer.fault.kind}/${answer.fault.reason}` : undefined;
}
