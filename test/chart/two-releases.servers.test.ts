import { beforeAll, expect, test } from '@jest/globals';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { releaseOn } from './release.ts';
import type { Values } from './render.ts';

/** Two releases in one namespace. They bring no objects of the cluster, which is shared by all test files. */
const namespace = 'two-releases';
let controlPlane: ControlPlaneAccess;
beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  await releaseOn(controlPlane, { name: 'one', namespace }).install(apart);
});

const off = { enabled: false };
const apart: Values = {
  crds: off,
  policies: { operatorTokens: off, operatorSecrets: off },
  scope: { namespaces: ['default'] },
};

const second = () => releaseOn(controlPlane, { name: 'two', namespace });

test('a second one that would share the Lease of the first is refused, by name', async () => {
  const said = await second().refused({ ...apart, leaderElection: { leaseName: 'one-shearline' } });
  expect(said).toContain('Role "one-shearline-lease"');
  expect(said).toContain('must equal "two": current value is "one"');
});

test('a second one has a Lease of its own, and no right to the other', async () => {
  await second().install(apart);
  expect(await second().flags()).toContain('--lease-name=two-shearline');
  const may = async (lease: string) => {
    const user = `--as=system:serviceaccount:${namespace}:two-shearline`;
    const asked = ['auth', 'can-i', 'update', `leases/${lease}`, `--namespace=${namespace}`, user];
    return (await controlPlane.kubectl(asked).catch(() => 'no')).trim();
  };
  expect([await may('two-shearline'), await may('one-shearline')]).toEqual(['yes', 'no']);
});
