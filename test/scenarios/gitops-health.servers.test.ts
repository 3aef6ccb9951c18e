import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { secretValue } from '../canary.ts';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';
import { until } from '../servers/process.ts';
import type { Kind } from './cluster.ts';
import { clusterSource, source } from './manifests.ts';
import { conditionOf } from './objects.ts';
import { useWorld } from './world.ts';

/** How GitOps tools judge what the operator really writes: kstatus, and the script and the expression of docs/gitops-health.md. */

const world = useWorld();
let judge: (object: unknown) => Verdict;
beforeAll(async () => {
  const { gitopsHealth } = await installParts([parts.gitopsHealth]);
  const scripts = await scriptsOfTheDocs();
  judge = object => {
    const input = JSON.stringify({ ...scripts, objects: [object] });
    const { status, stdout, stderr } = spawnSync(gitopsHealth, { input, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return Verdicts.parse(JSON.parse(stdout))[0];
  };
}, 180_000);

const Verdict = z.object({ kstatus: z.string(), argo: z.string(), flux: z.string(), message: z.string() });
const Verdicts = z.tuple([Verdict]);
type Verdict = z.infer<typeof Verdict>;

const ArgoMap = z.object({ data: z.object({ 'resource.customizations': z.string() }) });
const ArgoScripts = z.object({ 'shearline.dev/*': z.object({ 'health.lua': z.string() }) });
const Expressions = z.object({
  apiVersion: z.literal('shearline.dev/v1alpha1'),
  kind: z.literal('SecretReference'),
  current: z.string(),
  failed: z.string(),
});
const Kustomization = z.object({ spec: z.object({ healthCheckExprs: z.tuple([Expressions]) }) });

async function scriptsOfTheDocs() {
  const page = await readFile('docs/gitops-health.md', 'utf8');
  const [argo, flux] = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = '']) => parse(block));
  const lua = ArgoScripts.parse(parse(ArgoMap.parse(argo).data['resource.customizations']));
  return { lua: lua['shearline.dev/*']['health.lua'], cel: Kustomization.parse(flux).spec.healthCheckExprs[0] };
}

async function judged(kind: Kind, name: string, namespace?: string): Promise<Verdict> {
  return judge(await world().cluster.read(kind, name, namespace));
}

describe('a reference', () => {
  test('that is new or was edited is not healthy before the operator has seen it', async () => {
    const team = await world().teamWithValue('unseen');
    const inProgress = { kstatus: 'InProgress', argo: 'Progressing', flux: 'InProgress' };
    await world().operator.paused(async () => {
      await team.refer('db');
      expect(await judged('SecretReference', 'db', 'unseen')).toMatchObject(inProgress);
    });
    await team.synced('db');
    expect(await judged('SecretReference', 'db', 'unseen')).toMatchObject({ kstatus: 'Current', argo: 'Healthy' });
    await world().operator.paused(async () => {
      await team.refer('db', { dataFrom: [team.extract('db')], refreshInterval: '2h' });
      expect(await judged('SecretReference', 'db', 'unseen')).toMatchObject(inProgress);
    });
    await team.synced('db');
  });

  test('in step is healthy', async () => {
    await world().teamInStep('in-step');
    expect(await judged('SecretReference', 'db', 'in-step')).toMatchObject({
      ...{ kstatus: 'Current', argo: 'Healthy', flux: 'Current' },
      message: expect.stringContaining('is in step'),
    });
  });

  test('without a value yet is tried again: in progress, with the message', async () => {
    const team = await world().team('no-value');
    await team.refer('db');
    const message = await team.failing('db', 'KeyNotFound');
    expect(await judged('SecretReference', 'db', 'no-value')).toEqual({
      ...{ kstatus: 'InProgress', argo: 'Progressing', flux: 'InProgress' },
      message,
    });
  });

  test('whose store gives nothing usable stays healthy with its last good Secret, unless a Kustomization asks for more', async () => {
    const team = await world().teamInStep('served');
    await team.put('db', {});
    await team.rotate('db', 't1');
    const message = await team.failing('db', 'ValueNotUsable');
    expect(await judged('SecretReference', 'db', 'served')).toEqual({
      ...{ kstatus: 'Current', argo: 'Healthy', flux: 'InProgress' },
      message,
    });
  });

  test('that cannot go on by itself has failed: without a Secret, and with one', async () => {
    const failed = { kstatus: 'Failed', argo: 'Degraded', flux: 'Failed' };
    const team = await world().teamWithValue('stalled');
    await world().cluster.apply(source('stalled', 'own', world().bao.address));
    await team.refer('db', { dataFrom: [team.extract('db')], sourceRef: { name: 'own' } });
    await team.synced('db');
    await world().cluster.remove('SecretSource', 'own', 'stalled');
    const gone = await team.failing('db', 'SourceNotFound');
    expect(await judged('SecretReference', 'db', 'stalled')).toEqual({ ...failed, message: gone });
    await world().cluster.create({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'theirs', namespace: 'stalled' } },
      stringData: { password: secretValue() },
    });
    await team.refer('theirs', { dataFrom: [team.extract('db')] });
    const taken = await team.failing('theirs', 'TargetConflict');
    expect(await judged('SecretReference', 'theirs', 'stalled')).toEqual({ ...failed, message: taken });
  });

  test('that is suspended is as its Secret is', async () => {
    const team = await world().teamInStep('suspended');
    const spec = { dataFrom: [team.extract('db')], suspend: true };
    for (const name of ['db', 'never']) {
      await team.refer(name, spec);
      await team.failing(name, 'Suspended');
    }
    expect(await judged('SecretReference', 'db', 'suspended')).toMatchObject({
      ...{ kstatus: 'Current', argo: 'Suspended', flux: 'Current' },
      message: expect.stringContaining('suspend'),
    });
    expect(await judged('SecretReference', 'never', 'suspended')).toMatchObject({
      ...{ kstatus: 'InProgress', argo: 'Suspended', flux: 'InProgress' },
    });
  });

  test('that waits for the operator to take its keys back is terminating', async () => {
    const team = await world().teamWithValue('leaving');
    await world().cluster.create({
      ...{ apiVersion: 'v1', kind: 'Secret' },
      metadata: { name: 'db', namespace: 'leaving', labels: { 'shearline.dev/merge': 'allowed' } },
    });
    await team.refer('db', { dataFrom: [team.extract('db')], target: { creationPolicy: 'Merge' } });
    await team.synced('db');
    await world().operator.paused(async () => {
      await world().cluster.remove('SecretReference', 'db', 'leaving');
      expect(await judged('SecretReference', 'db', 'leaving')).toMatchObject({
        ...{ kstatus: 'Terminating', flux: 'InProgress' },
      });
    });
  });
});

describe('a source', () => {
  const kinds = ['SecretSource', 'ClusterSecretSource'] as const;
  const nowhere = { configMapKeyRef: { name: 'no-such-map', key: 'ca.crt' } };
  const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'app', audiences: ['vault'] } } };

  test.each(kinds)('%s: is judged once it was seen, by whether it can be used', async kind => {
    const namespace = kind === 'SecretSource' ? 'sources' : undefined;
    if (namespace !== undefined) await world().team(namespace);
    const make = (name: string, more: object) =>
      world().cluster.apply(
        namespace === undefined
          ? clusterSource(name, world().bao.address, more)
          : source(namespace, name, world().bao.address, more),
      );
    await world().operator.paused(async () => {
      await make('good', {});
      await make('bad', { provider: { vault: { address: world().bao.address, caBundle: nowhere, auth } } });
      for (const name of ['good', 'bad'])
        expect(await judged(kind, name, namespace)).toMatchObject({
          kstatus: 'InProgress',
          argo: 'Progressing',
          flux: 'InProgress',
        });
    });
    const ready = async (name: string) => conditionOf(await world().cluster.read(kind, name, namespace), 'Ready');
    await until(
      'both to be seen',
      async () => (await ready('good')) !== undefined && (await ready('bad')) !== undefined,
    );
    expect(await judged(kind, 'good', namespace)).toMatchObject({
      kstatus: 'Current',
      argo: 'Healthy',
      flux: 'Current',
    });
    expect(await judged(kind, 'bad', namespace)).toMatchObject({
      ...{ kstatus: 'Failed', argo: 'Degraded', flux: 'Failed' },
      message: (await ready('bad'))?.message,
    });
  });
});
