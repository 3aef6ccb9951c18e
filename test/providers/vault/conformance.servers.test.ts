import { readFile } from 'node:fs/promises';
import type { Harness } from '../../conformance/conformance.ts';
import { conformance } from '../../conformance/conformance.ts';
import type { Answer } from '../../servers/answers.ts';
import { json } from '../../servers/answers.ts';
import type { OpenBao } from '../../servers/openbao.ts';
import { startOpenBao } from '../../servers/openbao.ts';
import type { AppRole } from '../../servers/openbao-auth.ts';
import { appRole, enableAppRole } from '../../servers/openbao-auth.ts';
import type { KvPlace } from '../../servers/openbao-secrets.ts';
import { enableKv, policy, putSecret } from '../../servers/openbao-secrets.ts';
import type { RecordedRequest, StandIn } from '../../servers/stand-in.ts';
import { startStandIn } from '../../servers/stand-in.ts';
import { appRoleAuth, closeTransports, loggedIn, spec } from './setting.ts';

conformance('vault, KV version 2, on OpenBao', () => start({ mount: 'secret', version: 2 }));
conformance('vault, KV version 1, on OpenBao', () => start({ mount: 'team/kv', version: 1 }));

async function start(kv: Required<Pick<KvPlace, 'mount' | 'version'>>): Promise<Harness> {
  const bao = await startOpenBao();
  if (kv.mount !== 'secret') await enableKv(bao, kv);
  const base = kv.version === 2 ? `${kv.mount}/data` : kv.mount;
  await policy(bao, 'reader', { [`${base}/*`]: ['read'], [`${base}/denied`]: ['deny'] });
  await enableAppRole(bao);
  const role = await appRole(bao, { name: 'reader', policies: ['reader'], ttl: '10m' });
  await putSecret(bao, 'denied', { password: 'CANARY-7f3a' }, kv);
  const standIns: StandIn[] = [];
  return {
    deniedKey: 'denied',
    login: () => logIn(bao.address, kv, role),
    put: async (key, pairs) => {
      const version = await putSecret(bao, encodeURI(key), pairs, kv);
      return version === 0 ? undefined : `${version}`;
    },
    remove: key => bao.api('DELETE', `${base}/${key}`).then(() => undefined),
    revokeLogins: () => bao.api('PUT', 'sys/leases/revoke-prefix/auth/approle').then(() => undefined),
    against: async (answer, deadlineMs) => {
      const standIn = await startStandIn(request => preamble(request, kv) ?? answer);
      standIns.push(standIn);
      return logIn(standIn.address, kv, role, deadlineMs);
    },
    records: () => records(bao, standIns),
    close: async () => {
      await closeTransports();
      for (const standIn of standIns) await standIn.stop();
      await bao.stop();
    },
  };
}

async function logIn(address: string, kv: KvPlace, role: AppRole, deadlineMs?: number) {
  const credentials = { 'role-id': role.roleId, 'secret-id': `${await role.newSecretId()}\n` };
  return loggedIn(spec({ address, kv, auth: appRoleAuth }), { credentials, ...(deadlineMs && { deadlineMs }) });
}

/** Login and mount are fine at the stand-in; only the read meets the fault. */
function preamble({ path }: RecordedRequest, { mount, version }: KvPlace): Answer | undefined {
  if (path.endsWith('/login'))
    return json({ auth: { client_token: 's.CANARY-7f3a', lease_duration: 60, renewable: true } });
  if (!path.startsWith('/v1/sys/internal/ui/mounts/')) return undefined;
  return json({ data: { type: 'kv', path: `${mount}/`, options: { version: `${version}` } } });
}

async function records(bao: OpenBao, standIns: readonly StandIn[]): Promise<string> {
  const urls = standIns.flatMap(standIn => standIn.requests.map(({ method, path }) => `${method} ${path}`));
  return [await readFile(bao.auditLog, 'utf8'), ...urls].join('\n');
}
