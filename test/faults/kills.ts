import { expect } from '@jest/globals';
import type { Battery } from './battery.ts';
import { anyWrite } from './match.ts';
import { isWell } from './oracle.ts';
import { play, type Scene, type Story } from './story.ts';

/** A story, and how many writes each of its chapters has. */
export type Counted = readonly [story: Story, counts: readonly number[]];
export type When = 'before' | 'after';

/** One write of a story: its number in the whole, and its chapter. */
interface Write {
  readonly story: Story;
  readonly nth: number;
  readonly chapter: number;
}

/**
 * Each story is played once for each of its writes, and the operator is killed there. To start an operator takes
 * seconds: lives that are met in the same chapter are played side by side, and when all are there it is killed, once.
 */
export function killsOf(battery: () => Battery, stories: readonly Counted[]) {
  const writes = stories.flatMap(writesOf);
  const groups = new Map<string, ReturnType<typeof playKilled>>();
  const killed = (when: When, chapter: number) => {
    const name = `${when}-${chapter}`;
    const met = writes.filter(write => write.chapter === chapter);
    const group = groups.get(name) ?? playKilled(battery(), when, name, met);
    groups.set(name, group);
    return group;
  };
  let calm: ReturnType<typeof playCounting> | undefined;
  const undisturbed = async (story: Story) => {
    calm ??= playCounting(battery(), stories);
    return (await calm).find(life => life.story === story);
  };
  return {
    /** How many writes each chapter has when nobody disturbs it. */
    counts: async (story: Story) => (await undisturbed(story))?.counts,
    endsAsEver: async (when: When, story: Story, nth: number) => {
      const isMeant = (write: Write) => write.story === story && write.nth === nth;
      const expected = await undisturbed(story);
      const lives = await killed(when, writes.find(isMeant)?.chapter ?? 0);
      expect(lives.find(isMeant)?.account).toBeDefined();
      expect(lives.find(isMeant)?.account).toEqual(expected?.account);
    },
  };
}

function writesOf([story, counts]: Counted): readonly Write[] {
  const chapters = counts.flatMap((count, chapter) => Array.from({ length: count }, () => chapter));
  return chapters.map((chapter, at) => ({ story, chapter, nth: at + 1 }));
}

async function playCounting(battery: Battery, stories: readonly Counted[]) {
  const lives = stories.map(([story], at) => ({ story, namespace: `calm-${at}`, ...counting(story) }));
  const played = await play(battery, lives);
  return played.map(life => {
    const { namespace, before } = life;
    const sums = [...before, battery.api.journal.writes({ namespace }).length];
    return { ...life, counts: before.map((sum, chapter) => (sums[chapter + 1] ?? 0) - sum) };
  });
}

/** How many writes there were when each chapter began. */
function counting({ chapters }: Story) {
  const before: number[] = [];
  const count = ({ api, here }: Scene) => before.push(api.journal.writes(here).length);
  return { before, disturbance: Object.fromEntries(chapters.map(({ name }) => [name, count])) };
}

async function playKilled(battery: Battery, when: When, name: string, met: readonly Write[]) {
  const kill = onceAllCame(met.length, battery.restartOperator);
  const lives = met.map((write, at) => {
    const create = ({ api, here }: Scene) => {
      const rules = api.when(anyWrite(here)).nth(write.nth);
      return when === 'before' ? rules.dropThen(kill) : rules.commitThen(kill);
    };
    return { ...write, namespace: `killed-${name}-${at}`, disturbance: { create } };
  });
  const played = await play(battery, lives);
  await isWell(battery);
  return played;
}

/** The last that comes does it; all wait until it is done. */
export function onceAllCame(count: number, act: () => Promise<void>): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let missing = count;
  return () => {
    missing -= 1;
    if (missing === 0) resolve(act());
    return promise;
  };
}
