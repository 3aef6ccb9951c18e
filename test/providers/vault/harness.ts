import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { defineProvider } from '../../../src/providers/index.ts';
import { vault } from '../../../src/providers/vault/index.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import { type Harness, type Team, teams } from '../../conformance/harness.ts';
import { type OpenBao, startOpenBao } from '../../servers/openbao.ts';
import { appRole, enableAppRole } from '../../servers/openbao-auth.ts';
import { deleteSecret, enableKv, policy, putSecret } from '../../servers/openbao-secrets.ts';
import { frontOpenBao } from './front.ts';

export interface Engine {
  readonly mount: string;
  readonly version: 1 | 2;
}

/** OpenBao, asked by each team as itself, which may read below the name of its namespace too. */
export const withKubernetesAuth = (engine: Engine) => async (cluster: ConformanceCluster) => {
  const harness = await start(engine, cluster, 'kubernetes', async bao => {
    const { data } = Accessor.parse(await bao.api('GET', 'sys/auth/kubernetes'));
    const namespace = `{{identity.entity.aliases.${data.accessor}.metadata.service_account_namespace}}`;
    await policy(bao, 'own', { [`${engine.mount}/data/own/${namespace}/*`]: ['read'] });
    const bound = {
      bound_service_account_names: ['app'],
      bound_service_account_namespaces: teams.map(cluster.namespace),
    };
    const role = { ...bound, audience: 'vault', policies: ['app', 'own'], ttl: '10m' };
    await bao.api('POST', 'auth/kubernetes/role/app', role);
    return { kubernetes: { role: 'app', serviceAccountRef: { name: 'app', audiences: ['vault'] } } };
  });
  return { ...harness, ownKey: (team: Team) => `own/${cluster.namespace(team)}/db` };
};

const Accessor = z.object({ data: z.object({ accessor: z.string() }) });

/** OpenBao, asked with one credential for all. */
export const withAppRole = (engine: Engine) => (cluster: ConformanceCluster) =>
  start(engine, cluster, 'approle', async bao => {
    await enableAppRole(bao);
    const { roleId, newSecretId } = await appRole(bao, { name: 'app', policies: ['app'], ttl: '10m' });
    await cluster.credential('vault-approle', { 'secret-id': `${await newSecretId()}\n` });
    return { appRole: { roleId, secretIdRef: { name: 'vault-approle', key: 'secret-id' } } };
  });

async function start(
  engine: Engine,
  cluster: ConformanceCluster,
  method: string,
  authenticate: (bao: OpenBao) => Promise<object>,
): Promise<Harness> {
  const bao = await startOpenBao({ controlPlane: cluster.controlPlane });
  if (engine.mount !== 'secret') await enableKv(bao, engine);
  await policy(bao, 'app', rulesFor(engine));
  const auth = await authenticate(bao);
  const deniedKey = 'team/denied';
  await putSecret(bao, deniedKey, { value: 'CANARY-7f3a' }, engine);
  const { front, caBundle } = await frontOpenBao(bao, engine, cluster);
  const caRef = await cluster.caBundle('vault-ca', caBundle);
  const spec = { address: front.address, kv: engine, auth, caBundle: caRef };
  const provider = defineProvider(vault).bind(spec);
  if (!provider.ok) throw new Error(provider.fault.message);
  const versioned = engine.version === 2;
  return {
    provider: provider.value,
    spec,
    key: name => `team/${name}`,
    deniedKey,
    spellings: [
      ['/team/denied', 'refused'],
      ['team/denied/', 'refused'],
      ['team//denied', 'refused'],
      ['team/./denied', 'refused'],
      ['team/%64enied', 'refused'],
      ['team/denied?version=1', 'refused'],
      ['team/Denied', 'team/Denied'],
    ],
    put: async (key, value) => {
      if (typeof value !== 'string') throw new Error('the engine keeps pairs of JSON');
      const version = await putSecret(bao, key, JSON.parse(value), engine);
      return versioned ? `${version}` : undefined;
    },
    takes: { bytes: 1_000_000, binary: false, empty: true, onlyJson: true },
    waysToGo: versioned ? waysOfVersion2(bao, engine) : { deleted: key => remove(bao, `${engine.mount}/${key}`) },
    pins: versioned ? [['previous', 'one']] : [],
    noSuchPins: versioned ? ['3', '999999999'] : [],
    ...(versioned && {
      tag: async (key: string, custom_metadata: Readonly<Record<string, string>>) => {
        await bao.api('POST', `${engine.mount}/metadata/${key}`, { custom_metadata });
      },
    }),
    revokeLogins: async () => {
      await bao.api('PUT', `sys/leases/revoke-prefix/auth/${method}`);
    },
    misbehave: front.misbehave,
    seen: front.seen,
    records: async () => [await readFile(bao.auditLog, 'utf8'), ...front.requests.map(({ path }) => path)].join('\n'),
    close: async () => {
      await front.stop();
      await bao.stop();
    },
  };
}

function rulesFor({ mount, version }: Engine): Readonly<Record<string, readonly string[]>> {
  if (version === 1) return { [`${mount}/*`]: ['read', 'list'], [`${mount}/team/denied`]: ['deny'] };
  return {
    [`${mount}/data/team/*`]: ['read'],
    [`${mount}/metadata/*`]: ['read', 'list'],
    [`${mount}/data/team/denied`]: ['deny'],
  };
}

const waysOfVersion2 = (bao: OpenBao, engine: Engine): Harness['waysToGo'] => ({
  'removed with all that was known of it': key => deleteSecret(bao, key, 'metadata', engine),
  'soft-deleted': key => deleteSecret(bao, key, 'soft', engine),
  destroyed: key => deleteSecret(bao, key, { destroy: [1] }, engine),
});

const remove = async (bao: OpenBao, path: string): Promise<void> => {
  await bao.api('DELETE', path);
};
