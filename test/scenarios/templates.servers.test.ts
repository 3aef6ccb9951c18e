import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { createAuthority } from '../servers/certificates.ts';
import { until } from '../servers/process.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const labelled = { 'shearline.dev/template': 'true' };
const configMap = (namespace: string, text: string) => ({
  apiVersion: 'v1' as const,
  kind: 'ConfigMap' as const,
  metadata: { name: 'spark', namespace, labels: labelled },
  data: { 'spark.conf': text },
});

test('a Secret is made by templates, and made again when the ConfigMap that one comes from changes', async () => {
  const team = await world().team('templates');
  const password = secretValue('password');
  await team.put('db', { user: 'etl', password });
  const template = {
    data: {
      'jdbc.properties': 'user=$(user)\npassword=$(properties(password))\n',
      login: '$(htpasswd(user, password))',
    },
    labels: { reader: '$(reference.name)' },
    from: [{ configMap: { name: 'spark' } }],
  };
  await team.refer('db', { dataFrom: [team.extract('db')], target: { template } });
  expect(await team.failing('db', 'TemplateNotFound')).toContain('ConfigMap templates/spark');
  await world().cluster.apply(configMap(team.namespace, 'spark.user $(user)'));
  await team.synced('db');
  const made = await team.secretThat('db', 'made', () => true);
  expect(made.text).toMatchObject({
    'jdbc.properties': `user=etl\npassword=${password}\n`,
    'spark.conf': 'spark.user etl',
    login: expect.stringMatching(/^etl:\$2[by]\$/),
  });
  expect(made.metadata.labels).toMatchObject({ reader: 'db' });
  await world().cluster.apply(configMap(team.namespace, 'spark.owner $(user)'));
  const again = await team.secretThat('db', 'made again', ({ text }) => text['spark.conf'] === 'spark.owner etl');
  expect(again.text).toMatchObject({ login: made.text.login });
});

test('in a steady world templates make no write: salts come from the reference, not from chance', async () => {
  const team = await world().team('steady');
  const { certificate, key } = await createAuthority(mkdtempSync(`${tmpdir()}/shearline-steady-`));
  await team.put('db', { user: 'etl', password: secretValue('password'), certificate, key });
  const data = {
    users: '$(htpasswd(user, password))',
    'store.p12': '$(pkcs12.create(certificate, key, password))',
    'jdbc.properties': 'password=$(properties(password))',
  };
  const spec = { refreshInterval: '10s', dataFrom: [team.extract('db')], target: { template: { data } } };
  const names = Array.from({ length: 20 }, (_, at) => `db-${at}`);
  await Promise.all(names.map(name => team.refer(name, spec)));
  await Promise.all(names.map(team.synced));
  const { reads, writes } = world().audits;
  const [before, readBefore] = [await writes('steady'), await reads('secret/data/steady/db')];
  await until('three refreshes', async () => (await reads('secret/data/steady/db')) >= readBefore + 3);
  expect(await writes('steady')).toEqual(before);
  const [one, another] = await Promise.all(['db-0', 'db-1'].map(name => team.secretThat(name, 'there', () => true)));
  expect(one?.text.users).not.toBe(another?.text.users);
});
