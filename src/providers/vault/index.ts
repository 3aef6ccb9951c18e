import { invalidSpec } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import { collect, failed, mapOk, ok } from '../../core/result.ts';
import type { Needs, Provider } from '../provider.ts';
import { checkKey, checkPath } from './paths.ts';
import { VaultSpec } from './spec.ts';

/** HashiCorp Vault and OpenBao. What talks to the store is loaded at the first login. */
export const vault: Provider<VaultSpec> = {
  name: 'vault',
  docs: {
    title: 'HashiCorp Vault, OpenBao',
    identity: 'Kubernetes or JWT auth with a token of the namespace; AppRole; a token',
    features:
      'KV versions 1 and 2, versions by number, `find` by prefix, name and custom metadata, Enterprise namespaces',
    limits: 'no dynamic engines yet',
  },
  capabilities: ['list'],
  spec: VaultSpec,
  needs,
  check,
  canonicalKey: (_spec, key) => checkKey(key),
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};

function needs({ address, auth, caBundle }: VaultSpec): Needs {
  const serviceAccount = (auth.kubernetes ?? auth.jwt)?.serviceAccountRef;
  const { appRole, token } = auth;
  return {
    addresses: [address],
    ...(serviceAccount && { serviceAccount }),
    ...(caBundle && { caBundle: caBundle.configMapKeyRef }),
    credentials: [appRole?.roleIdRef, appRole?.secretIdRef, token?.secretRef].filter(field => field !== undefined),
  };
}

/** CEL says the same about the logins at the API server; objects may be older than the rule. */
function check(spec: VaultSpec): Result<VaultSpec> {
  const { auth, kv, namespace } = spec;
  const logins = [auth.kubernetes, auth.jwt, auth.appRole, auth.token].filter(login => login !== undefined);
  if (logins.length !== 1) return failed(invalidSpec('auth must have exactly one of kubernetes, jwt, appRole, token'));
  if (auth.appRole && (auth.appRole.roleId === undefined) === (auth.appRole.roleIdRef === undefined))
    return failed(invalidSpec('auth.appRole must have exactly one of roleId and roleIdRef'));
  const method = auth.kubernetes ?? auth.jwt ?? auth.appRole;
  const role = auth.kubernetes ?? auth.jwt;
  const checks = [
    checkAddress(spec.address),
    checkPath('kv.mount', kv.mount),
    namespace === undefined ? ok('') : checkPath('namespace', namespace),
    method === undefined ? ok('') : checkPath('auth mount', method.mount),
    role === undefined ? ok('') : checkPath('role', role.role),
  ];
  return mapOk(collect(checks), () => spec);
}

/** A URL that is wrong is not shown: people put passwords into URLs. */
function checkAddress(address: string): Result<string> {
  const url = URL.parse(address);
  const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (!plain) return failed(invalidSpec('address must be a URL such as https://vault.example.com:8200'));
  const path = address.replace(/^https?:\/\/[^/]*\/?/, '').replace(/\/$/, '');
  return path === '' ? ok(path) : checkPath('the path of address', path);
}
