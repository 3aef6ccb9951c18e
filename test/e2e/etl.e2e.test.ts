import { expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { chart, helm } from '../chart/helm.ts';
import type { Team } from '../scenarios/team.ts';
import { until } from '../servers/process.ts';
import { place, release, useInstalled } from './installed.ts';
import { apply, podWith } from './pods.ts';

const installed = useInstalled();
const forever = 'while true; do sleep 1; done';

test('an ETL Deployment reads its Secret as files and as environment, and a rotation reaches the files', async () => {
  const team = await installed().team('deployments');
  const [first, second] = [secretValue(), secretValue()];
  await team.put('warehouse', { password: first });
  await team.refer('warehouse');
  await team.synced('warehouse');
  await apply(installed(), 'deployments', deployment('etl', podWith('warehouse', forever)));
  await installed().kubectl('--namespace', 'deployments', 'rollout', 'status', 'deployment/etl', '--timeout=120s');
  const inside = (...command: readonly string[]) =>
    installed().kubectl('--namespace', 'deployments', 'exec', 'deployment/etl', '--', ...command);
  expect([await inside('cat', '/secret/password'), await inside('sh', '-c', 'printf %s "$PASSWORD"')]).toEqual([
    first,
    first,
  ]);

  await team.put('warehouse', { password: second });
  expect((await team.rotate('warehouse', 't1')).status?.rotation?.result).toBe('Rotated');
  await until('the new value in the file', async () => (await inside('cat', '/secret/password')) === second, 120_000);
}, 300_000);

test('a Job and a CronJob read what the Secret holds when they start', async () => {
  const team = await installed().team('jobs');
  const [first, second] = [secretValue(), secretValue()];
  await team.put('warehouse', { password: first });
  await team.refer('warehouse');
  await team.synced('warehouse');
  const script = '[ "$PASSWORD" = "$(cat /secret/password)" ] && cat /secret/password';
  const template = { spec: podWith('warehouse', script, { restartPolicy: 'Never' }) };
  await apply(installed(), 'jobs', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once' },
    spec: { template },
  });
  await finished('jobs', 'job/once');
  expect(await installed().kubectl('--namespace', 'jobs', 'logs', 'job/once')).toBe(first);

  await team.put('warehouse', { password: second });
  await team.rotate('warehouse', 't1');
  const spec = { schedule: '* * * * *', jobTemplate: { spec: { template } } };
  await apply(installed(), 'jobs', { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly' }, spec });
  const started = () =>
    installed().kubectl(
      '--namespace',
      'jobs',
      'get',
      'cronjob/nightly',
      '--output',
      'jsonpath={.status.active[0].name}{.status.lastSuccessfulTime}',
    );
  await until('the CronJob to start', async () => (await started()) !== '', 120_000);
  const jobs = await installed().kubectl('--namespace', 'jobs', 'get', 'jobs', '--output', 'name');
  const [nightly = ''] = jobs.split('\n').filter(name => name.includes('nightly'));
  await finished('jobs', nightly);
  expect(await installed().kubectl('--namespace', 'jobs', 'logs', nightly)).toBe(second);
}, 400_000);

test('a Deployment that reads it as environment is restarted with a newer value, and goes back from one that it does not start with', async () => {
  await rotationEnabled();
  const team = await installed().team('restarts');
  const [first, second, refused] = [secretValue(), secretValue(), secretValue('refused')];
  await team.put('warehouse', { password: first });
  await team.refer('warehouse', {
    dataFrom: [team.extract('warehouse')],
    rotation: { restart: [{ kind: 'Deployment', name: 'etl', timeout: '1m' }] },
  });
  await team.synced('warehouse');
  const script = `case "$PASSWORD" in *refused*) exit 1;; esac; ${forever}`;
  const { spec, ...etl } = deployment('etl', podWith('warehouse', script));
  await apply(installed(), 'restarts', { ...etl, spec: { ...spec, minReadySeconds: 3 } });
  await installed().kubectl('--namespace', 'restarts', 'rollout', 'status', 'deployment/etl', '--timeout=120s');
  const inside = () =>
    installed().kubectl('--namespace', 'restarts', 'exec', 'deployment/etl', '--', 'sh', '-c', 'printf %s "$PASSWORD"');
  expect(await inside()).toBe(first);

  await team.put('warehouse', { password: second });
  await team.annotate('warehouse', { 'shearline.dev/rotate': 't1' });
  expect(await answer(team, 't1')).toBe('Rotated');
  expect(await inside()).toBe(second);

  await team.put('warehouse', { password: refused });
  await team.annotate('warehouse', { 'shearline.dev/rotate': 't2' });
  expect(await answer(team, 't2')).toBe('RolledBack');
  expect(await inside()).toBe(second);
  expect((await team.secret('warehouse'))?.text.password).toBe(second);
}, 600_000);

async function answer(team: Team, token: string): Promise<string | undefined> {
  const handled = async () => (await team.reference('warehouse')).status?.rotation?.lastHandled === token;
  await until(`token ${token} to be answered`, handled, 200_000);
  return (await team.reference('warehouse')).status?.rotation?.result;
}

async function rotationEnabled(): Promise<void> {
  const args = ['upgrade', release.name, chart, ...place, '--reuse-values', '--set', 'rotation.enabled=true', '--wait'];
  const said = await helm(args, { major: 'Helm 4', kubeconfig: installed().controlPlane.adminKubeconfig });
  expect(said).toMatchObject({ ok: true });
}

const finished = (namespace: string, job: string) =>
  installed().kubectl('--namespace', namespace, 'wait', job, '--for=condition=Complete', '--timeout=120s');

const deployment = (name: string, spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec } },
});
