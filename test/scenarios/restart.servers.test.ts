import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { secretValue } from '../canary.ts';
import { until } from '../servers/process.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const names = Array.from({ length: 20 }, (_, index) => `db-${index}`);

async function twentyInStep(name: string): Promise<Team> {
  const team = await world().team(name);
  await Promise.all(names.map(each => team.put(each, { password: secretValue(each) })));
  await Promise.all(names.map(each => team.refer(each)));
  await Promise.all(names.map(each => team.synced(each)));
  return team;
}

const end = {
  SIGTERM: () => world().operator.stop(),
  SIGKILL: () => world().operator.kill(),
} as const;

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'after %s, twenty that are in step are verified without a write and without a read',
  async signal => {
    const team = await twentyInStep(signal.toLowerCase());
    const readsOf = () => Promise.all(names.map(each => world().audits.reads(`secret/data/${team.namespace}/${each}`)));
    const [writes, reads] = [await world().audits.writes(team.namespace), await readsOf()];
    await end[signal]();
    await world().operator.start();
    // Its own turn shows that those before it in the queue had theirs.
    await team.put('witness', { password: secretValue('witness') });
    await team.refer('witness');
    await team.synced('witness');
    const after = (await world().audits.writes(team.namespace)).slice(writes.length);
    expect(after.filter(write => !write.includes('witness'))).toEqual([]);
    expect(await readsOf()).toEqual(reads);
  },
);

test('SIGTERM ends it within ten seconds, and no login is left behind at the store', async () => {
  const accessors = async () => Accessors.parse(await world().bao.api('LIST', 'auth/token/accessors')).data.keys;
  await world().operator.stop();
  const others = await accessors();
  await world().operator.start();
  for (const name of ['left-a', 'left-b']) await world().teamInStep(name);
  const logins = (await accessors()).filter(each => !others.includes(each));
  expect(logins.length).toBe(2);
  expect(await world().operator.stop()).toBeLessThan(10_000);
  expect((await accessors()).filter(each => logins.includes(each))).toEqual([]);
  await world().operator.start();
});

const Accessors = z.object({ data: z.object({ keys: z.array(z.string()) }) });

test('what happened while it was down is seen to when it is back', async () => {
  const team = await world().team('meanwhile');
  const first = secretValue('first');
  for (const each of ['rotated', 'tampered', 'deleted', 'edited', 'untouched']) {
    await team.put(each, { password: first });
    await team.refer(each);
    await team.synced(each);
  }
  const writes = await world().audits.writes('meanwhile');
  await world().operator.stop();

  const second = secretValue('second');
  await team.put('rotated', { password: second });
  await team.annotate('rotated', { 'shearline.dev/rotate': 'while-down' });
  await team.tamper('tampered', { data: { password: Buffer.from('tampered').toString('base64') } });
  await world().cluster.remove('Secret', 'deleted', 'meanwhile');
  await team.refer('edited', { dataFrom: [team.extract('edited')], target: { labels: { edited: 'yes' } } });
  await team.put('new', { password: first });
  await team.refer('new');

  await world().operator.start();
  await team.until('rotated', 'the token', ({ status }) => status?.rotation?.lastSucceeded === 'while-down');
  const passwordIs = (password: string) => (seen: { readonly text: Readonly<Record<string, string>> }) =>
    seen.text.password === password;
  await team.secretThat('rotated', 'the new value', passwordIs(second));
  await team.secretThat('tampered', 'the right value', passwordIs(first));
  await team.secretThat('deleted', 'there', passwordIs(first));
  await team.secretThat('edited', 'edited', ({ metadata }) => metadata.labels.edited === 'yes');
  await team.secretThat('new', 'there', passwordIs(first));
  for (const each of ['rotated', 'tampered', 'deleted', 'edited', 'new']) await team.synced(each);
  const after = (await world().audits.writes('meanwhile')).slice(writes.length);
  expect(after.filter(write => write.includes('secrets/')).toSorted()).toEqual([
    'create secrets/deleted',
    'create secrets/new',
    'update secrets/edited',
    'update secrets/rotated',
    'update secrets/tampered',
  ]);
  expect(after.filter(write => write.includes('untouched'))).toEqual([]);
});

test('a reference with merged keys that was deleted while it was down is let go when it is back', async () => {
  const team = await world().team('let-go');
  await team.put('db', { password: secretValue() });
  const metadata = { name: 'host', namespace: 'let-go', labels: { 'shearline.dev/merge': 'allowed' } };
  await world().cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata });
  await team.refer('db', { dataFrom: [team.extract('db')], target: { name: 'host', creationPolicy: 'Merge' } });
  await team.synced('db');
  await world().operator.kill();
  await world().cluster.remove('SecretReference', 'db', 'let-go');
  await world().operator.start();
  await until(
    'the reference to go',
    async () => (await world().cluster.read('SecretReference', 'db', 'let-go')) === undefined,
  );
  expect((await team.secret('host'))?.text).toEqual({});
});

test('killed in the middle of twenty first syncs, it finishes them: each Secret is made once', async () => {
  const team = await world().team('in-the-middle');
  await Promise.all(names.map(each => team.put(each, { password: secretValue(each) })));
  await Promise.all(names.map(each => team.refer(each)));
  await world().operator.kill();
  await world().operator.start();
  for (const each of names) await team.synced(each);
  const creates = (await world().audits.writes('in-the-middle')).filter(write => write.startsWith('create secrets/'));
  expect(new Set(creates).size).toBe(20);
  expect(creates.filter(write => !write.endsWith(' 409')).length).toBe(20);
});
