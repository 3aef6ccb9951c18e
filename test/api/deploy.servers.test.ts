import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { kinds } from '../../src/api/kinds.ts';
import { manifestsIn, pagesOfManifests } from '../docs/manifests.ts';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { until } from '../servers/process.ts';
import { sharedControlPlane } from '../servers/shared.ts';

let controlPlane: ControlPlaneAccess;
const namespace = `deploy-${process.pid}`;
const samples = readdirSync('deploy/samples', { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.yaml'))
  .map(file => `deploy/samples/${file}`);

beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  // Also a test of the Deployment: its namespace warns about pods that the restricted standard would refuse.
  await kubectl('apply', '--server-side', '--warnings-as-errors', '-f', 'deploy/install.yaml');
  await kubectl('wait', '--for=condition=Established', ...kinds.map(({ plural, group }) => `crd/${plural}.${group}`));
  for (const file of samples.filter(file => file.endsWith('/namespace.yaml'))) await kubectl('apply', '-f', file);
  await kubectl('create', 'namespace', namespace);
  for (const role of ['view', 'edit', 'admin'])
    await kubectl('create', 'rolebinding', role, '-n', namespace, `--clusterrole=${role}`, `--user=${role}`);
}, 60_000);

const dryRun = ['apply', '--dry-run=server', '--validate=strict', '--warnings-as-errors', '-f'];
const accepted = /^(\S+ (created|configured|unchanged|serverside-applied) \(server dry run\)\n)+$/;

test.each(samples)('%s is accepted', async file => {
  expect(await kubectl(...dryRun, file)).toMatch(accepted);
});

test.each(pagesOfManifests)('each manifest of %s is accepted', async page => {
  const manifests = manifestsIn(page);
  expect(await controlPlane.kubectl([...dryRun, '-'], { input: manifests.join('---\n') })).toMatch(accepted);
  expect(manifests.length).toBeGreaterThan(2);
});

describe('the operator may do what it needs, everywhere', () => {
  test.each([
    ['watch', 'secretreferences.shearline.dev'],
    ['patch', 'secretreferences/status.shearline.dev'],
    ['watch', 'clustersecretreferences.shearline.dev'],
    ['patch', 'clustersecretreferences/status.shearline.dev'],
    ['watch', 'clustersecretsources.shearline.dev'],
    ['patch', 'clustersecretsources/status.shearline.dev'],
    ['create', 'secrets'],
    ['delete', 'secrets'],
    ['create', 'serviceaccounts/token'],
    ['get', 'configmaps'],
    ['watch', 'configmaps'],
    ['create', 'events.events.k8s.io'],
  ])('%s %s', async (verb, resource) => {
    expect(await may(operator, verb, resource, 'etl')).toBe(true);
  });

  test('update its own Lease, in its own namespace', async () => {
    expect(await may(operator, 'update', 'leases.coordination.k8s.io', 'shearline-system', 'shearline')).toBe(true);
    expect(await may(operator, 'update', 'leases.coordination.k8s.io', 'shearline-system', 'other')).toBe(false);
    expect(await may(operator, 'update', 'leases.coordination.k8s.io', 'etl', 'shearline')).toBe(false);
  });
});

describe('the operator may do no more than that', () => {
  test.each([
    ['create', 'secretreferences.shearline.dev'],
    ['delete', 'secretreferences.shearline.dev'],
    ['patch', 'clustersecretreferences.shearline.dev'],
    ['patch', 'secretsources.shearline.dev'],
    ['deletecollection', 'secrets'],
    ['patch', 'configmaps'],
    ['get', 'pods'],
    ['create', 'pods'],
    ['impersonate', 'serviceaccounts'],
    ['create', 'rolebindings.rbac.authorization.k8s.io'],
  ])('not %s %s', async (verb, resource) => {
    expect(await may(operator, verb, resource, 'etl')).toBe(false);
  });
});

describe('the people of a namespace', () => {
  test.each([
    ['view', 'get', 'secretreferences.shearline.dev', true],
    ['view', 'create', 'secretreferences.shearline.dev', false],
    ['edit', 'create', 'secretreferences.shearline.dev', true],
    ['edit', 'get', 'secretsources.shearline.dev', true],
    ['edit', 'patch', 'secretsources.shearline.dev', false],
    ['admin', 'patch', 'secretsources.shearline.dev', true],
    ['admin', 'create', 'clustersecretreferences.shearline.dev', false],
    ['admin', 'patch', 'clustersecretsources.shearline.dev', false],
  ] as const)('%s: %s %s is %s', async (user, verb, resource, allowed) => {
    // The roles are filled by a controller, a moment after ours were made.
    await until(`${user}: ${verb} ${resource}`, async () => (await may(user, verb, resource, namespace)) === allowed);
    expect(await may(user, verb, resource, namespace)).toBe(allowed);
  });
});

const operator = 'system:serviceaccount:shearline-system:shearline';

/** `resource` as in `secretreferences/status` or `events.events.k8s.io`; without a group, it is one of the core. */
async function may(user: string, verb: string, resource: string, where: string, object?: string): Promise<boolean> {
  const [path = '', group] = resource.split(/\.(.*)/);
  const [name, subresource] = path.split('/');
  const attributes = { namespace: where, verb, group: group ?? '', resource: name, subresource, name: object };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, resourceAttributes: attributes },
  };
  const create = ['create', '--filename', '-', '--output', 'jsonpath={.status.allowed}'];
  return (await controlPlane.kubectl(create, { input: JSON.stringify(review) })) === 'true';
}

function kubectl(...args: readonly string[]): Promise<string> {
  return controlPlane.kubectl(args);
}
