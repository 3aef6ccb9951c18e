import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { countLogins, openBaoAudit } from '../servers/audit.ts';
import { createAuthority } from '../servers/certificates.ts';
import { type OpenBao, startOpenBao } from '../servers/openbao.ts';
import { letAppsRead } from '../servers/openbao-auth.ts';
import { putSecret } from '../servers/openbao-secrets.ts';
import { ownAddress } from '../servers/own-address.ts';
import { until } from '../servers/process.ts';
import { clusterSource, source, vaultAt } from './manifests.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

/** As of 1.37 they are there without. */
const withTrustBundles = [
  '--feature-gates=ClusterTrustBundle=true',
  '--runtime-config=certificates.k8s.io/v1beta1/clustertrustbundles=true',
];
const world = useWorld({ apiServerFlags: withTrustBundles });

/** A SecretSource `own` of the team, and a reference `db` to it. */
async function referThrough(team: Team, vault: object, at: string): Promise<void> {
  await world().cluster.apply(source(team.namespace, 'own', at, { provider: vaultAt(at, vault) }));
  await team.refer('db', { sourceRef: { name: 'own' }, dataFrom: [team.extract('db')] });
}

const passwordOf = async (team: Team) => (await team.secret('db'))?.text.password;

describe('while the store cannot answer', () => {
  /** References stay Ready, a rotation waits, and all is well by itself when the store is back. */
  async function outage(name: string, begin: () => Promise<unknown>, end: () => Promise<unknown>): Promise<string> {
    const team = await world().teamWithValue(name);
    await team.refer('db');
    await team.synced('db');
    const second = secretValue('second');
    await team.put('db', { password: second });
    await begin();
    await team.annotate('db', { 'shearline.dev/rotate': 't1' });
    const message = await team.failing('db', 'ProviderUnavailable');
    const { status } = await team.reference('db');
    expect(['Ready', 'Synced', 'Stalled'].map(type => conditionOf({ status }, type)?.status)).toEqual([
      'True',
      'False',
      undefined,
    ]);
    expect(status?.rotation).toBeUndefined();
    expect(await passwordOf(team)).toBe(team.password);
    await end();
    const after = await team.until('db', 't1', each => each.status?.rotation?.lastSucceeded === 't1');
    expect(after.status?.rotation?.result).toBe('Rotated');
    expect(await passwordOf(team)).toBe(second);
    return message;
  }

  test('because it is sealed, the Secret stays Ready and a rotation waits for it', async () => {
    const key = /Unseal Key: (\S+)/.exec(await readFile(world().bao.server.log, 'utf8'))?.[1];
    const message = await outage(
      'sealed',
      () => world().bao.api('PUT', 'sys/seal'),
      () => world().bao.api('PUT', 'sys/unseal', { key }),
    );
    expect(message).toBe(`Vault at ${new URL(world().bao.address).host} is sealed`);
  });

  test('because it hangs, the Secret stays Ready and a rotation waits for it', async () => {
    const { server } = world().bao;
    const message = await outage(
      'hangs',
      async () => server.pause(),
      async () => server.resume(),
    );
    expect(message).toMatch(/did not answer/);
  });
});

describe('over TLS', () => {
  const withTls = async (work: (bao: OpenBao, team: Team) => Promise<void>, name: string): Promise<void> => {
    const bao = await startOpenBao({ tls: { host: ownAddress() }, controlPlane: world().controlPlane });
    try {
      await letAppsRead(bao);
      await putSecret(bao, `${name}/db`, { password: secretValue('tls') });
      await work(bao, await world().team(name));
    } finally {
      await bao.stop();
    }
  };
  const caBundle = { configMapKeyRef: { name: 'vault-ca', key: 'ca.crt' } };
  const configMap = (namespace: string, data: Readonly<Record<string, string>>) =>
    world().cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vault-ca', namespace }, data });

  test('a store is trusted by the caBundle of its source', async () => {
    await withTls(async (bao, team) => {
      await configMap(team.namespace, { 'ca.crt': bao.caBundle ?? '' });
      await referThrough(team, { caBundle }, bao.address);
      await team.synced('db');
    }, 'trusted');
  });

  test('by one in a labelled Secret or in the spec as well', async () => {
    await withTls(async (bao, team) => {
      await world().cluster.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'vault-ca', namespace: team.namespace, labels: { 'shearline.dev/credential': 'true' } },
        stringData: { 'ca.crt': bao.caBundle ?? '' },
      });
      await referThrough(team, { caBundle: { secretKeyRef: caBundle.configMapKeyRef } }, bao.address);
      await team.synced('db');
      await referThrough(team, { caBundle: { inline: bao.caBundle ?? '' } }, bao.address);
      await team.rotate('db', 't1');
      await team.synced('db');
    }, 'trusted-otherwise');
  });

  test('by a ClusterTrustBundle, which the operator may read without a rule of its own', async () => {
    await withTls(async (bao, team) => {
      await referThrough(team, { caBundle: { clusterTrustBundle: { name: 'internal' } } }, bao.address);
      expect(await team.failing('db', 'CABundleInvalid')).toContain('ClusterTrustBundle internal does not exist');
      const bundle = {
        apiVersion: 'certificates.k8s.io/v1beta1',
        kind: 'ClusterTrustBundle',
        metadata: { name: 'internal' },
        spec: { trustBundle: bao.caBundle },
      };
      await world().controlPlane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(bundle) });
      await team.rotate('db', 't1');
      await team.synced('db');
    }, 'trusted-by-all');
  });

  test('that of a ClusterSecretSource lies in the namespace of the operator', async () => {
    await withTls(async (bao, team) => {
      await configMap('shearline-system', { 'ca.crt': bao.caBundle ?? '' });
      await world().cluster.apply(clusterSource('tls', bao.address, { provider: vaultAt(bao.address, { caBundle }) }));
      await team.refer('db', {
        sourceRef: { kind: 'ClusterSecretSource', name: 'tls' },
        dataFrom: [team.extract('db')],
      });
      await team.synced('db');
    }, 'cluster-trusted');
  });

  test('nobody is trusted without one, or by another one; given the right one, the reference heals', async () => {
    await withTls(async (bao, team) => {
      await referThrough(team, { caBundle: undefined }, bao.address);
      const untrusted = /shows a certificate that is not signed by an authority of caBundle/;
      expect(await team.failing('db', 'ProviderUnavailable')).toMatch(untrusted);
      const other = await createAuthority(`${bao.directory}/other`, 'another-ca');
      await configMap(team.namespace, { 'ca.crt': other.certificate });
      await referThrough(team, { caBundle }, bao.address);
      expect(await team.failing('db', 'ProviderUnavailable')).toMatch(untrusted);
      expect(countLogins(await openBaoAudit(bao))).toBe(0);
      await configMap(team.namespace, { 'ca.crt': bao.caBundle ?? '' });
      await team.synced('db');
    }, 'untrusted');
  });

  test('a caBundle that is missing or unreadable is CABundleInvalid on source and reference; both heal once it is fixed', async () => {
    const rows = [
      ['ca-missing', undefined, 'ConfigMap ca-missing/vault-ca does not exist; create it'],
      ['ca-key-missing', { other: 'x' }, 'ConfigMap ca-key-missing/vault-ca has no text under ca.crt'],
      ['ca-garbage', { 'ca.crt': 'no certificate' }, 'the CA bundle holds no PEM block'],
    ] as const;
    const heal = async (bao: OpenBao, [name, data, why]: (typeof rows)[number]) => {
      const team = await world().team(name);
      await putSecret(bao, `${name}/db`, { password: secretValue(name) });
      if (data !== undefined) await configMap(name, data);
      await referThrough(team, { caBundle }, bao.address);
      expect(await team.failing('db', 'CABundleInvalid')).toContain(why);
      const ready = async () => conditionOf(await world().cluster.read('SecretSource', 'own', name), 'Ready');
      await until('the source to say it', async () => (await ready())?.reason === 'CABundleInvalid');
      await configMap(name, { 'ca.crt': bao.caBundle ?? '' });
      // ConfigMaps are not watched: the source looks again after 15 to 30 s.
      await until('the source to be Ready', async () => (await ready())?.status === 'True', 45_000);
      await team.synced('db');
    };
    await withTls(async bao => void (await Promise.all(rows.map(row => heal(bao, row)))), 'ca-fixed');
  }, 100_000);
});
