import { describe, expect, test } from '@jest/globals';
import type { Stage } from './stage.ts';

/** The newest version is served unless another one is asked for. */
export function versions(stage: Stage): void {
  describe('versions', () => {
    async function putTwice() {
      const key = stage.newKey('versions');
      const one = await stage.put(key, 'one');
      const two = await stage.put(key, 'two');
      return { key, one, two };
    }

    test('the newest is served', async () => {
      const { key } = await putTwice();
      const visit = stage.visit();
      expect(stage.text(await visit.read(key))).toBe('two');
      await stage.put(key, 'three');
      expect(stage.text(await visit.read(key))).toBe('three');
    });

    if (stage.has('version times'))
      test('when the one that is served was made is said, and said again the same', async () => {
        const before = Date.now();
        const { key } = await putTwice();
        const visit = stage.visit();
        const made = await stage.madeAt(visit, key);
        // Some stores keep seconds.
        expect(made).toBeGreaterThanOrEqual(before - 1000);
        expect(made).toBeLessThanOrEqual(Date.now());
        expect(await stage.madeAt(visit, key)).toBe(made);
        await stage.put(key, 'three');
        expect(await stage.madeAt(visit, key)).toBeGreaterThanOrEqual(made);
      });
    else
      test('when one was made is not made up', async () => {
        const { key } = await putTwice();
        const answer = await stage.visit().read(key);
        expect(answer.ok && answer.value).not.toHaveProperty('madeAt');
      });

    if (!stage.has('versions')) {
      test('are not made up where the store has none', async () => {
        const { key } = await putTwice();
        const answer = await stage.visit().read(key);
        expect(answer.ok && answer.value).not.toHaveProperty('version');
      });
      return;
    }

    test('which one was served is said', async () => {
      const { key, two } = await putTwice();
      const visit = stage.visit();
      expect(await visit.read(key)).toMatchObject({ ok: true, value: { version: two } });
      const three = await stage.put(key, 'three');
      expect(await visit.read(key)).toMatchObject({ ok: true, value: { version: three } });
      expect(new Set([two, three]).size).toBe(2);
    });

    test('the newest is served by its name too', async () => {
      const { key, two } = await putTwice();
      const answer = await stage.visit().read(key, pinned(two));
      expect([stage.text(answer), answer.ok && answer.value.version]).toEqual(['two', two]);
    });

    if (stage.has('old versions'))
      test('one that was named is served, whatever came after it', async () => {
        const { key, one } = await putTwice();
        const answer = await stage.visit().read(key, pinned(one));
        expect([stage.text(answer), answer.ok && answer.value.version]).toEqual(['one', one]);
      });
    else
      test('one that was replaced is proved absent', async () => {
        const { key, one } = await putTwice();
        expect(stage.faultText(await stage.visit().read(key, pinned(one)))).toBe('absent/VersionNotFound');
      });

    if (stage.has('version names')) {
      test('are served by whatever else the store names them', async () => {
        const { key } = await putTwice();
        const visit = stage.visit();
        const served = async (version: string) => stage.text(await visit.read(key, { version }));
        const { pins } = stage.harness;
        expect(await Promise.all(pins.map(async ([version]) => [version, await served(version)]))).toEqual(pins);
      });

      test('the previous one moves with the newest, and the first has none before it', async () => {
        const key = stage.newKey('previous');
        await stage.put(key, 'one');
        const visit = stage.visit();
        const previous = () => visit.read(key, { version: 'previous' });
        expect(stage.faultText(await previous())).toBe('absent/VersionNotFound');
        await stage.put(key, 'two');
        expect(stage.text(await previous())).toBe('one');
        await stage.put(key, 'three');
        expect(stage.text(await previous())).toBe('two');
      });
    }

    test('one that never was is proved absent', async () => {
      const { key } = await putTwice();
      const visit = stage.visit();
      expect(stage.harness.noSuchPins.length).toBeGreaterThan(0);
      for (const version of stage.harness.noSuchPins)
        expect([version, stage.faultText(await visit.read(key, { version }))]).toEqual([
          version,
          'absent/VersionNotFound',
        ]);
    });
  });
}

/** A store that has versions named this one when it was put. */
function pinned(version: string | undefined): { readonly version: string } {
  if (version === undefined) throw new Error('put answered no version');
  return { version };
}
