import * as z from 'zod';
import type { ControlPlaneAccess } from './access.ts';
import type { OpenBao } from './openbao.ts';
import { policy } from './openbao-secrets.ts';

/** Where a method is mounted; the default mount has the name of the method, the default namespace is the root. */
export interface Place {
  readonly mount?: string;
  /** An OpenBao namespace. */
  readonly namespace?: string;
}

/** Whose ServiceAccount may log in, as what. */
export interface TokenRole extends Place {
  readonly name: string;
  readonly serviceAccount: string;
  readonly serviceAccountNamespace: string;
  readonly audience?: string;
  readonly policies: readonly string[];
  readonly ttl?: string;
}

/** OpenBao asks the API server about each token, by TokenReview, as a ServiceAccount that may. */
export async function enableKubernetesAuth(
  bao: OpenBao,
  controlPlane: ControlPlaneAccess,
  place: Place = {},
): Promise<void> {
  const { mount = 'kubernetes', namespace } = place;
  await bao.api('POST', `sys/auth/${mount}`, { type: 'kubernetes' }, { namespace });
  const config = {
    kubernetes_host: controlPlane.server,
    kubernetes_ca_cert: controlPlane.ca,
    disable_local_ca_jwt: true,
    token_reviewer_jwt: await reviewerToken(controlPlane),
  };
  await bao.api('POST', `auth/${mount}/config`, config, { namespace });
}

export async function kubernetesRole(bao: OpenBao, role: TokenRole): Promise<void> {
  const { name, mount = 'kubernetes', namespace, audience = 'vault', policies, ttl = '60s' } = role;
  const bound = {
    bound_service_account_names: [role.serviceAccount],
    bound_service_account_namespaces: [role.serviceAccountNamespace],
  };
  await bao.api('POST', `auth/${mount}/role/${name}`, { ...bound, audience, policies, ttl }, { namespace });
}

/** ServiceAccount `app` of every namespace may read all values, as role `app`. */
export async function letAppsRead(bao: OpenBao): Promise<void> {
  await policy(bao, 'app', { 'secret/data/*': ['read'] });
  const role = { name: 'app', serviceAccount: 'app', serviceAccountNamespace: '*', policies: ['app'], ttl: '10m' };
  await kubernetesRole(bao, role);
}

/** OpenBao verifies tokens by itself, with the keys that it discovers at the issuer. */
export async function enableJwtAuth(bao: OpenBao, controlPlane: ControlPlaneAccess, place: Place = {}): Promise<void> {
  const { mount = 'jwt', namespace } = place;
  const { server, ca } = controlPlane;
  await bao.api('POST', `sys/auth/${mount}`, { type: 'jwt' }, { namespace });
  const config = { oidc_discovery_url: server, oidc_discovery_ca_pem: ca, bound_issuer: server };
  await bao.api('POST', `auth/${mount}/config`, config, { namespace });
}

export async function jwtRole(bao: OpenBao, role: TokenRole): Promise<void> {
  const { name, mount = 'jwt', namespace, audience = 'vault', policies, ttl = '60s' } = role;
  const bound_subject = `system:serviceaccount:${role.serviceAccountNamespace}:${role.serviceAccount}`;
  const body = { role_type: 'jwt', user_claim: 'sub', bound_audiences: [audience], bound_subject, policies, ttl };
  await bao.api('POST', `auth/${mount}/role/${name}`, body, { namespace });
}

export async function enableAppRole(bao: OpenBao, { mount = 'approle', namespace }: Place = {}): Promise<void> {
  await bao.api('POST', `sys/auth/${mount}`, { type: 'approle' }, { namespace });
}

export interface AppRoleOptions extends Place {
  readonly name: string;
  readonly policies: readonly string[];
  /** 0 (the default) is any number. */
  readonly secretIdUses?: number;
  readonly secretIdTtl?: string;
  readonly ttl?: string;
}

export interface AppRole {
  readonly roleId: string;
  newSecretId(): Promise<string>;
}

export async function appRole(bao: OpenBao, options: AppRoleOptions): Promise<AppRole> {
  const { name, mount = 'approle', namespace, policies, secretIdUses = 0, secretIdTtl = '10m', ttl = '60s' } = options;
  const path = `auth/${mount}/role/${name}`;
  const body = { policies, secret_id_num_uses: secretIdUses, secret_id_ttl: secretIdTtl, token_ttl: ttl };
  await bao.api('POST', path, body, { namespace });
  const { data } = RoleId.parse(await bao.api('GET', `${path}/role-id`, undefined, { namespace }));
  const newSecretId = async () =>
    SecretId.parse(await bao.api('POST', `${path}/secret-id`, {}, { namespace })).data.secret_id;
  return { roleId: data.role_id, newSecretId };
}
const RoleId = z.object({ data: z.object({ role_id: z.string() }) });
const SecretId = z.object({ data: z.object({ secret_id: z.string() }) });

/** Logs in and returns the client token; `body` is what the method asks for, as `{role, jwt}`. */
export async function login(bao: OpenBao, mount: string, body: object, namespace?: string): Promise<string> {
  const answer = await bao.api('POST', `auth/${mount}/login`, body, { token: '', namespace });
  return z.object({ auth: z.object({ client_token: z.string() }) }).parse(answer).auth.client_token;
}

async function reviewerToken({ kubectl, token }: ControlPlaneAccess): Promise<string> {
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: reviewer }) });
  return token({ serviceAccount: 'reviewer', namespace: 'openbao' }, { duration: '24h' });
}

const reviewer = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'openbao' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reviewer', namespace: 'openbao' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'openbao-reviewer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: 'reviewer', namespace: 'openbao' }],
  },
];
