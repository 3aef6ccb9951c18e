import { describe, expect, test } from '@jest/globals';
import { canary } from '../canary.ts';
import { type Answer, json } from '../servers/answers.ts';
import { inTens } from './in-tens.ts';
import type { Stage } from './stage.ts';

/** A store that can list tells all keys of a prefix, or says why it does not. */
export function lists(stage: Stage): void {
  let many: Promise<readonly string[]> | undefined;

  /** More than a page of them, made once. */
  const manyKeys = (): Promise<readonly string[]> => {
    many ??= (async () => {
      const { harness } = stage;
      const keys = Array.from({ length: harness.moreThanAPage ?? 120 }, (_, index) => harness.key(`page-${index}`));
      await inTens(keys, key => stage.put(key, canary));
      return keys;
    })();
    return many;
  };

  if (!stage.has('lists')) {
    test('a list is not to be had', async () => {
      expect(stage.faultText(await stage.visit().list({}))).toBe('unavailable/ProviderUnavailable');
    });
    return;
  }

  /** The keys of more than a page take their time. */
  const listing = (name: string, promise: () => Promise<void>): void => test(name, promise, 120_000);

  describe('a list', () => {
    listing('has every key of the prefix, in canonical form, sorted, over all pages', async () => {
      const keys = await manyKeys();
      await stage.put(stage.harness.key('pag'), canary);
      const found = await stage.visit().list({ prefix: stage.harness.key('page-') });
      expect(found).toEqual({ ok: true, value: keys.toSorted() });
      for (const key of keys.slice(0, 5))
        expect(stage.harness.provider.canonicalKey(key)).toEqual({ ok: true, value: key });
    });

    listing('of a prefix that nothing has is empty', async () => {
      expect(await stage.visit().list({ prefix: stage.harness.key('nothing-begins-like-this') })).toEqual({
        ok: true,
        value: [],
      });
    });

    listing('beyond its limit is refused as a whole', async () => {
      const keys = await manyKeys();
      const prefix = stage.harness.key('page-');
      const visit = stage.visit();
      expect(stage.faultText(await visit.list({ prefix, limit: keys.length - 1 }))).toBe('unusable/ValueNotUsable');
      expect(stage.faultText(await visit.list({ prefix, limit: 1 }))).toBe('unusable/ValueNotUsable');
      expect(stage.faultText(await visit.list({ prefix, limit: keys.length }))).toBe('ok');
    });

    if (stage.has('tags'))
      listing('has only keys with all of the tags', async () => {
        const { harness } = stage;
        const [both = '', one = '', other = '', none = ''] = [1, 2, 3, 4].map(index => harness.key(`tagged-${index}`));
        await inTens([both, one, other, none], key => stage.put(key, canary));
        await harness.tag?.(both, { team: 'etl', tier: 'gold' });
        await harness.tag?.(one, { team: 'etl', tier: 'silver' });
        await harness.tag?.(other, { team: 'web', tier: 'gold' });
        const visit = stage.visit();
        const found = (tags: Readonly<Record<string, string>>) => visit.list({ prefix: harness.key('tagged-'), tags });
        expect(await found({ team: 'etl', tier: 'gold' })).toEqual({ ok: true, value: [both] });
        expect(await found({ team: 'etl' })).toEqual({ ok: true, value: [both, one] });
        expect(await found({ team: 'nobody' })).toEqual({ ok: true, value: [] });
      });
    else
      listing('by tags is refused where keys have none', async () => {
        const refused = await stage.visit().list({ prefix: stage.harness.key('tagged-'), tags: { team: 'etl' } });
        expect(stage.faultText(refused)).toBe('invalid/InvalidSpec');
      });

    listing('forgets a key that is gone', async () => {
      const [go] = Object.values(stage.harness.waysToGo);
      const key = stage.harness.key('leaving-1');
      await stage.put(key, canary);
      const visit = stage.visit();
      const prefix = stage.harness.key('leaving-');
      expect(await visit.list({ prefix })).toEqual({ ok: true, value: [key] });
      await go?.(key);
      expect(await visit.list({ prefix })).toEqual({ ok: true, value: [] });
    });

    listing('is asked for once by all who want it, and by each namespace as itself', async () => {
      const { visit } = await stage.loggedIn();
      const prefix = stage.harness.key('nobody-has-this');
      await visit.list({ prefix });
      const single = visit.seen('list').length;
      await Promise.all(Array.from({ length: 20 }, () => visit.list({ prefix })));
      expect(visit.seen('list')).toHaveLength(2 * single);
      await visit.list({ prefix }, 'team-b');
      const own = stage.has('own logins');
      const readers = visit
        .seen('list')
        .slice(2 * single)
        .map(({ namespace }) => namespace);
      expect(new Set(readers)).toEqual(new Set([own ? stage.cluster.namespace('team-b') : undefined]));
    });

    if (stage.has('logins that it ends'))
      listing('needs one new login when the store has ended the old one', async () => {
        const { visit } = await stage.loggedIn();
        const once = visit.seen('login').length;
        await stage.harness.revokeLogins?.();
        expect(stage.faultText(await visit.list({ prefix: stage.harness.key('nobody-has-this') }))).toBe('ok');
        expect(visit.seen('login')).toHaveLength(2 * once);
      });
  });

  if (!stage.has('a server')) return;

  describe('a list that is not given', () => {
    const refusals: readonly (readonly [string, Answer, string])[] = [
      ['403', json({ message: canary }, 403), 'denied/AccessDenied'],
      ['429', json({}, 429), 'throttled/Throttled'],
      ['500', { kind: 'reply', status: 500, body: canary }, 'unavailable/ProviderUnavailable'],
      ['200 with a page', { kind: 'reply', body: `<html>${canary}` }, 'unavailable/ProviderUnavailable'],
      ['half of a body', { kind: 'half', body: canary.repeat(10) }, 'unavailable/ProviderUnavailable'],
      ['a hang', { kind: 'hang' }, 'unavailable/ProviderUnavailable'],
    ];
    for (const [name, answer, expected] of refusals)
      listing(`for ${name}`, async () => {
        const { visit } = await stage.loggedIn();
        visit.net.hurry();
        stage.harness.misbehave('list', answer);
        expect(stage.faultText(await visit.list({ prefix: stage.harness.key('page-') }))).toBe(expected);
      });
  });
}
