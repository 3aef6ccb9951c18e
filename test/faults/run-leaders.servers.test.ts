import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rules } from '../../src/cli/chart/rules.ts';
import { until } from '../servers/process.ts';
import { useBattery } from './battery.ts';
import { type Chapter, judged, type RunRequest, runWrites } from './judged.ts';
import { onceAllCame } from './kills.ts';
import { elected } from './leading.ts';
import { isWell } from './oracle.ts';
import { Pair } from './pair.ts';
import { type Account, type Disturbance, play, type Scene } from './story.ts';

/** Two replicas, and a leader that ends at a write of a run. All runs are played side by side: to lead takes 15 s. */

const flags = ['--rotation', elected];
const battery = useBattery({ flags, rules: rules.rotation });
const chapters = ['try', 'publish'] as const;
const writes = runWrites.filter(({ chapter }) => chapters.some(each => each === chapter));

let pair: Pair;
let undisturbed: Account | undefined;

beforeAll(async () => {
  pair = await Pair.of(battery(), flags);
  const [life] = await play(pair.battery, [{ story: judged, namespace: 'calm' }]);
  undisturbed = life?.account;
}, 120_000);
afterAll(() => pair.end());

type Disturb = (write: RunRequest) => Disturbance<Chapter>;

/** SIGKILL, right after the write was done: nobody learns of it. */
function killed(): Disturb {
  const kills = Object.fromEntries(chapters.map(chapter => [chapter, onceAllCame(countIn(chapter), pair.kill)]));
  return ({ chapter, request, nth }) => ({
    [chapter]: ({ api, here }: Scene) =>
      api
        .when({ ...request, ...here })
        .nth(nth)
        .commitThen(kills[chapter] ?? pair.kill),
  });
}

/** SIGSTOP, while the write is on its way. The leader wakes up in the next chapter; the write arrives when all is over. */
function stopped(): Disturb {
  const over = Promise.withResolvers<void>();
  const stops = { try: stopOf(countIn('try')), publish: stopOf(countIn('publish')) };
  let arrived = 0;
  const hold = async (stop: () => Promise<void>) => {
    await stop();
    await over.promise;
    arrived += 1;
  };
  return ({ chapter, request, nth }) => ({
    [chapter]: ({ api, here }: Scene) =>
      api
        .when({ ...request, ...here })
        .nth(nth)
        .after(() => hold(chapter === 'try' ? stops.try.stop : stops.publish.stop)),
    judge: stops.try.wake,
    rest: async () => {
      await stops.publish.wake();
      over.resolve();
      await until('late writes to arrive', () => arrived === writes.length);
    },
  });
}

/** The last of so many that comes stops the leader. */
function stopOf(count: number) {
  const woken = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  return {
    stop: onceAllCame(count, async () => over.resolve(pair.stop(woken.promise))),
    wake: async (): Promise<void> => {
      woken.resolve();
      await over.promise;
    },
  };
}

const countIn = (chapter: Chapter): number => writes.filter(write => write.chapter === chapter).length;

const namespaceOf = (how: string, { what }: RunRequest): string => `${how}-${what.replaceAll(' ', '-').toLowerCase()}`;

describe.each([
  ['killed', killed],
  ['stopped', stopped],
] as const)('the leader is %s: the other one goes on, and the end is the same', (how, disturb) => {
  let accounts: ReadonlyMap<string, Account>;
  beforeAll(async () => {
    const disturbed = disturb();
    const lives = writes.map(write => ({
      what: write.what,
      story: judged,
      namespace: namespaceOf(how, write),
      disturbance: disturbed(write),
    }));
    const played = await play(pair.battery, lives);
    accounts = new Map(played.map(({ what, account }) => [what, account]));
    await isWell(pair.battery);
  }, 240_000);

  test.each(writes.map(({ what }) => what))('at %s', what => {
    expect(accounts.get(what)).toBeDefined();
    expect(accounts.get(what)).toEqual(undisturbed);
  });

  test.each(['update secrets/db', 'patch deployments/api', 'create jobs/db-1-validate', 'create secretrotations/db-1'])(
    'and there is one %s in each run',
    once => {
      for (const write of writes) {
        const done = battery().api.journal.writes({ namespace: namespaceOf(how, write) });
        const same = done.filter(({ call }) => `${call.verb} ${call.resource}/${call.name}` === once);
        expect([write.what, same.length]).toEqual([write.what, 1]);
      }
    },
  );
});

// How long the Job is kept may be said twice: it is the same time.
test.each(writes.filter(({ request }) => request.resource !== 'jobs' || request.verb !== 'patch'))(
  'what a stopped leader had sent is refused when it arrives: $what',
  write => {
    const answers = battery().api.journal.of({ ...write.request, namespace: namespaceOf('stopped', write) });
    expect(answers.map(({ status }) => status)).toContain(409);
  },
);
