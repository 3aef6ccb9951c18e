import { describe, expect, test } from '@jest/globals';
import { useBattery } from './battery.ts';
import { staysQuiet } from './idle.ts';
import { anyWrite } from './match.ts';
import { endsAsEver } from './oracle.ts';
import { deleted, merged, owned, renamed } from './stories.ts';
import { play, type Scene, type Story } from './story.ts';

const battery = useBattery();

/** Each with the number of its writes: the operator is killed right before and right after each of them. */
const lives: readonly (readonly [Story, number])[] = [
  // Create and status, update and status, create and delete and status, create and status.
  [owned, 9],
  // Finalizer, keys and status, keys and status, keys there, keys here and status, keys and status, keys, finalizer.
  [merged, 12],
  // Create and status, delete and status, create and status.
  [deleted, 6],
  // Create and status, twice create and delete and status.
  [renamed, 8],
];

describe.each(lives.map(([story, writes]) => [story.title, story, writes] as const))(
  'the life of %s',
  (_, story, writes) => {
    const numbers = Array.from({ length: writes }, (_, index) => index + 1);

    /** From its beginning on, one of its writes is met so. */
    const meeting = (how: (scene: Scene) => unknown) => endsAsEver(battery(), story, { create: how });

    test(`has ${writes} writes, as many as are met below`, async () => {
      const since = battery().api.journal.length;
      const name = `counted-${lives.findIndex(([each]) => each === story)}`;
      await play(battery(), story, name);
      expect(battery().api.journal.writes({ namespace: name }, since)).toHaveLength(writes);
    });

    test.each(numbers)('ends as ever when the operator is killed right before write %d', nth =>
      meeting(({ api, here, restartOperator }) => api.when(anyWrite(here)).nth(nth).dropThen(restartOperator)),
    );

    test.each(numbers)('ends as ever when the operator is killed right after write %d', nth =>
      meeting(({ api, here, restartOperator }) => api.when(anyWrite(here)).nth(nth).commitThen(restartOperator)),
    );
  },
);

test('writes nothing for three refresh intervals afterwards', () => staysQuiet(battery()));
