import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { secretValue } from '../../canary.ts';
import type { Team } from '../../conformance/harness.ts';
import { Stage } from '../../conformance/stage.ts';
import { clientIds, harnessOf, startFor } from './harness.ts';

const owners: readonly (readonly [owner: Team, other: Team])[] = [
  ['team-a', 'team-b'],
  ['team-b', 'team-a'],
];
const keyOf = (team: Team): string => `of-${team}`;
const values = { 'team-a': secretValue('a'), 'team-b': secretValue('b') };

/** One vault, in which each team's application has the role on its own secret, and on no other. */
const stage = new Stage(async cluster => {
  const azure = await startFor(cluster);
  for (const [team] of owners) azure.access.assign(clientIds[team], 'Key Vault Secrets User', `secrets/${keyOf(team)}`);
  return harnessOf(azure, cluster);
});

beforeAll(async () => {
  await stage.begin();
  for (const [team] of owners) await stage.put(keyOf(team), values[team]);
}, 180_000);
afterEach(() => stage.tidy(), 30_000);
afterAll(() => stage.end(), 60_000);

describe.each(owners)('a secret that only %s may read', (owner, other) => {
  test(`is denied to ${other}, also right after its owner has read it`, async () => {
    const visit = stage.visit();
    expect(stage.told(await visit.read(keyOf(owner), { team: other }))).toBe('denied/AccessDenied');
    expect(stage.text(await visit.read(keyOf(owner), { team: owner }))).toBe(values[owner]);
    expect(stage.told(await visit.read(keyOf(owner), { team: other }))).toBe('denied/AccessDenied');
    expect(stage.text(await visit.read(keyOf(other), { team: other }))).toBe(values[other]);
  });

  test(`is denied to ${other} when both ask for it at the same moment, many times`, async () => {
    const visit = stage.visit();
    const asking = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? owner : other));
    const answers = await Promise.all(asking.map(team => visit.read(keyOf(owner), { team })));
    const expected = asking.map(team => (team === owner ? values[owner] : 'no value but denied/AccessDenied'));
    expect(answers.map(answer => stage.text(answer))).toEqual(expected);
  });

  test(`is denied to ${other} in the version that it has`, async () => {
    const visit = stage.visit();
    const answer = await visit.read(keyOf(owner), { team: owner });
    const version = answer.ok ? (answer.value.version ?? '') : '';
    expect(version).not.toBe('');
    expect(stage.told(await visit.read(keyOf(owner), { team: other, version }))).toBe('denied/AccessDenied');
  });
});
