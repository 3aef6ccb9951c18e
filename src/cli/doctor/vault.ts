import * as z from 'zod';
import type { UsableSource } from '../../controllers/secret-reference/nouns/observed.ts';
import { systemClock } from '../../core/clock.ts';
import { fieldOf } from '../../core/untyped.ts';
import type { ProviderHttp } from '../../net/http.ts';
import { tokenText } from '../../providers/kit/credentials.ts';
import { parseBody } from '../../providers/kit/json-body.ts';
import type { ProviderPorts, ServiceAccount } from '../../providers/provider.ts';
import { createVaultClient } from '../../providers/vault/client.ts';
import { encodePath, policyPath } from '../../providers/vault/keys.ts';
import { login } from '../../providers/vault/login.ts';
import { VaultSpec } from '../../providers/vault/spec.ts';
import { inNamespace, loginNamespace, policyRule, storeName } from '../../providers/vault/store.ts';
import type { ClusterAccess } from '../../remote/ports.ts';
import { claimsOf } from './claims.ts';
import type { Finding } from './findings.ts';

/** One source of Vault or OpenBao, what is read from it, and as whom. */
export interface Visit {
  readonly source: UsableSource;
  readonly keys: readonly string[];
  readonly serviceAccount: ServiceAccount;
  readonly access: ClusterAccess;
  readonly http: ProviderHttp;
}

/** The spec, if the source is one that ServiceAccounts log in to. */
export function vaultSpecOf({ object }: UsableSource): VaultSpec | undefined {
  const provider = object.spec.ok ? object.spec.value.provider : undefined;
  const spec = VaultSpec.safeParse(fieldOf(provider, 'vault')).data;
  return spec?.auth.kubernetes || spec?.auth.jwt ? spec : undefined;
}

const never = new AbortController().signal;

/** Token → login → policies → what they allow on each path. The first step that fails ends it. */
export async function visitVault(spec: VaultSpec, visit: Visit): Promise<readonly Finding[]> {
  const { access, serviceAccount, http } = visit;
  const method = spec.auth.kubernetes ?? spec.auth.jwt;
  const audiences = method?.serviceAccountRef.audiences ?? [];
  const { namespace, name } = serviceAccount;
  const minted = await access.mintToken(serviceAccount, audiences, never);
  if (!minted.ok) return [{ ok: false, what: minted.fault.message }];
  const accepted = await access.acceptsToken(minted.value, never);
  if (!accepted.ok) return [{ ok: false, what: accepted.fault.message }];
  const claims = `ServiceAccount ${namespace}/${name} has a token with ${claimsOf(minted.value)}`;
  if (accepted.value)
    return [
      {
        ok: false,
        what: `${claims}, which the API server itself takes, so it is sent nowhere: choose other audiences`,
      },
    ];
  const ports: ProviderPorts = {
    clock: systemClock,
    http,
    clusterAddress: access.address,
    serviceAccount,
    token: async () => minted,
    credential: (field, signal) => access.credentialField(visit.source.access.homeNamespace, field, signal),
  };
  const entered = await login(spec, ports, never);
  if (!entered.ok)
    return [
      { ok: true, what: claims },
      { ok: false, what: entered.fault.message, fix: writeRole(spec, serviceAccount) },
    ];
  await entered.value.close(AbortSignal.timeout(2000));
  return [{ ok: true, what: claims }, ...(await rightsOf(spec, visit, ports))];
}

/** Names of a store that can be shown as they are. */
const name = z.string().regex(/^[A-Za-z0-9_./:@ -]{1,128}$/);
const Entered = z.object({ auth: z.object({ client_token: z.string(), policies: z.array(name) }) });
const Capabilities = z.object({ data: z.object({ capabilities: z.array(name) }) });

async function rightsOf(
  spec: VaultSpec,
  { keys, serviceAccount, http }: Visit,
  ports: ProviderPorts,
): Promise<readonly Finding[]> {
  const token = await tokenText(ports, never);
  const { role = '', mount = '' } = spec.auth.kubernetes ?? spec.auth.jwt ?? {};
  if (!token.ok) return [{ ok: false, what: token.fault.message }];
  const clientWith = (bearer: string) =>
    createVaultClient({ address: spec.address, namespace: loginNamespace(spec), token: bearer, http });
  const answer = await clientWith('').post(`auth/${encodePath(mount)}/login`, { role, jwt: token.value }, never);
  const auth = answer.ok ? parseBody(Entered, answer.value)?.auth : undefined;
  if (auth === undefined) return [{ ok: false, what: `${storeName(spec)} gave no login that can be looked at` }];
  const client = clientWith(auth.client_token);
  const store = `${storeName(spec)}: role "${role}" of auth/${mount}`;
  const entered: Finding = { ok: true, what: `${store} lets it in, with the policies ${auth.policies.join(', ')}` };
  const denied: string[] = [];
  const rights: Finding[] = [];
  for (const key of keys) {
    const path = policyPath(spec, key);
    const asked = await client.post('sys/capabilities-self', { paths: atLogin(spec, path) }, never);
    const held = asked.ok ? parseBody(Capabilities, asked.value)?.data.capabilities : undefined;
    if (held === undefined)
      rights.push({ ok: false, what: `${path}${inNamespace(spec)}: the store does not say what they allow` });
    else if (held.includes('read') || held.includes('root'))
      rights.push({ ok: true, what: `they allow ${held.join(', ')} on ${path}` });
    else denied.push(path);
  }
  await client.post('auth/token/revoke-self', {}, AbortSignal.timeout(2000));
  if (denied.length > 0)
    rights.push({
      ok: false,
      what: `they do not allow read on ${denied.join(', ')}${inNamespace(spec)}`,
      fix: grant(spec, denied, auth.policies, serviceAccount),
    });
  return [entered, ...rights];
}

/** A path as the policies of the login name it. */
const atLogin = (spec: VaultSpec, path: string): string =>
  /^path "(.*)" \{/.exec(policyRule(spec, path, []))?.[1] ?? path;

/** A policy of its own, for to write one that is there would take its other rules away. */
function grant(
  spec: VaultSpec,
  paths: readonly string[],
  policies: readonly string[],
  account: ServiceAccount,
): string {
  const wanted = `shearline-${account.namespace}`;
  const policy = policies.includes(wanted) ? `${wanted}-${account.name}` : wanted;
  const rules = paths.map(path => policyRule(spec, path, ['read'])).join('\n');
  const kept = policies.filter(each => each !== 'default');
  const { role = '', mount = '' } = spec.auth.kubernetes ?? spec.auth.jwt ?? {};
  // The jwt method takes a role for one of oidc when it is not told again; what else is not named stays.
  const type = spec.auth.jwt ? ' role_type=jwt' : '';
  return `${where(spec)}bao policy write ${policy} - <<'EOF'
${rules}
EOF
${where(spec)}bao write auth/${mount}/role/${role}${type} token_policies="${[...kept, policy].join(',')}"`;
}

/** Nobody can see from outside what a role that is there is bound to, so that is read first. */
function writeRole(spec: VaultSpec, { namespace, name: account }: ServiceAccount): string {
  const { kubernetes, jwt } = spec.auth;
  const { role, mount } = kubernetes ?? jwt ?? {};
  const audiences = (kubernetes ?? jwt)?.serviceAccountRef.audiences ?? [];
  const bound = kubernetes
    ? `bound_service_account_names=${account} bound_service_account_namespaces=${namespace} audience=${audiences[0]}`
    : `role_type=jwt user_claim=sub bound_subject=system:serviceaccount:${namespace}:${account} bound_audiences=${audiences.join(',')}`;
  return `${where(spec)}bao read auth/${mount}/role/${role}   # what it has already belongs into the next command, too
${where(spec)}bao write auth/${mount}/role/${role} ${bound} token_policies=shearline-${namespace} token_ttl=10m`;
}

function where(spec: VaultSpec): string {
  const namespace = loginNamespace(spec);
  return namespace === undefined ? '' : `BAO_NAMESPACE=${namespace} `;
}
