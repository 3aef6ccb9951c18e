import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

jest.setTimeout(60_000);

let controlPlane: ControlPlane;

beforeAll(async () => {
  controlPlane = await startControlPlane({ controllerManager: false });
});

afterAll(() => controlPlane?.stop());

const getNamespaces = ['get', 'namespaces', '--output', 'name', '--request-timeout', '2s'];

test('an API server that went away comes back at the same address with the same objects', async () => {
  await controlPlane.kubectl(['create', 'namespace', 'survivor']);
  await controlPlane.stopApiServer();
  await expect(controlPlane.kubectl(getNamespaces)).rejects.toThrow('refused');
  await controlPlane.startApiServer();
  expect(await controlPlane.kubectl(getNamespaces)).toContain('namespace/survivor');
});

test('a paused API server takes requests and answers none until it is resumed', async () => {
  controlPlane.pauseApiServer();
  await expect(controlPlane.kubectl(getNamespaces)).rejects.toThrow(/[Tt]imeout|deadline/);
  controlPlane.resumeApiServer();
  expect(await controlPlane.kubectl(getNamespaces)).toContain('namespace/survivor');
});

test('users come with their groups and may do only what RBAC gives them', async () => {
  const kubeconfig = await controlPlane.kubeconfigFor({ user: 'jane', groups: ['team-etl'] });
  expect(await controlPlane.kubectl(['auth', 'whoami'], { kubeconfig })).toMatch(/jane.*team-etl/s);
  await expect(controlPlane.kubectl(getNamespaces, { kubeconfig })).rejects.toThrow('Forbidden');
});
