import { describe, expect, test } from '@jest/globals';
import { canary } from '../canary.ts';
import { json } from '../servers/answers.ts';
import { inTens } from './in-tens.ts';
import type { Stage } from './stage.ts';

/** Reads that fall due together leave in the store's batch call, where it has one; nobody is the worse for the company. */
export function batches(stage: Stage): void {
  const size = () => stage.harness.provider.batch?.size ?? 1;

  const putMany = async (count: number): Promise<readonly string[]> => {
    const keys = Array.from({ length: count }, () => stage.newKey('many'));
    await inTens(keys, key => stage.put(key, `${canary} ${key}`));
    return keys;
  };

  describe('reads that fall due together', () => {
    test('get each its own value', async () => {
      const keys = await putMany(2 * size() + 1);
      const visit = stage.visit();
      const answers = await Promise.all(keys.map(key => visit.read(key)));
      expect(answers.map(answer => stage.text(answer))).toEqual(keys.map(key => `${canary} ${key}`));
    });

    if (stage.has('batches'))
      test('share calls, none of which asks for more keys than the store takes', async () => {
        const keys = await putMany(2 * size() + 1);
        const { visit } = await stage.loggedIn();
        const single = visit.seen('read').length;
        await Promise.all(keys.map(key => visit.read(key)));
        const calls = visit.seen('read').slice(single);
        expect(calls.length).toBeLessThanOrEqual(Math.ceil(keys.length / size()) * single);
        expect(calls.filter(({ keys: asked = 1 }) => asked > size())).toEqual([]);
        expect(calls.some(({ keys: asked = 1 }) => asked > 1)).toBe(true);
      });

    test('fail each for itself', async () => {
      const [first = '', pinned = '', last = ''] = await putMany(3);
      const one = await stage.put(pinned, 'one');
      const version = stage.has('old versions') ? one : undefined;
      await stage.put(pinned, 'two');
      const visit = stage.visit();
      const answers = await Promise.all([
        visit.read(first),
        visit.read(stage.newKey('never-was')),
        visit.read(pinned, version === undefined ? {} : { version }),
        visit.read(stage.has('a server') ? stage.harness.deniedKey : stage.newKey('never-was')),
        visit.read(last),
      ]);
      const found = version === undefined ? 'two' : 'one';
      expect(answers.map(answer => (answer.ok ? stage.text(answer) : stage.faultText(answer)))).toEqual([
        `${canary} ${first}`,
        'absent/KeyNotFound',
        found,
        stage.has('a server') ? 'denied/AccessDenied' : 'absent/KeyNotFound',
        `${canary} ${last}`,
      ]);
    });

    if (stage.has('a server'))
      test('are all throttled when their call is', async () => {
        const keys = await putMany(2);
        const { visit } = await stage.loggedIn();
        stage.harness.misbehave('read', json({}, 429));
        const answers = await Promise.all(keys.map(key => visit.read(key)));
        expect(answers.map(answer => stage.faultText(answer))).toEqual(keys.map(() => 'throttled/Throttled'));
      });
  });
}
