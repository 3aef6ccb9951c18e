import { describe, expect, test } from '@jest/globals';
import type { Stage } from './stage.ts';

/** One key has one canonical form, which is what `allowedKeys` are matched against. */
export function keys(stage: Stage): void {
  const canonical = (spelling: string): string => {
    const key = stage.harness.provider.canonicalKey(spelling);
    return key.ok ? key.value : 'refused';
  };

  describe('canonical keys', () => {
    test('come out as they are', () => {
      const { harness } = stage;
      for (const key of [harness.key('plain'), harness.deniedKey]) expect(canonical(key)).toBe(key);
    });

    test('are the same for each spelling that the store would take, and no other spelling is taken', () => {
      const { spellings } = stage.harness;
      expect(spellings.map(([spelling]) => [spelling, canonical(spelling)])).toEqual(spellings);
      expect(spellings.length).toBeGreaterThan(0);
    });

    test.each([
      [''],
      ['/'],
      ['.'],
      ['..'],
      ['KEY/..'],
      ['../KEY'],
      ['./KEY'],
      ['KEY/'],
      ['//KEY'],
      ['x//KEY'],
      ['x/../KEY'],
      ['x/./KEY'],
      ['x%2fKEY'],
      ['%2e%2e/KEY'],
      ['x\\KEY'],
      ['KEY?x=y'],
      ['KEY#x'],
      ['KEY\n'],
      ['KEY\0'],
      [' KEY'],
      ['KEY\u200b'],
      ['KEY\ud800'],
    ])('%j is refused, or comes out in a form without empty, dot and invisible parts', pattern => {
      const { harness } = stage;
      for (const key of [harness.key('plain'), harness.deniedKey]) {
        const answer = harness.provider.canonicalKey(pattern.replace('KEY', key));
        if (!answer.ok) {
          expect(stage.faultText(answer)).toBe('invalid/InvalidSpec');
          continue;
        }
        expect(answer.value.split('/').filter(part => ['', '.', '..'].includes(part))).toEqual([]);
        expect(answer.value).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(canonical(answer.value)).toBe(answer.value);
      }
    });

    test('of any length are refused or taken, never cut', () => {
      const long = stage.harness.key('x'.repeat(5000));
      expect([long, 'refused']).toContain(canonical(long));
    });
  });
}
