import { expect, test } from '@jest/globals';
import { useBattery } from './battery.ts';
import { staysQuiet } from './idle.ts';
import { anyWrite } from './match.ts';
import { survives } from './oracle.ts';
import { play } from './story.ts';

const battery = useBattery();
/** Create and status, update and status, create and delete and status, create and status. */
const writesOfAStory = 9;

test('a story has as many writes as are killed after below', async () => {
  const since = battery().api.journal.length;
  await play(battery(), 'counted');
  expect(battery().api.journal.writes({ namespace: 'counted' }, since)).toHaveLength(writesOfAStory);
});

test.each(Array.from({ length: writesOfAStory }, (_, index) => index + 1))(
  'ends as ever when the operator is killed right after write %d',
  nth =>
    survives(battery(), {
      create: ({ api, here, restartOperator }) => api.when(anyWrite(here)).nth(nth).commitThen(restartOperator),
    }),
);

test('writes nothing for three refresh intervals afterwards', () => staysQuiet(battery()));
