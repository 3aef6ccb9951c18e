import { beforeAll, describe, expect, test } from '@jest/globals';
import { rules } from '../../src/cli/chart/rules.ts';
import { until } from '../servers/process.ts';
import { useBattery } from './battery.ts';
import { type Chapter, judged, type RunRequest, runReads, runWrites } from './judged.ts';
import { anyRequest, anyWrite } from './match.ts';
import { isWell } from './oracle.ts';
import { failure } from './says.ts';
import { type Account, type Disturbance, play, type Scene } from './story.ts';

/** An API server that refuses, loses, or is away, while a run waits for a Job, for approval, for work, for a rollout. */

const battery = useBattery({ flags: ['--rotation'], rules: rules.rotation });

const refused = runWrites.filter(({ nth }) => nth === 1);
const lost = runWrites.filter(({ what }) => !what.startsWith('that it'));

const when = ({ request, chapter }: RunRequest, fault: (rules: Rules) => unknown): Disturbance<Chapter> => ({
  [chapter]: ({ api, here }: Scene) => fault(api.when({ ...request, ...here })),
});
type Rules = ReturnType<Scene['api']['when']>;
const refuse = (rules: Rules) => rules.first(3).answer(503, failure(503));

const cases: readonly (readonly [name: string, disturbance: Disturbance<Chapter>])[] = [
  ...runReads.map(each => [`does not show ${each.what}`, when(each, refuse)] as const),
  ...refused.map(each => [`refuses ${each.what}`, when(each, refuse)] as const),
  ...lost.map(each => {
    const lose = (rules: Rules) => rules.nth(each.nth).commitThenReset();
    return [`takes ${each.what}, and its answer is lost`, when(each, lose)] as const;
  }),
];

describe('a run ends as ever when the API server', () => {
  let undisturbed: Account | undefined;
  let accounts: ReadonlyMap<string, Account>;
  beforeAll(async () => {
    const lives = [['is well', {}] as const, ...cases].map(([name, disturbance], at) => ({
      ...{ name, disturbance, story: judged },
      namespace: `answers-${at}`,
    }));
    const played = await play(battery(), lives);
    accounts = new Map(played.map(({ name, account }) => [name, account]));
    undisturbed = accounts.get('is well');
    await isWell(battery());
  }, 240_000);

  test.each(cases.map(([name]) => name))('%s', name => {
    expect(accounts.get(name)).toBeDefined();
    expect(accounts.get(name)).toEqual(undisturbed);
  });

  test('goes away at each stage, and comes back', async () => {
    const disturbance = {
      try: awayForAWhile,
      judge: ({ world }: Scene) => world.controlPlane.restartApiServer(),
      approve: awayForAWhile,
      publish: standsStillBeforeTheRestart,
    };
    const [life] = await play(battery(), [{ story: judged, namespace: 'away', disturbance }]);
    expect(life?.account).toBeDefined();
    expect(life?.account).toEqual(undisturbed);
    await isWell(battery());
  }, 240_000);
});

function standsStillBeforeTheRestart({ api, here, world: { controlPlane } }: Scene): void {
  const standStill = () => {
    controlPlane.pauseApiServer();
    setTimeout(() => controlPlane.resumeApiServer(), 2000);
  };
  api
    .when({ verb: 'patch', resource: 'deployments', ...here })
    .nth(1)
    .dropThen(standStill);
}

/** Also for whoever watches. */
function awayForAWhile({ api }: Scene): void {
  const away = api.when(anyRequest).reset();
  api.cut(anyRequest);
  setTimeout(away.off, 2000);
}

test('nothing is made in a namespace that is deleted while its Job runs', async () => {
  const { world, api } = battery();
  const namespace = 'doomed';
  const team = await world.team(namespace);
  const scene = { ...battery(), team, here: { namespace } };
  for (const { happens } of judged.chapters.slice(0, 2)) await happens(scene);
  const since = api.journal.length;
  const anchor = { name: 'anchor', namespace, finalizers: ['example.com/anchor'] };
  await world.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: anchor });
  await world.cluster.remove('Namespace', namespace);
  const left = async () => [
    ...(await world.cluster.list('Secret', namespace)),
    ...(await world.cluster.list('SecretRotation', namespace)),
    ...(await world.cluster.list('Job', namespace)),
  ];
  await until('all of the run to go', async () => (await left()).length === 0, 60_000);
  await isWell(battery());
  const made = api.journal.of({ ...anyWrite({ namespace }), verb: 'create' }, since);
  expect(made.filter(({ status = 0 }) => status < 300)).toEqual([]);
  expect(made.length).toBeLessThan(2);
  await world.cluster.patch('ConfigMap', 'anchor', namespace, { metadata: { finalizers: null } });
  await until('the namespace to go', async () => (await world.cluster.read('Namespace', namespace)) === undefined);
  expect(await left()).toEqual([]);
}, 120_000);
