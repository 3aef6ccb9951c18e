import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import type { SecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import { secretValue } from '../canary.ts';
import { byChart } from '../chart/release.ts';
import { conditionOf } from '../scenarios/objects.ts';
import type { Team } from '../scenarios/team.ts';
import { useWorld } from '../scenarios/world.ts';
import { issueCertificate } from '../servers/certificates.ts';
import { until } from '../servers/process.ts';
import { shellFor } from './shell.ts';

jest.setTimeout(180_000);

/** The recipes of docs/rotation.md: applied and played as they stand there. Kubelets are missing: pods are started by hand. */
const page = await readFile('docs/rotation.md', 'utf8');
const blocksOf = (language: string, text: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^ *\`\`\`${language}\n([\\s\\S]*?)^ *\`\`\`$`, 'gm'))].map(([, block = '']) => block);
const sectionOf = (title: string): string => page.split(/^##+ /m).find(text => text.startsWith(`${title}\n`)) ?? '';
const [ask = ''] = blocksOf('sh', sectionOf('Ask, wait, revoke'));
const recipes = page.split(/^## /m).find(text => text.startsWith('Five recipes')) ?? '';

const world = useWorld({
  install: byChart({ pinning: { enabled: true }, rotation: { enabled: true } }),
});
let directory: string;
let shell: (lines: string) => Promise<string>;
let etl: Team;
const played = new Set<string>();

beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-rotation-`);
  await mkdir(`${directory}/bin`);
  const command = `#!/bin/sh\nexec "${process.execPath}" "${process.cwd()}/src/cli/main.ts" "$@"\n`;
  await writeFile(`${directory}/bin/shearline`, command, { mode: 0o755 });
  shell = shellFor(world().controlPlane, directory);
  etl = await world().team('etl');
});
afterAll(() => rm(directory, { recursive: true }));

/** Puts the first value into the store, applies a recipe, and answers its blocks of commands in their order. */
async function follow(title: string, key: string, value: object, edit = (yaml: string) => yaml) {
  await etl.put(key, value);
  const [yaml = ''] = blocksOf('yaml', sectionOf(title));
  await world().controlPlane.kubectl(['apply', '--validate=strict', '-f', '-'], { input: edit(yaml) });
  const name = parseAllDocuments(yaml)[0]?.getIn(['metadata', 'name']);
  await etl.synced(`${name}`);
  return blocksOf('sh', sectionOf(title)).map(block => async () => {
    played.add(block);
    return shell(block);
  });
}

/** The page's own commands; they answer when the token has come back. */
async function rotate(name: string): Promise<void> {
  await shell(ask.replace('NAME=warehouse', `NAME=${name}`));
  expect((await etl.reference(name)).status?.rotation).toMatchObject({ result: 'Rotated' });
}

const textOf = async (name: string) => (await etl.secret(name))?.text;

const Pods = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }), status: z.object({ phase: z.string() }) })),
});

/** As a kubelet would, for all pods of an application that wait: they started at that time. */
async function start(app: string, startTime: string): Promise<void> {
  const { kubectl } = world();
  const pods = Pods.parse(JSON.parse(await kubectl('get', 'pods', '-n', 'etl', '-l', `app=${app}`, '-o', 'json')));
  const status = { phase: 'Running', startTime, conditions: [{ type: 'Ready', status: 'True' }] };
  for (const { metadata } of pods.items.filter(pod => pod.status.phase === 'Pending'))
    await kubectl('patch', 'pod', metadata.name, '-n', 'etl', '--subresource=status', '-p', JSON.stringify({ status }));
}

/** What `shearline who` says of one owner: how many pods, and which revision. */
const lineOf = (said: string, owner: string): string =>
  said
    .split('\n')
    .find(line => line.startsWith(owner))
    ?.replaceAll(/ {2,}/g, ' | ') ?? 'nobody';

test('A database password with two users: name and password change in one write, and who is left on the old ones is seen', async () => {
  const [a, b] = [
    { username: 'app_a', password: secretValue('a') },
    { username: 'app_b', password: secretValue('b') },
  ];
  const [restart] = await follow('A database password with two users', 'database', a);
  const who = async () => lineOf(await shell('shearline who database -n etl'), 'Deployment/api');
  await until('two pods', async () => (await who()).startsWith('Deployment/api | 2'));
  await start('api', '2026-01-01T00:00:00Z');
  await etl.put('database', b);
  await rotate('database');
  expect(await textOf('database')).toEqual(b);
  const writes = await world().audits.writes('etl');
  expect(writes.filter(write => write === 'update secrets/database')).toHaveLength(1);
  expect(await who()).toBe('Deployment/api | 2 | 2 or older | env');
  expect(conditionOf(await etl.reference('database'), 'SafeToRevoke')?.reason).toBe('OverlapNotOver');

  await restart?.();
  const isNew = async () => {
    await start('api', '2126-01-01T00:00:00Z');
    return (await who()) === 'Deployment/api | 2 | 2 | env';
  };
  await until('all pods to be new', isNew, 60_000);
});

test('S3 keys for Spark: an application reads one revision to its end, the next one the next', async () => {
  const [first, second] = ['first', 'second'].map(name => ({
    AWS_ACCESS_KEY_ID: `${name}-id`,
    AWS_SECRET_ACCESS_KEY: secretValue(name),
  }));
  const [name, who, wait] = await follow('S3 keys for Spark', 's3', first ?? {});
  const pod = async (application: string, role: string, secret: string | undefined) => {
    const env = { name: 'AWS_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: secret, key: 'AWS_ACCESS_KEY_ID' } } };
    await world().cluster.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${application}-${role}`, namespace: 'etl', labels: { 'spark-app-selector': application } },
      spec: { containers: [{ name: 'spark', image: 'example.com/spark', env: [env] }] },
    });
  };
  const told = await name?.();
  for (const role of ['driver', 'exec-1']) await pod('spark-1', role, told);
  await etl.put('s3', second ?? {});
  await rotate('s3');
  const isBlocked = (each: SecretReference) => conditionOf(each, 'SafeToRevoke')?.reason === 'OlderInUse';
  const blocked = await etl.until('s3', 'who is in the way', isBlocked);
  expect(conditionOf(blocked, 'SafeToRevoke')?.message).toBe('2 pods of Spark/spark-1 still read revision 1');
  await pod('spark-1', 'exec-2', told);
  await pod('spark-2', 'driver', await name?.());

  expect([told, await name?.()]).toEqual(['s3-r1', 's3-r2']);
  expect([await textOf('s3-r1'), await textOf('s3-r2'), await textOf('s3')]).toEqual([first, second, second]);
  expect(lineOf((await who?.()) ?? '', 'Spark/spark-1')).toBe('Spark/spark-1 | 3 | 1 | env');
  await world().kubectl('delete', 'pods', '-n', 'etl', '-l', 'spark-app-selector=spark-1', '--grace-period=0');
  const after = (await who?.()) ?? '';
  expect([lineOf(after, 'Spark/spark-1'), lineOf(after, 'Spark/spark-2')]).toEqual([
    'nobody',
    'Spark/spark-2 | 1 | 2 | env',
  ]);
  // A new process asks at once, this one within a minute.
  await world().operator.kill();
  await world().operator.start();
  expect(await wait?.()).toContain('condition met');
});

test('Airflow connections: the next task finds the new one by its label, and no other', async () => {
  const connection = (password: string) => ({ host: 'dw.example.com', user: 'etl', password });
  const [first, second] = [secretValue('first'), `${secretValue('second')}@:/ %`];
  const [read] = await follow('Airflow connections', 'dw', connection(first));
  const seen = async () => JSON.parse((await read?.()) ?? '');
  expect(await seen()).toMatchObject({ conn_type: 'postgres', login: 'etl', password: first });
  await etl.put('dw', connection(second));
  await rotate('airflow-dw');
  expect(await seen()).toMatchObject({ conn_type: 'postgres', login: 'etl', password: second });
});

test('CronJobs: a newer value waits for the window, with its token, and comes at once when that is taken away', async () => {
  const [first, second] = [{ password: secretValue('first') }, { password: secretValue('second') }];
  // Once a year: the page's own window may be open while this runs.
  const closed = (yaml: string) =>
    yaml.replace('{schedule: "0 2 * * *", duration: 30m}', '{schedule: "0 2 1 1 *", duration: 30m}');
  const [waits, publish] = await follow('CronJobs', 'export', first, closed);
  await etl.put('export', second);
  const answered = rotate('export');
  await until('the candidate', async () => ((await waits?.()) ?? '').includes('"opens"'));
  expect(await textOf('export')).toEqual(first);
  expect((await etl.reference('export')).status?.rotation?.lastHandled).toBeUndefined();
  await publish?.();
  await answered;
  expect(await textOf('export')).toEqual(second);
});

test('TLS: a key that does not belong to the certificate reaches nobody, a pair that does is served whole', async () => {
  const gateway = { commonName: 'gateway', sans: ['gateway.example.com'] };
  const [old, renewed] = await Promise.all(
    [1, 2].map(() => issueCertificate(world().controlPlane.authority, { ...gateway, algorithm: 'EC P-256' })),
  );
  const pair = { 'tls.crt': old?.certificate, 'tls.key': old?.key };
  const [expires] = await follow('TLS', 'gateway', pair);
  await etl.put('gateway', { ...pair, 'tls.crt': renewed?.certificate });
  const { status } = await etl.rotate('gateway-tls', 'mixed-up');
  expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'ValueNotUsable' });
  expect(await textOf('gateway-tls')).toEqual(pair);

  await etl.put('gateway', { 'tls.crt': renewed?.certificate, 'tls.key': renewed?.key });
  await rotate('gateway-tls');
  expect(await textOf('gateway-tls')).toEqual({ 'tls.crt': renewed?.certificate, 'tls.key': renewed?.key });
  const end = new X509Certificate(renewed?.certificate ?? '').validToDate;
  expect(new Date((await expires?.()) ?? '')).toEqual(end);
});

test('Approval: what waits is a revision that nobody is pointed at, and is published when somebody approves it', async () => {
  const [first, second] = [{ password: secretValue('first') }, { password: secretValue('second') }];
  const [look, approve] = await follow('Approval', 'payments', first);
  await etl.put('payments', second);
  const answered = rotate('payments');
  await until('the record', async () => ((await look?.().catch(() => '')) ?? '').includes('ApprovalPending'));
  expect([await textOf('payments'), await textOf('payments-r2')]).toEqual([first, second]);
  await etl.put('payments', { password: secretValue('never approved') });
  await approve?.();
  await answered;
  expect(await textOf('payments')).toEqual(second);
});

test('every command was played', () => {
  expect(recipes.match(/^### /gm)).toHaveLength(5);
  expect(blocksOf('sh', recipes + sectionOf('Approval')).filter(block => !played.has(block))).toEqual([]);
});
