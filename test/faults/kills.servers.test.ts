import { describe, expect, test } from '@jest/globals';
import { rules } from '../../src/cli/chart/rules.ts';
import { useBattery } from './battery.ts';
import { staysQuiet } from './idle.ts';
import { type Counted, killsOf } from './kills.ts';
import { approved, deleted, merged, owned, renamed, windowed } from './stories.ts';

const battery = useBattery({ flags: ['--rotation'], rules: rules.rotation });

/** Each with the number of writes of each chapter: the operator is killed right before and right after each of them. */
const stories: readonly Counted[] = [
  // Create and status, update and status, create and delete and status, create and status, nothing.
  [owned, [2, 2, 3, 2, 0]],
  // Finalizer, keys and status, keys and status, keys there, keys here and status, keys and status, keys, finalizer.
  [merged, [3, 2, 3, 2, 2]],
  // Create and status, delete and status, create and status, nothing.
  [deleted, [2, 2, 2, 0]],
  // Create and status, twice create and delete and status, nothing.
  [renamed, [2, 3, 3, 0]],
  // Create and status, the candidate, update and status, nothing.
  [windowed, [2, 1, 2, 0]],
  // Revision, create and status; revision, candidate, record and its status; publish, update, statuses of both, twice; nothing.
  [approved, [3, 4, 5, 0]],
];
const kills = killsOf(battery, stories);

describe.each(stories.map(([story, counts]) => [story.title, story, counts] as const))(
  'the life of %s',
  (_, story, counts) => {
    const numbers = counts.flatMap(count => Array.from({ length: count })).map((_, index) => index + 1);

    test(`has ${numbers.length} writes, as many as are met below`, async () => {
      expect(await kills.counts(story)).toEqual(counts);
    });

    test.each(numbers)('ends as ever when the operator is killed right before write %d', nth =>
      kills.endsAsEver('before', story, nth),
    );

    test.each(numbers)('ends as ever when the operator is killed right after write %d', nth =>
      kills.endsAsEver('after', story, nth),
    );
  },
);

test('writes nothing for three refresh intervals afterwards', () => staysQuiet(battery()));
