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

    test('the newest is served, and which it is', async () => {
      const { key, two } = await putTwice();
      const visit = stage.visit();
      const answer = await visit.read(key);
      expect(stage.text(answer)).toBe('two');
      expect(answer.ok && answer.value.version).toBe(two);
      const three = await stage.put(key, 'three');
      const next = await visit.read(key);
      expect(stage.text(next)).toBe('three');
      expect(next.ok && next.value.version).toBe(three);
    });

    test('one that was named is served, whatever came after it', async () => {
      const { key, one, two } = await putTwice();
      const visit = stage.visit();
      for (const [version, serves] of [
        [one, 'one'],
        [two, 'two'],
      ] as const) {
        if (version === undefined) continue;
        const answer = await visit.read(key, { version });
        if (version === one && stage.harness.keepsVersions === false) {
          expect(stage.told(answer)).toBe('absent/VersionNotFound');
          continue;
        }
        expect([version, stage.text(answer)]).toEqual([version, serves]);
        expect(answer.ok && answer.value.version).toBe(version);
      }
    });

    test('by whatever else the store names them', async () => {
      const { key } = await putTwice();
      const visit = stage.visit();
      for (const [version, serves] of stage.harness.pins)
        expect([version, stage.text(await visit.read(key, { version }))]).toEqual([version, serves]);
    });

    test('one that never was is proved absent', async () => {
      const { key } = await putTwice();
      const visit = stage.visit();
      for (const version of stage.harness.noSuchPins)
        expect([version, stage.told(await visit.read(key, { version }))]).toEqual([version, 'absent/VersionNotFound']);
    });
  });
}
