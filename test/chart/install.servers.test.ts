import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { kinds } from '../../src/api/kinds.ts';
import { conditionOf } from '../scenarios/objects.ts';
import type { Team } from '../scenarios/team.ts';
import { startWorld, type World } from '../scenarios/world.ts';
import { until } from '../servers/process.ts';
import { chart, majors } from './helm.ts';
import { type Release, releaseOn } from './release.ts';

/** The life of a release, with a reference that must not notice any of it. */
describe.each(majors)('%s', major => {
  let world: World;
  let release: Release;
  let team: Team;

  beforeAll(async () => {
    const former = await chartOfBefore();
    world = await startWorld({
      install: async controlPlane => {
        release = releaseOn(controlPlane, { major });
        await release.install({}, former);
        await rm(former, { recursive: true });
        return release.flags();
      },
    });
    team = await world.teamInStep('etl');
  }, 180_000);
  afterAll(() => world.stop());

  /** Changes with every write to the Secret. */
  const stamp = async () => (await team.secret('db'))?.metadata.resourceVersion;
  const crdsOfCluster = () => world.kubectl('get', ...crds, '--output=yaml');

  test('installs what syncs a first reference, by an operator that has the rights and flags of the release', async () => {
    expect(conditionOf(await team.reference('db'), 'Ready')?.status).toBe('True');
    expect(await release.flags()).toEqual(['--leader-elect=true', '--lease-name=shearline']);
    expect(await world.kubectl('get', 'lease', 'shearline', '--namespace=shearline-system')).toContain('shearline');
  });

  test('says what to do next, with a source to paste that the API server takes', async () => {
    const notes = await release.notes();
    expect(notes).toContain('rollout status deployment/shearline');
    const pasted = [...notes.matchAll(/<<YAML\n([\s\S]*?)\nYAML/g)].map(([, yaml]) => yaml).join('\n---\n');
    const input = pasted.replaceAll('NAMESPACE', 'etl').replace('SERVICE-ACCOUNT', 'app');
    const dryRun = ['apply', '--dry-run=server', '--validate=strict', '--filename=-'];
    const taken = await world.controlPlane.kubectl(dryRun, { input });
    expect(taken).toContain('secretsource.shearline.dev/vault created');
    expect(taken).toMatch(/secretreference\.shearline\.dev\/\S+ created/);
  });

  test('an upgrade brings new CRDs and values, and touches no Secret', async () => {
    const before = await stamp();
    expect(await crdsOfCluster()).toContain(ofBefore);
    await release.upgrade({ replicaCount: 3, config: { logLevel: 'debug' } });
    expect(await crdsOfCluster()).not.toContain(ofBefore);
    expect(await release.flags()).toContain('--log-level=debug');
    await world.operator.stop();
    await world.operator.start(await release.flags());
    await team.rotate('db', `after-${major.replace(' ', '-')}`);
    expect(await stamp()).toBe(before);
  });

  test('a rollback brings back what was, and touches no Secret', async () => {
    const before = await stamp();
    await release.rollback(1);
    expect(await deploymentOf(world, '.spec.replicas')).toBe('2');
    expect(await release.flags()).not.toContain('--log-level=debug');
    expect(await stamp()).toBe(before);
    await release.upgrade();
  });

  test('an uninstall takes its own objects, and leaves CRDs, references and Secrets', async () => {
    const before = await stamp();
    await world.operator.stop();
    await release.uninstall();
    expect(await leftOf(world)).toEqual(crds.map(name => name.replace('crd/', 'CustomResourceDefinition/')));
    expect(await stamp()).toBe(before);
    expect((await team.reference('db')).metadata.deletionTimestamp).toBeUndefined();
  });

  test('installed again, it takes over the CRDs that were kept, and goes on', async () => {
    const before = await stamp();
    await release.install();
    // The ServiceAccount is another one, of the same name.
    const account = { serviceAccount: 'shearline', namespace: 'shearline-system' };
    const kubeconfig = await world.controlPlane.kubeconfigFor(account);
    await world.operator.start([...(await release.flags()), '--kubeconfig', kubeconfig]);
    await team.rotate('db', 'again');
    expect(await stamp()).toBe(before);
  });

  test('uninstalled without crds.keep, nothing of ours is left, and nothing Terminating', async () => {
    await release.upgrade({ crds: { keep: false } });
    await garbageCollectorKnows(team, world);
    await world.operator.stop();
    await release.uninstall();
    await until('the CRDs to go', async () => (await leftOf(world)).length === 0, 60_000);
    await until('the Secret to go with its reference', async () => (await team.secret('db')) === undefined, 90_000);
    expect(await leftOf(world)).toEqual([]);
  }, 180_000);
});

test('a release of Helm 3 goes on under Helm 4', async () => {
  const world = await startWorld({
    install: async controlPlane => {
      const release = releaseOn(controlPlane, { major: 'Helm 3' });
      await release.install();
      await release.upgrade({ podLabels: { by: 'four' } }, { major: 'Helm 4' });
      return release.flags();
    },
  });
  try {
    await world.teamInStep('etl');
    expect(await deploymentOf(world, '.spec.template.metadata.labels.by')).toBe('four');
  } finally {
    await world.stop();
  }
}, 180_000);

/** It hears of new kinds every 30 s: what was owned by one that went before it heard of it would stay. */
async function garbageCollectorKnows(team: Team, { cluster }: World): Promise<void> {
  await team.refer('short-lived', { dataFrom: [team.extract('db')] });
  await team.synced('short-lived');
  await cluster.remove('SecretReference', 'short-lived', team.namespace);
  await until('an owned Secret to go', async () => (await team.secret('short-lived')) === undefined, 90_000);
}

const crds = kinds.map(({ plural, group }) => `crd/${plural}.${group}`).toSorted();
const ofBefore = 'As it was in the version before.';

/** The chart with another text in a CustomResourceDefinition. With other fields, the operator of today would wait. */
async function chartOfBefore(): Promise<string> {
  const former = await mkdtemp(`${tmpdir()}/shearline-former-`);
  await cp(chart, former, { recursive: true });
  const file = `${former}/files/crds/secretreferences.yaml`;
  await writeFile(file, (await readFile(file, 'utf8')).replace('The Secret that is written.', ofBefore));
  return former;
}

const deploymentOf = ({ kubectl }: World, path: string): Promise<string> =>
  kubectl('get', 'deployment', 'shearline', '--namespace=shearline-system', `--output=jsonpath={${path}}`);

/** `kind/name` of all that the release labelled, of whatever kind it has. */
async function leftOf({ kubectl }: World): Promise<readonly string[]> {
  const namespaced = 'role,rolebinding,serviceaccount,service,deployment,replicaset,pod,pdb,networkpolicy';
  const ofCluster = 'crd,clusterrole,clusterrolebinding,validatingadmissionpolicy,validatingadmissionpolicybinding';
  const ours = ['--all-namespaces', '--selector=app.kubernetes.io/instance=shearline', '--output=json'];
  const found = await kubectl('get', `${namespaced},${ofCluster}`, ...ours);
  return Objects.parse(JSON.parse(found)).items.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

const Objects = z.object({ items: z.array(z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) })) });
