import { mapOk, ok, type Result } from '../../core/result.ts';
import { baseUrl } from '../kit/address.ts';
import type { Needs, Provider } from '../provider.ts';
import { keyOf, placeOf, resources } from './keys.ts';
import { KubernetesSpec } from './spec.ts';

/** Secrets and ConfigMaps of another namespace or cluster, read as the namespace's own ServiceAccount. */
export const kubernetes: Provider<KubernetesSpec> = {
  name: 'kubernetes',
  docs: {
    title: 'Kubernetes Secrets and ConfigMaps',
    identity:
      "A ServiceAccount of the namespace; RBAC decides. Another cluster: its OIDC trust in this one's tokens, or a token",
    features:
      'This cluster or another; whole objects as JSON, single values byte by byte; `find` by prefix, name and labels',
    limits: 'Only the newest version is kept',
  },
  capabilities: ['list'],
  keyPrefixes: resources,
  spec: KubernetesSpec,
  needs,
  check,
  canonicalKey: (_spec, key) => mapOk(placeOf(key), keyOf),
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};

function needs({ server, auth }: KubernetesSpec): Needs {
  const { serviceAccountRef: account, token } = auth;
  // A token without audiences would be good for this cluster; before one is sent elsewhere it is tried, and refused.
  const audiences = server ? (account?.audiences ?? []) : 'this-cluster';
  return {
    addresses: server ? [server.address] : [],
    ...(account && { serviceAccount: { name: account.name, audiences } }),
    ...(server?.caBundle && { caBundle: server.caBundle }),
    credentials: token ? [token.secretRef] : [],
  };
}

function check(spec: KubernetesSpec): Result<KubernetesSpec> {
  if (!spec.server) return ok(spec);
  return mapOk(baseUrl('server.address', spec.server.address, 'https://api.example.com:6443'), () => spec);
}
