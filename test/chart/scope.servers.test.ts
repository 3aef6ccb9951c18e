import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { source } from '../scenarios/manifests.ts';
import { conditionOf } from '../scenarios/objects.ts';
import type { Team } from '../scenarios/team.ts';
import { type Installed, installed, storeOf } from './installed.ts';

const both = { scope: { namespaces: ['etl', 'web'] } };

describe('single namespaces', () => {
  let at: Installed;
  let etl: Team;
  beforeAll(async () => {
    at = await installed(both, ['etl', 'web']);
    etl = await atOwnSource('etl');
  }, 180_000);
  afterAll(() => at.world.stop());

  /** A namespace with a source of its own, and a remote secret `db` that is wanted. */
  async function atOwnSource(name: string): Promise<Team> {
    const team = await at.world.team(name);
    await at.world.cluster.create(source(name, 'vault', at.world.bao.address, { default: true }));
    await team.put('db', { password: 'one' });
    await team.refer('db');
    return team;
  }

  test('are served, and the operator has no right outside of them', async () => {
    await etl.synced('db');
    const inside: readonly (readonly [string, string, ...(readonly string[])])[] = [
      ['list', 'secrets'],
      ['create', 'serviceaccounts', '--subresource=token'],
      ['get', 'configmaps'],
    ];
    for (const [verb, resource, ...more] of inside) {
      const may = (where: string) => at.may(verb, resource, ...more, where);
      const places = ['--namespace=etl', '--namespace=kube-system', '--all-namespaces'];
      expect([resource, ...(await Promise.all(places.map(may)))]).toEqual([resource, true, false, false]);
    }
    expect(await at.may('list', 'namespaces')).toBe(false);
    expect(await at.may('list', 'clustersecretsources')).toBe(false);
    expect(await at.may('update', 'leases/shearline', '--namespace=shearline-system')).toBe(true);
    expect(await at.may('get', 'secrets', '--namespace=shearline-system')).toBe(false);
  });

  test('heal at once what was tampered with, and rotate', async () => {
    await etl.tamper('db', { data: { password: 'eA==' } });
    await etl.secretThat('db', 'repaired', secret => secret.text.password === 'one');
    await etl.put('db', { password: 'two' });
    expect((await etl.rotate('db', 't1')).status?.rotation?.result).toBe('Rotated');
    expect(await etl.events('db')).not.toEqual([]);
  });

  test('others are left alone, as if there were no operator', async () => {
    const other = await atOwnSource('other');
    await etl.rotate('db', 'after-the-other');
    expect((await other.reference('db')).status).toBeUndefined();
  });

  test('know of no ClusterSecretSource, and say so', async () => {
    await etl.refer('shared', {
      sourceRef: { kind: 'ClusterSecretSource', name: 'shared' },
      dataFrom: [etl.extract('db')],
    });
    expect(await etl.failing('shared', 'SourceNotFound')).toContain('the operator serves no ClusterSecretSources');
  });

  test('one that is deleted holds up none of the others when the operator starts again, and comes back with its Role', async () => {
    await at.world.kubectl('delete', 'namespace', 'web');
    await at.world.operator.stop();
    await at.world.operator.start();
    await etl.rotate('db', 'without-web');
    const web = await atOwnSource('web');
    await at.release.upgrade(both);
    await web.synced('db');
  }, 120_000);

  test('a scope that is changed while references exist serves the new ones, and leaves the Secrets of the others', async () => {
    const before = (await etl.secret('db'))?.metadata.resourceVersion;
    await at.upgrade({ scope: { namespaces: ['web'] } });
    expect(await at.may('list', 'secrets', '--namespace=etl')).toBe(false);
    await at.world.kubectl('annotate', 'sref', 'db', '--namespace=web', 'shearline.dev/rotate=t1');
    await at.world.kubectl('wait', 'sref/db', '--namespace=web', '--for=jsonpath={.status.rotation.lastSucceeded}=t1');
    expect((await etl.secret('db'))?.metadata.resourceVersion).toBe(before);
    expect(conditionOf(await etl.reference('db'), 'Ready')?.status).toBe('True');
    await at.upgrade({});
    await etl.rotate('db', 'the-whole-cluster');
  }, 120_000);
});

describe('single namespaces with cluster sources', () => {
  let at: Installed;
  beforeAll(async () => {
    at = await installed({ scope: { ...both.scope, clusterSources: true } }, both.scope.namespaces);
  }, 180_000);
  afterAll(() => at.world.stop());

  test('serve what is chosen by name; what is chosen by labels is refused, for they cannot be read', async () => {
    const { world } = at;
    await world.cluster.create(storeOf(world, 'by-name', { names: ['etl'] }));
    await world.cluster.create(storeOf(world, 'by-label', { selector: { matchLabels: { team: 'etl' } } }));
    const etl = await world.team('etl');
    await etl.put('db', { password: 'one' });
    const from = (name: string) => ({
      sourceRef: { kind: 'ClusterSecretSource', name },
      dataFrom: [etl.extract('db')],
    });
    await etl.refer('db', from('by-name'));
    await etl.synced('db');
    await etl.refer('other', from('by-label'));
    expect(await etl.failing('other', 'NamespaceNotAllowed')).toContain('name it in spec.namespaces.names');
  });

  test('have one ClusterRole, for these sources alone', async () => {
    const ours = ['get', 'clusterroles', '--selector=app.kubernetes.io/instance=shearline', '--output=name'];
    expect((await at.world.kubectl(...ours)).trim()).toBe('clusterrole.rbac.authorization.k8s.io/shearline');
    expect(await at.may('list', 'secrets', '--all-namespaces')).toBe(false);
  });
});
