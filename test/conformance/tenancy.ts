import { beforeAll, describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { type Team, teams } from './harness.ts';
import type { Stage } from './stage.ts';

const values: Readonly<Record<Team, string>> = { 'team-a': secretValue('a'), 'team-b': secretValue('b') };
const pairs: readonly (readonly [owner: Team, other: Team])[] = [
  ['team-a', 'team-b'],
  ['team-b', 'team-a'],
];

/** What one namespace may read is read by no other, whoever asked before and whoever asks at the same time. */
export function tenancy(stage: Stage): void {
  if (!stage.has('own keys')) return;

  const keyOf = (team: Team): string => {
    const { ownKey } = stage.harness;
    if (ownKey === undefined) throw new Error('the harness has no keys of one team alone');
    return ownKey(team);
  };

  describe.each(pairs)('a key that only %s may read', (owner, other) => {
    beforeAll(async () => {
      for (const team of teams) await stage.put(keyOf(team), values[team]);
    });

    test(`is denied to ${other}, also right after its owner has read it`, async () => {
      const visit = stage.visit();
      const denied = async () => stage.faultText(await visit.read(keyOf(owner), { team: other }));
      expect(await denied()).toBe('denied/AccessDenied');
      expect(stage.text(await visit.read(keyOf(owner), { team: owner }))).toBe(values[owner]);
      expect(await denied()).toBe('denied/AccessDenied');
      expect(stage.text(await visit.read(keyOf(other), { team: other }))).toBe(values[other]);
    });

    test(`is denied to ${other} when both ask for it at the same moment, many times`, async () => {
      const visit = stage.visit();
      const asking = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? owner : other));
      const answers = await Promise.all(asking.map(team => visit.read(keyOf(owner), { team })));
      const expected = asking.map(team => (team === owner ? values[owner] : 'no value but denied/AccessDenied'));
      expect(answers.map(answer => stage.text(answer))).toEqual(expected);
    });

    if (stage.has('versions'))
      test(`is denied to ${other} in the version that it has`, async () => {
        const visit = stage.visit();
        const answer = await visit.read(keyOf(owner), { team: owner });
        const version = answer.ok ? (answer.value.version ?? '') : '';
        expect(version).not.toBe('');
        expect(stage.faultText(await visit.read(keyOf(owner), { team: other, version }))).toBe('denied/AccessDenied');
      });
  });
}
