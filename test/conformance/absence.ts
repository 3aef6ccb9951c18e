import { describe, expect, test } from '@jest/globals';
import { selectProperty } from '../../src/controllers/secret-reference/reads/property.ts';
import { canary } from '../canary.ts';
import type { Stage } from './stage.ts';

/** Deletion follows from absence, so absence is proved, and whatever else looks like it is something else. */
export function absence(stage: Stage): void {
  describe('absence is proved', () => {
    test('for a key that never was', async () => {
      expect(stage.faultText(await stage.visit().read(stage.newKey('never-was')))).toBe('absent/KeyNotFound');
    });

    test('for a key that is gone, in each way that the store has', async () => {
      const visit = stage.visit();
      expect(Object.keys(stage.harness.waysToGo).length).toBeGreaterThan(0);
      for (const [way, go] of Object.entries(stage.harness.waysToGo)) {
        const key = stage.newKey('gone');
        await stage.put(key, canary);
        expect([way, stage.text(await visit.read(key))]).toEqual([way, canary]);
        await go(key);
        expect(`${way}: ${stage.faultText(await visit.read(key))}`).toMatch(/: absent\/(Key|Version)NotFound$/);
      }
    });

    test('for a property that is not in the value', async () => {
      const key = stage.newKey('no-property');
      await stage.harness.put(key, JSON.stringify({ password: canary }));
      const answer = await stage.visit().read(key);
      expect(stage.faultText(answer.ok ? selectProperty(answer.value.value, 'pass', key) : answer)).toBe(
        'absent/PropertyNotFound',
      );
    });
  });

  if (!stage.has('a server')) return;

  describe('what is not proved is not absent', () => {
    test('a key that the identity may not read is denied, whether it is there or not, and the login lives on', async () => {
      const visit = stage.visit();
      const key = stage.newKey('allowed');
      await stage.put(key, canary);
      await visit.read(key);
      const logins = visit.seen('login').length;
      expect(stage.faultText(await visit.read(stage.harness.deniedKey))).toBe('denied/AccessDenied');
      expect(stage.faultText(await visit.read(stage.harness.deniedKey, { team: 'team-b' }))).toBe(
        'denied/AccessDenied',
      );
      expect(stage.text(await visit.read(key))).toBe(canary);
      const ofTeamA = visit.seen('login').filter(({ namespace }) => namespace !== stage.cluster.namespace('team-b'));
      expect(ofTeamA).toHaveLength(logins);
    });

    test.each([
      ['a page', `<html>${canary}</html>`],
      ['JSON of somebody else', JSON.stringify({ message: canary })],
      ['nothing', ''],
    ])('404 with %s', async (_, body) => {
      const { visit, key } = await stage.loggedIn();
      stage.harness.misbehave('read', { kind: 'reply', status: 404, body });
      expect(stage.faultText(await visit.read(key))).toMatch(/^(denied|unavailable)\//);
    });
  });
}
