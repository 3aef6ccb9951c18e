import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import type { ConformanceCluster } from '../conformance/cluster.ts';
import type { Feature } from '../conformance/features.ts';
import type { Harness, Team } from '../conformance/harness.ts';
import { type Place, usePlace } from './provider-place.ts';

/**
 * What a user of this provider lives through: reference → Secret → the value moves on upstream → rotation or refresh →
 * Secret. It takes what the conformance suite takes, and answers where it plays: a file may go on there.
 */
export function providerStory<Store extends Harness>(
  name: string,
  start: (cluster: ConformanceCluster) => Promise<Store>,
  { lacks = [] }: { readonly lacks?: readonly Feature[] } = {},
): () => Place<Store> {
  const place = usePlace(start);
  describe(`${name}, from the reference to the Secret`, () => {
    const put = (key: string, value: string) =>
      place().store.put(key, place().store.takes.onlyJson ? JSON.stringify({ value }) : value);
    const entry = (key: string) => ({
      secretKey: 'password',
      remoteRef: { key, ...(place().store.takes.onlyJson && { property: 'value' }) },
    });
    /** A remote secret of its own, and a reference of this name to it, in step. */
    const inStep = async (of: string, spec: object = {}, team: Team = 'team-a') => {
      const key = place().store.key(of);
      const value = secretValue();
      await put(key, value);
      await place()
        .team(team)
        .refer(of, { data: [entry(key)], ...spec });
      await place().team(team).synced(of);
      return { key, value };
    };
    const passwordOf = async (of: string, team: Team = 'team-a') =>
      (await place().team(team).secret(of))?.text.password;

    test('a reference becomes a Secret', async () => {
      const { value } = await inStep('first');
      expect(await passwordOf('first')).toBe(value);
    });

    test('in each namespace by its own ServiceAccount', async () => {
      const { value } = await inStep('second', {}, 'team-b');
      expect(await passwordOf('second', 'team-b')).toBe(value);
    });

    test('a rotation brings the newest value, and one without news says so', async () => {
      const { key } = await inStep('rotated');
      const next = secretValue('next');
      await put(key, next);
      const team = place().team('team-a');
      expect((await team.rotate('rotated', 't1')).status?.rotation).toMatchObject({ result: 'Rotated' });
      expect(await passwordOf('rotated')).toBe(next);
      expect((await team.rotate('rotated', 't2')).status?.rotation).toMatchObject({ result: 'NoChange' });
    });

    test('a refresh brings what moved on upstream', async () => {
      const { key } = await inStep('refreshed', { refreshInterval: '10s' });
      const next = secretValue('next');
      await put(key, next);
      await place()
        .team('team-a')
        .secretThat('refreshed', 'the next value', ({ text }) => text.password === next);
    });

    test('what is gone upstream is told, and the last good Secret stays', async () => {
      const { key, value } = await inStep('gone');
      const [go] = Object.values(place().store.waysToGo);
      await go?.(key);
      const { status } = await place().team('team-a').rotate('gone', 't1');
      expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'KeyNotFound' });
      expect(await passwordOf('gone')).toBe(value);
    });

    test('what may not be read is told, and makes no Secret', async () => {
      const team = place().team('team-a');
      await team.refer('denied', { data: [entry(place().store.deniedKey)] });
      await team.failing('denied', 'AccessDenied');
      expect(await team.secret('denied')).toBeUndefined();
    });

    /** A reference to all keys of a prefix. */
    const find = () => {
      const found = { prefix: place().store.key('found-'), name: { glob: '*' } };
      return place()
        .team('team-a')
        .refer('found', { dataFrom: [{ find: found }] });
    };

    if (lacks.includes('lists'))
      test('a search is refused, and says why', async () => {
        await find();
        expect(await place().team('team-a').failing('found', 'InvalidSpec')).toContain('cannot list its keys');
      });
    else
      test('all keys of a prefix become one Secret', async () => {
        const values = { one: secretValue('one'), two: secretValue('two') };
        const { key } = place().store;
        await put(key('found-one'), values.one);
        await put(key('found-two'), values.two);
        await find();
        const team = place().team('team-a');
        await team.synced('found');
        const { text = {} } = (await team.secret('found')) ?? {};
        expect(Object.keys(text)).toEqual(['one', 'two']);
        expect(text.one).toContain(values.one);
      });
  });
  return place;
}
