import { expect, test } from '@jest/globals';
import { canary } from '../canary.ts';
import { until } from '../servers/process.ts';
import { useBattery } from './battery.ts';
import { effectsOf } from './ending.ts';
import { compact } from './etcd.ts';
import { staysQuiet, untilIdle } from './idle.ts';
import { anyRequest, list, targets, update, watch } from './match.ts';
import { isWell, survives } from './oracle.ts';
import { errorEvent } from './says.ts';

const battery = useBattery();
const pageTwo = list('serviceaccounts', { url: 'continue=' });
const references = watch('secretreferences');

test('does not believe an old list that shows an object of the same name from its earlier life', async () => {
  const { api, world } = battery();
  const team = await world.team('reborn');
  const since = api.journal.length;
  await team.put('db', { password: `${canary}-1` });
  await team.refer('db');
  await team.synced('db');
  const recording = api.record(list('secretreferences'));
  api.say(references, errorEvent(410));
  const old = await recording;

  const blind = api.when(references).reset();
  api.cut(references);
  await world.cluster.remove('SecretReference', 'db', team.namespace);
  await world.cluster.remove('Secret', 'db', team.namespace);
  await team.put('db', { password: `${canary}-2` });
  await team.refer('db');
  api.when(list('secretreferences')).first(3).replay(old);
  api.when(references).nth(1).beginWith(errorEvent(410));
  blind.off();

  const { metadata } = await team.synced('db');
  const secret = await team.secret('db');
  expect(secret?.text).toEqual({ password: `${canary}-2` });
  expect(secret?.metadata.ownerReferences).toMatchObject([{ uid: metadata.uid }]);
  expect(effectsOf(api.journal.writes({ namespace: team.namespace }, since))).toEqual({
    'secrets/db': { created: 2, deleted: 0 },
  });
  await isWell(battery());
});

test('repairs nothing that only an old list of Secrets shows', async () => {
  const { api, world } = battery();
  const team = await world.team('old-secrets');
  await team.put('db', { password: `${canary}-1` });
  await team.refer('db');
  await team.synced('db');
  const watching = watch('secrets', targets);
  const recording = api.record(list('secrets', targets));
  api.say(watching, errorEvent(410));
  const old = await recording;
  await team.put('db', { password: `${canary}-2` });
  await team.rotate('db', 'token-1');
  await untilIdle(battery());
  const since = api.journal.length;
  api.when(list('secrets', targets)).first(2).replay(old);
  api.say(watching, errorEvent(410));
  await isWell(battery());
  expect(api.journal.writes({ namespace: team.namespace }, since)).toEqual([]);
});

test('survives that the history on which page two of a list depends is compacted', () =>
  survives(battery(), {
    create: async ({ world: { cluster }, team: { namespace } }) => {
      const names = Array.from({ length: 501 }, (_, index) => `crowd-${index}`);
      const account = (name: string) =>
        ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }) as const;
      await Promise.all(names.map(name => cluster.create(account(name))));
    },
    rotate: async ({ api, world, team: { namespace } }) => {
      const forget = async () => {
        await world.cluster.patch('ServiceAccount', 'crowd-0', namespace, { metadata: { labels: { newer: 'yes' } } });
        await compact(world.controlPlane);
        await world.controlPlane.restartApiServer(); // which kept the list in memory
      };
      api.when(pageTwo).nth(1).after(forget);
      api.say(watch('serviceaccounts'), errorEvent(410));
      await until('410 for page two', () => api.journal.of(pageTwo).some(({ status }) => status === 410));
    },
  }));

test('survives that the history from which its watches would go on is compacted', () =>
  survives(battery(), {
    rotate: async ({ api, world, team }) => {
      const blind = api.when({ verb: 'watch' }).reset();
      api.cut(anyRequest);
      await team.annotate('db', { 'example.com/unseen': 'yes' });
      await compact(world.controlPlane);
      await world.controlPlane.restartApiServer();
      blind.off();
    },
    change: async ({ world: { operator } }) =>
      expect(await operator.metrics()).toMatch(
        /watch_errors_total\{resource="secretreferences",error="watch-expired"\}/,
      ),
  }));

test('survives a watch that is open and silent while things happen', () =>
  survives(battery(), {
    rotate: ({ api }) => {
      api.stall(references);
      setTimeout(() => api.cut(references), 1000);
    },
  }));

test(
  'notices by itself that a watch is dead',
  () =>
    survives(battery(), {
      rotate: async ({ api, world: { operator } }) => {
        api.stall(references);
        const noticed = async () => (await operator.metrics()).includes('error="watch-stalled"');
        await until('the silence to be noticed', noticed, 150_000);
      },
    }),
  240_000,
);

test('never updates a Secret twice for one rotation, whatever its watches tell', async () => {
  const { api, world } = battery();
  const team = await world.team('twice');
  await team.put('db', { password: `${canary}-1` });
  await team.refer('db');
  await team.synced('db');
  await team.put('db', { password: `${canary}-2` });
  const since = api.journal.length;
  api.stall(anyRequest);
  await team.annotate('db', { 'shearline.dev/rotate': 'token-1' });
  api.cut(anyRequest);
  await team.until('db', 'the rotation succeeded', ({ status }) => status?.rotation?.lastSucceeded === 'token-1');
  api.say(anyRequest, errorEvent(410));
  await isWell(battery());
  expect(api.journal.of(update('secrets', { namespace: team.namespace }), since)).toHaveLength(1);
});

test('writes nothing for three refresh intervals afterwards', () => staysQuiet(battery()));
