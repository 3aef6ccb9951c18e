import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { until } from '../servers/process.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { type Manifest, render } from './render.ts';

/** The API server is shared with other tests, so the release serves a namespace of this one alone. */
const id = randomBytes(3).toString('hex');
const namespace = `rotation-policies-${id}`;
const operator = `system:serviceaccount:${namespace}:shearline`;
/** Writes references and records, and may do nothing else. */
const dev = `dev-${id}`;
/** May make Jobs and restart Deployments as well. */
const lead = `lead-${id}`;

let controlPlane: ControlPlaneAccess;
let policies: readonly Manifest[];

const kubectl = (args: readonly string[], as?: string, input = ''): Promise<string> =>
  controlPlane.kubectl(['-n', namespace, ...args, ...(as === undefined ? [] : ['--as', as])], { input });
/** What was said against it; undefined: it was done. */
const refusal = (args: readonly string[], as?: string, input?: string): Promise<string | undefined> =>
  kubectl(args, as, input).then(
    () => undefined,
    (problem: Error) => problem.message,
  );
const create = (object: object, as: string): Promise<string | undefined> =>
  refusal(['create', '--dry-run=server', '-f', '-'], as, stringify(object));
const patch = (what: string, body: object, as: string, ...flags: readonly string[]): Promise<string | undefined> =>
  refusal(['patch', what, '--type=merge', '--dry-run=server', '-p', JSON.stringify(body), ...flags], as);
const apply = (...objects: readonly object[]): Promise<string> =>
  kubectl(['apply', '-f', '-'], undefined, objects.map(object => stringify(object)).join('---\n'));

const group = 'shearline.dev/v1alpha1';
const container = { name: 'try', image: 'try' };
const job = { env: true, template: { spec: { containers: [container] } } };
const reference = (rotation: object, name = 'db') => ({
  apiVersion: group,
  kind: 'SecretReference',
  metadata: { name, namespace },
  spec: { dataFrom: [{ extract: { key: 'db' } }], rotation },
});
const record = (name: string, ownerReferences: readonly object[]) => ({
  apiVersion: group,
  kind: 'SecretRotation',
  metadata: { name, namespace, ownerReferences },
  spec: { reference: 'db', run: 1, revision: 2 },
});

let owner: object;

beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  await kubectl(['create', 'namespace', namespace]);
  await kubectl(['apply', '--server-side', '-f', 'crds/']);
  for (const [name, rules] of Object.entries({ [dev]: [ours], [lead]: [ours, ...others] })) await allow(name, rules);
  await allow(operator, [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
  await apply(reference({ every: '30d' }));
  const uid = await kubectl(['get', 'sref/db', '--output=jsonpath={.metadata.uid}']);
  owner = { apiVersion: group, kind: 'SecretReference', name: 'db', uid, controller: true };
  const values = {
    serviceAccount: { name: 'shearline' },
    scope: { namespaces: [namespace] },
    rotation: { enabled: true },
  };
  const rendered = await render(values, { release: `rotation-${id}`, namespace });
  policies = rendered.objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
  await apply(...policies);
  // A policy takes some seconds to be active: each is waited for by what it refuses.
  const refused: readonly (() => Promise<string | undefined>)[] = [
    () => create(reference({ validate: { job } }, 'x'), dev),
    () => create(record('db-1', [owner]), dev),
    () => create(jobOf([]), operator),
  ];
  for (const ask of refused) await until('a policy', async () => (await ask()) !== undefined);
}, 120_000);

afterAll(async () => {
  const names = policies.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  await kubectl(['delete', ...names, `namespace/${namespace}`, '--wait=false']);
});

const ours = {
  apiGroups: ['shearline.dev'],
  resources: ['secretreferences', 'secretrotations', 'secretrotations/status'],
  verbs: ['get', 'create', 'patch'],
};
const others = [
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] },
];

async function allow(user: string, rules: readonly object[]): Promise<void> {
  const name = user.replaceAll(':', '-');
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name, namespace }, rules };
  await apply(role);
  await kubectl(['create', 'rolebinding', name, `--role=${name}`, `--user=${user}`]);
}

describe('what the operator does with its own rights', () => {
  const restart = (kind: string) => ({ restart: [{ kind, name: 'api' }] });
  test.each<[string, object, string, string | undefined]>([
    ['a Job, by who may not make one', { validate: { job } }, dev, 'may not create Jobs here'],
    ['a Job, by who may make one', { validate: { job } }, lead, undefined],
    ['a service that is asked', { validate: { http: { url: 'https://checker.example.com/' } } }, dev, undefined],
    ['a restart, by who may not', restart('Deployment'), dev, 'may not patch deployments here'],
    ['a restart, by who may', restart('Deployment'), lead, undefined],
    ['a restart of another kind', restart('StatefulSet'), lead, 'may not patch statefulsets here'],
    ['a restart of a kind of Argo', restart('Rollout'), lead, 'may not patch rollouts here'],
    [
      'a restart of sixteen',
      { restart: Array.from({ length: 16 }, () => restart('Deployment').restart[0]) },
      lead,
      undefined,
    ],
    ['none of it', { window: { schedule: '0 2 * * *', duration: '1h' } }, dev, undefined],
  ])('is asked for by those alone who may do it themselves: %s', async (_, rotation, as, says) => {
    expect(await create(reference(rotation, 'x'), as)).toEqual(says && expect.stringContaining(says));
  });

  test('and what somebody has asked for who might stays when others edit the rest', async () => {
    await apply(reference({ validate: { job }, ...restart('Deployment') }, 'asked'));
    const edit = (spec: object) => patch('sref/asked', { spec }, dev);
    expect(await edit({ refreshInterval: '2h', rotation: { overlap: '1h', restart: null } })).toBeUndefined();
    expect(await edit({ rotation: restart('DaemonSet') })).toContain('may not patch daemonsets here');
    expect(await edit({ rotation: { validate: { job: { env: null, mountPath: '/x' } } } })).toContain(
      'create Jobs here',
    );
  });
});

describe('a record of a run', () => {
  test('is made by the operator alone', async () => {
    const says = 'SecretRotations and Jobs of a SecretReference are made by the operator alone';
    expect(await create(record('db-1', [owner]), dev)).toContain(says);
    expect(await create(record('db-1', [owner]), operator)).toBeUndefined();
    await apply(record('db-2', []));
    expect(await patch('srot/db-2', { metadata: { ownerReferences: [owner] } }, dev)).toContain(says);
    expect(await patch('srot/db-2', { metadata: { labels: { a: 'b' } } }, dev)).toBeUndefined();
    expect(await create(jobOf([owner]), lead)).toContain(says);
    expect(await create(jobOf([]), lead)).toBeUndefined();
  });

  test('says what the operator writes, and nobody else', async () => {
    await apply(record('db-3', []));
    const forged = { status: { stages: [], stage: 'Publish' } };
    expect(await patch('srot/db-3', forged, dev, '--subresource=status')).toContain('by the operator alone');
    expect(await patch('srot/db-3', forged, operator, '--subresource=status')).toBeUndefined();
  });
});

describe('a Job of the operator', () => {
  test.each<[string, object, object, string | undefined]>([
    ['of a reference', {}, {}, undefined],
    ['with a node', { hostNetwork: true }, {}, 'nothing of the node'],
    ['with files of the node', { volumes: [{ name: 'x', hostPath: { path: '/' } }] }, {}, 'nothing of the node'],
    ['with privileges', {}, { securityContext: { privileged: true } }, 'nothing of the node'],
    ['that says nothing of privileges', {}, { securityContext: undefined }, 'nothing of the node'],
  ])('%s', async (_, spec, change, says) => {
    expect(await create(jobOf([owner], spec, change), operator)).toEqual(says && expect.stringContaining(says));
  });

  test('is that of a reference, and only such a one is deleted', async () => {
    const says = 'only Jobs that a SecretReference owns';
    expect(await create(jobOf([]), operator)).toContain(says);
    expect(await refusal(['create', '--dry-run=server', '-f', '-'], undefined, stringify(jobOf([])))).toBeUndefined();
    await apply(jobOf([]));
    expect(await refusal(['delete', 'job/try', '--dry-run=server'], operator)).toContain(says);
  });
});

/** As the operator writes them, but for the changes. */
function jobOf(ownerReferences: readonly object[], spec: object = {}, change: object = {}) {
  const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const containers = [{ ...container, securityContext: restricted, ...change }];
  const template = { spec: { restartPolicy: 'Never', containers, ...spec } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'try', namespace, ownerReferences },
    spec: { template },
  };
}
