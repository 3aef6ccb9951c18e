import { expect, test } from '@jest/globals';
import {
  type ClusterSecretReference,
  parseClusterSecretReference,
} from '../../src/api/cluster-secret-reference/cluster-secret-reference.ts';
import { secretValue } from '../canary.ts';
import { type Release, releaseOn } from '../chart/release.ts';
import { putSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

/** Also with the policies of the chart that ask something of whoever writes a reference. */
const values = {
  scope: { clusterReferences: true },
  policies: { sourceUse: { enabled: true }, keyPrefix: { enabled: true } },
};
let release: Release;
const world = useWorld({
  install: async controlPlane => {
    release = releaseOn(controlPlane);
    await release.install(values);
    return release.flags();
  },
});

const sourceRef = { kind: 'ClusterSecretSource', name: 'vault' };
const referenceTo = (team: string, more: object = {}) => ({
  sourceRef,
  dataFrom: [{ extract: { key: `shared/${team}` } }],
  ...more,
});
const inNamespacesOf = (team: string) => ({ selector: { matchLabels: { team } } });

async function apply(name: string, spec: object, annotations: object = {}): Promise<void> {
  const apiVersion = 'shearline.dev/v1alpha1';
  await world().cluster.apply({
    apiVersion,
    kind: 'ClusterSecretReference',
    metadata: { name, annotations },
    spec: { namespaces: inNamespacesOf(name), reference: referenceTo(name), ...spec },
  });
}

const view = async (name: string): Promise<ClusterSecretReference> => {
  const object = parseClusterSecretReference(await world().cluster.read('ClusterSecretReference', name));
  if (object === undefined) throw new Error(`there is no ClusterSecretReference ${name}`);
  return object;
};

/** Waits until all is reported of the present spec. */
async function reported(name: string, namespaces: object, ready: string): Promise<ClusterSecretReference> {
  const wanted = JSON.stringify([namespaces, ready]);
  let seen = '';
  await until(`${name} to report ${wanted}`, async () => {
    const { metadata, status } = await view(name);
    const condition = status?.conditions.find(({ type }) => type === 'Ready');
    seen = JSON.stringify([status?.namespaces, condition?.reason]);
    return seen === wanted && status?.observedGeneration === metadata.generation;
  }).catch(() => undefined);
  expect(seen).toBe(wanted);
  return view(name);
}

const counts = (matched: number, ready: number, failed = 0, conflicts = 0) => ({ matched, ready, failed, conflicts });

/** The next version of what the namespaces of a team read. */
async function put(team: string): Promise<string> {
  const password = secretValue(team);
  await putSecret(world().bao, `shared/${team}`, { password });
  return password;
}

/** Namespaces `team-1` and `team-2` of one team. */
const two = (team: string): Promise<readonly [Team, Team]> => Promise.all([joins(team, 1), joins(team, 2)]);
const joins = (team: string, number: number): Promise<Team> => world().team(`${team}-${number}`, { team });

const isThere = async (team: Team, name: string): Promise<boolean> =>
  (await world().cluster.read('SecretReference', name, team.namespace)) !== undefined;
const gone = (team: Team, name: string) =>
  until(`${team.namespace}/${name} to be gone`, async () => !(await isThere(team, name)));

/** Waits until each has its reference, and that its Secret. */
async function made(name: string, teams: readonly Team[]): Promise<void> {
  for (const team of teams) {
    await until(`${team.namespace}/${name} to be there`, () => isThere(team, name));
    await team.synced(name);
  }
}

test('makes a reference in each namespace with the label, follows its own changes, and those of labels', async () => {
  const password = await put('alpha');
  const teams = await two('alpha');
  const [first, second] = teams;
  await apply('alpha', { metadata: { labels: { owner: 'etl', tier: 'gold' } } });
  await made('alpha', teams);
  for (const team of teams) expect((await team.secret('alpha'))?.text).toEqual({ password });
  const { metadata, status } = await reported('alpha', counts(2, 2), 'Synced');
  expect(conditionOf({ status }, 'Ready')?.message).toBe('2 namespaces have their SecretReference');
  const { labels, ownerReferences } = (await first.reference('alpha')).metadata;
  expect(labels).toEqual({ 'shearline.dev/cluster-reference': 'alpha', owner: 'etl', tier: 'gold' });
  expect(ownerReferences).toMatchObject([{ kind: 'ClusterSecretReference', name: 'alpha', uid: metadata.uid }]);

  await world().cluster.patch('SecretReference', 'alpha', 'alpha-1', { metadata: { labels: { mine: 'kept' } } });
  const target = { labels: { app: 'db' } };
  await apply('alpha', { metadata: { labels: { owner: 'web' } }, reference: referenceTo('alpha', { target }) });
  for (const team of teams) {
    await team.secretThat('alpha', 'its label', secret => secret.metadata.labels.app === 'db');
    await team.until('alpha', 'its labels', each => each.metadata.labels.owner === 'web');
  }
  const all = await world().kubectl('get', 'sref', 'alpha', '-n', 'alpha-1', '-o', 'jsonpath={.metadata.labels}');
  expect(JSON.parse(all)).toEqual({ 'shearline.dev/cluster-reference': 'alpha', owner: 'web', mine: 'kept' });

  const third = await joins('alpha', 3);
  await made('alpha', [third]);
  await reported('alpha', counts(3, 3), 'Synced');
  await world().kubectl('label', 'namespace', 'alpha-2', 'team-');
  await gone(second, 'alpha');
  await world().kubectl('delete', 'namespace', 'alpha-3', '--wait=false');
  await reported('alpha', counts(1, 1), 'Synced');
  expect(await world().kubectl('get', 'csref', 'alpha')).toMatch(
    /^NAME +NAMESPACES +IN-STEP +FAILED +CONFLICTS +READY +REASON +AGE\nalpha +1 +1 +0 +0 +True +Synced/,
  );
});

test('puts back what somebody edits in the spec, and leaves labels, annotations and tokens of theirs', async () => {
  await put('beta');
  const team = await joins('beta', 1);
  await apply('beta', {});
  await made('beta', [team]);
  // As far as the policy on keys lets them.
  const [data, dataFrom] = [
    [{ secretKey: 'OTHER', remoteRef: { key: 'beta-1/other' } }],
    [{ extract: { key: 'beta-1/more' } }],
  ];
  await world().cluster.patch('SecretReference', 'beta', 'beta-1', {
    metadata: { labels: { mine: 'kept', 'shearline.dev/cluster-reference': null }, annotations: { mine: 'kept' } },
    spec: { data, dataFrom, refreshInterval: '10m', suspend: true },
  });
  await team.until('beta', 'its spec', ({ spec }) => spec.ok && spec.value.data.length === 0 && !spec.value.suspend);
  await team.until('beta', 'our label', each => each.metadata.labels['shearline.dev/cluster-reference'] === 'beta');
  expect((await team.rotate('beta', 'theirs')).status?.rotation?.lastSucceeded).toBe('theirs');
  await apply('beta', { reference: referenceTo('beta', { owner: 'team-etl' }) });
  const { metadata } = await team.until('beta', 'the owner', ({ spec }) => spec.ok && spec.value.owner === 'team-etl');
  expect(metadata.annotations['shearline.dev/rotate']).toBe('theirs');
  for (const where of ['labels', 'annotations'])
    expect(await world().kubectl('get', 'sref/beta', '-n', 'beta-1', '-o', `jsonpath={.metadata.${where}.mine}`)).toBe(
      'kept',
    );
});

test('a reference of that name that is not its own is reported, never touched, and replaced when it is gone', async () => {
  const password = await put('gamma');
  const [mine, other] = await two('gamma');
  await mine.put('own', { password: secretValue('own') });
  await mine.refer('gamma', { sourceRef, dataFrom: [mine.extract('own')] });
  await mine.synced('gamma');
  await apply('gamma', {});
  await made('gamma', [other]);
  const { status } = await reported('gamma', counts(2, 1, 0, 1), 'ReferenceConflict');
  const message = expect.stringContaining('was made by somebody else and was left as it is');
  expect(status?.notReady).toEqual([{ namespace: 'gamma-1', reason: 'ReferenceConflict', message }]);
  expect(conditionOf({ status }, 'Stalled')?.status).toBe('True');
  const writes = (await world().audits.writes('gamma-1')).filter(each => each.includes('secretreferences'));
  expect(writes).toEqual(['patch secretreferences/gamma/status']);
  await world().cluster.remove('SecretReference', 'gamma', 'gamma-1');
  await reported('gamma', counts(2, 2), 'Synced');
  await mine.secretThat('gamma', 'the shared value', ({ text }) => text.password === password);
});

test('one namespace that fails is named with its reason, and holds up none of the others', async () => {
  await put('delta');
  const [failing, other] = await two('delta');
  await world().cluster.remove('ServiceAccount', 'app', 'delta-1');
  await apply('delta', {});
  await made('delta', [other]);
  const { status } = await reported('delta', counts(2, 1, 1), 'ReferencesNotReady');
  expect(status?.notReady).toEqual([{ namespace: 'delta-1', reason: 'ServiceAccountNotFound' }]);
  const metadata = { name: 'app', namespace: 'delta-1' };
  await world().cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await made('delta', [failing]);
  await reported('delta', counts(2, 2), 'Synced');
});

test('one annotation rotates all, and is answered when each of them has', async () => {
  await put('epsilon');
  const teams = await two('epsilon');
  await apply('epsilon', {});
  await made('epsilon', teams);
  const password = await put('epsilon');
  await world().kubectl('annotate', 'csref', 'epsilon', 'shearline.dev/rotate=all-1');
  await world().kubectl('wait', 'csref/epsilon', '--for=jsonpath={.status.rotation.lastSucceeded}=all-1');
  for (const team of teams) {
    expect((await team.secret('epsilon'))?.text).toEqual({ password });
    const { status } = await team.reference('epsilon');
    expect(status?.rotation).toMatchObject({ lastSucceeded: 'all-1', result: 'Rotated' });
  }
  expect((await view('epsilon')).status?.rotation).toEqual({ lastHandled: 'all-1', lastSucceeded: 'all-1' });
});

/** Of references of either kind, by the operator. */
async function writes(): Promise<number> {
  const isWrite = (verb: string) => ['create', 'update', 'patch', 'delete'].includes(verb);
  const isOurs = (resource = '') => ['secretreferences', 'clustersecretreferences'].includes(resource);
  return (await world().audits.requests()).filter(({ verb, objectRef }) => isWrite(verb) && isOurs(objectRef?.resource))
    .length;
}

test('when all is in step nothing is written, nor after a restart', async () => {
  await put('zeta');
  const teams = await two('zeta');
  await apply('zeta', {});
  await made('zeta', teams);
  await reported('zeta', counts(2, 2), 'Synced');
  const before = await writes();
  await world().operator.stop();
  await world().operator.start();
  // Its own turn shows that those before it in the queue had theirs.
  await apply('witness', {});
  await reported('witness', counts(0, 0), 'Synced');
  expect((await writes()) - before).toBe(1);
});

test('without the flag it says so, and leaves what there is', async () => {
  await put('eta');
  const team = await joins('eta', 1);
  await apply('eta', {});
  await made('eta', [team]);
  await world().operator.stop();
  await world().operator.start([...(await release.flags()), '--cluster-references=false']);
  const reason = async () => conditionOf(await view('eta'), 'Stalled')?.reason;
  await until('it to say so', async () => (await reason()) === 'NotEnabled');
  expect((await team.rotate('eta', 'without')).status?.rotation?.lastSucceeded).toBe('without');
  await world().operator.stop();
  await world().operator.start();
  await reported('eta', counts(1, 1), 'Synced');
});

test('with it go its references and their Secrets, and nothing is left behind', async () => {
  await put('omega');
  const team = await joins('omega', 1);
  await apply('omega', {});
  await made('omega', [team]);
  await world().cluster.remove('ClusterSecretReference', 'omega');
  const left = async () => [
    await world().cluster.read('SecretReference', 'omega', 'omega-1'),
    await world().cluster.read('Secret', 'omega', 'omega-1'),
  ];
  await until('all to be gone', async () => (await left()).every(each => each === undefined), 120_000);
  expect(await world().cluster.read('ClusterSecretReference', 'omega')).toBeUndefined();
}, 150_000);
