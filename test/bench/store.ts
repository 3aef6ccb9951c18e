import { Pool } from 'undici';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { type OpenBao, startOpenBao } from '../servers/openbao.ts';
import { enableKubernetesAuth } from '../servers/openbao-auth.ts';
import { policy } from '../servers/openbao-secrets.ts';
import { valuesOf } from './objects.ts';
import { atATime } from './pace.ts';

/** The real store, with one role for all namespaces of the bench. */
export interface Store {
  readonly bao: OpenBao;
  /** Writes the values of a version to all these paths. */
  write(keys: readonly string[], version: number): Promise<void>;
  stop(): Promise<void>;
}

export const roleName = 'bench';
export const serviceAccountName = 'reader';

export async function startStore(controlPlane: ControlPlaneAccess): Promise<Store> {
  const bao = await startOpenBao();
  await enableKubernetesAuth(bao, controlPlane);
  await policy(bao, roleName, { 'secret/data/*': ['read'] });
  await bao.api('POST', `auth/kubernetes/role/${roleName}`, {
    bound_service_account_names: [serviceAccountName],
    bound_service_account_namespaces: ['*'],
    audience: 'vault',
    policies: [roleName],
    ttl: '1h', // no phase is to be disturbed by renewals
  });
  const pool = new Pool(bao.address, { connections: 8 });
  const writeOne = async (key: string, version: number) => {
    const answer = await pool.request({
      method: 'POST',
      path: `/v1/secret/data/${key}`,
      headers: { 'x-vault-token': bao.rootToken },
      body: JSON.stringify({ data: valuesOf(key, version) }),
    });
    await answer.body.dump();
    if (answer.statusCode >= 300) throw new Error(`OpenBao answered ${answer.statusCode} to a write of ${key}`);
  };
  return {
    bao,
    write: (keys, version) => atATime(8, keys.length, index => writeOne(keys[index] ?? '', version)),
    stop: async () => {
      await pool.destroy();
      await bao.stop();
    },
  };
}
