import { readFile } from 'node:fs/promises';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { type OpenBao, startOpenBao } from '../servers/openbao.ts';
import { letAppsRead } from '../servers/openbao-auth.ts';
import { enableKv, policy, putSecret } from '../servers/openbao-secrets.ts';

const started: OpenBao[] = [];

/** One that may be hurt: with the role that every team logs in with. */
export async function startSickOpenBao(controlPlane: ControlPlaneAccess): Promise<OpenBao> {
  const bao = await startOpenBao({ controlPlane });
  started.push(bao);
  await letAppsRead(bao);
  return bao;
}

export const stopSickOpenBaos = () => Promise.all(started.map(bao => bao.stop()));

export const allow = (bao: OpenBao) => policy(bao, 'app', { 'secret/data/*': ['read'] });
export const forbid = (bao: OpenBao) => policy(bao, 'app', { 'elsewhere/*': ['read'] });

export const seal = (bao: OpenBao) => bao.api('PUT', 'sys/seal');
export async function unseal(bao: OpenBao): Promise<void> {
  const [, key] = /Unseal Key: (\S+)/.exec(await readFile(bao.server.log, 'utf8')) ?? [];
  await bao.api('PUT', 'sys/unseal', { key });
}

/** All logins end, as after a restart without them. */
export const forgetLogins = (bao: OpenBao) => bao.api('PUT', 'sys/leases/revoke-prefix/auth/kubernetes/login');

export const unmount = (bao: OpenBao) => bao.api('DELETE', 'sys/mounts/secret');
export async function mountAgain(bao: OpenBao, key: string, ...versions: readonly object[]): Promise<void> {
  await enableKv(bao, {});
  for (const version of versions) await putSecret(bao, key, version);
}
