import type { Result } from '../../core/result.ts';
import { collect, mapOk, ok } from '../../core/result.ts';
import { baseUrl } from '../kit/address.ts';
import { commandLine } from '../kit/command.ts';
import type { Needs, Provider } from '../provider.ts';
import { checkKey, checkPath } from './keys.ts';
import { VaultSpec } from './spec.ts';

/** HashiCorp Vault and OpenBao. What talks to the store is loaded at the first login. */
export const vault: Provider<VaultSpec> = {
  name: 'vault',
  docs: {
    title: 'HashiCorp Vault, OpenBao',
    identity: 'Kubernetes or JWT auth with a token of the namespace; AppRole; a token',
    features:
      'KV versions 1 and 2, versions by number and the `previous` one, `find` by prefix, name and custom metadata, Enterprise namespaces',
    limits: 'no dynamic engines yet',
  },
  capabilities: ['list'],
  spec: VaultSpec,
  needs,
  check,
  canonicalKey: (_spec, key) => checkKey(key),
  disableCommand,
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};

function needs({ address, auth, caBundle }: VaultSpec): Needs {
  const serviceAccount = (auth.kubernetes ?? auth.jwt)?.serviceAccountRef;
  const { appRole, token } = auth;
  return {
    addresses: [address],
    ...(serviceAccount && { serviceAccount }),
    ...(caBundle && { caBundle }),
    credentials: [appRole?.roleIdRef, appRole?.secretIdRef, token?.secretRef].filter(field => field !== undefined),
  };
}

/** `kv undelete` takes it back. */
function disableCommand({ namespace, kv }: VaultSpec, key: string, version: string): string | undefined {
  if (kv.version === 1) return undefined;
  const place = [...(namespace === undefined ? [] : [`-namespace=${namespace}`]), `-mount=${kv.mount}`];
  // Whoever writes the reference chose it: `-address=…` would send the login of who revokes elsewhere.
  const named = key.startsWith('-') ? ['--', key] : [key];
  return `${commandLine('vault', 'kv', 'delete', ...place, `-versions=${version}`, ...named)} (OpenBao: bao instead of vault)`;
}

function check(spec: VaultSpec): Result<VaultSpec> {
  const { auth, kv, namespace } = spec;
  const method = auth.kubernetes ?? auth.jwt ?? auth.appRole;
  const role = auth.kubernetes ?? auth.jwt;
  const checks = [
    baseUrl('address', spec.address, 'https://vault.example.com:8200'),
    checkPath('kv.mount', kv.mount),
    namespace === undefined ? ok('') : checkPath('namespace', namespace),
    auth.namespace === undefined ? ok('') : checkPath('auth.namespace', auth.namespace),
    method === undefined ? ok('') : checkPath('auth mount', method.mount),
    role === undefined ? ok('') : checkPath('role', role.role),
  ];
  return mapOk(collect(checks), () => spec);
}
