import type { Result } from '../../core/result.ts';
import { collect, mapOk, ok } from '../../core/result.ts';
import { credentialText, tokenText } from '../kit/credentials.ts';
import type { ProviderPorts } from '../provider.ts';
import type { VaultAuth, VaultSpec } from './spec.ts';

/** One call to a login endpoint, and how to talk about it. */
export interface LoginCall {
  readonly mount: string;
  readonly body: Readonly<Record<string, string>>;
  /** Who logs in: `ServiceAccount etl/etl-reader with role "etl"`. */
  readonly who: string;
  /** What to check when the store says no. */
  readonly hint: string;
}

/** The credentials of the configured login, fetched through the ports; undefined for `token`, which needs no call. */
export async function loginCall(
  spec: VaultSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<LoginCall | undefined>> {
  const { kubernetes, jwt, appRole } = spec.auth;
  if (kubernetes) return withToken(kubernetes, kubernetesHint(kubernetes.serviceAccountRef.audiences), ports, signal);
  if (jwt) return withToken(jwt, jwtHint(jwt.serviceAccountRef.audiences), ports, signal);
  if (appRole) return withSecretId(appRole, ports, signal);
  return ok(undefined);
}

const kubernetesHint = (audiences: readonly string[]) =>
  `check the mount, the role's bound_service_account_names and bound_service_account_namespaces, and its audience (${audiences.join(', ')})`;

const jwtHint = (audiences: readonly string[]) =>
  `check the mount, the role's bound_subject, bound_claims and bound_audiences (${audiences.join(', ')})`;

async function withToken(
  { role, mount }: { readonly role: string; readonly mount: string },
  hint: string,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<LoginCall>> {
  return mapOk(await tokenText(ports, signal), jwt => ({
    mount,
    body: { role, jwt },
    who: `${subjectOf(jwt)} with role "${role}"`,
    hint,
  }));
}

async function withSecretId(
  { mount, roleId, roleIdRef, secretIdRef }: NonNullable<VaultAuth['appRole']>,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<LoginCall>> {
  const role = roleIdRef ? await credentialText(ports, roleIdRef, signal) : ok(roleId ?? '');
  const credentials = collect([role, await credentialText(ports, secretIdRef, signal)]);
  return mapOk(credentials, ([role_id = '', secret_id = '']) => ({
    mount,
    body: { role_id, secret_id },
    who: 'an AppRole',
    hint: `check the mount and the role id, and that the secret id in Secret "${secretIdRef.name}" is neither used up nor expired`,
  }));
}

/** Only names of the cluster's own form are shown: what else a token says is nobody's business. */
function subjectOf(jwt: string): string {
  const claims = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8');
  const subject = /"sub"\s*:\s*"system:serviceaccount:([a-z0-9.-]{1,63}):([a-z0-9.-]{1,253})"/.exec(claims);
  return subject ? `ServiceAccount ${subject[1]}/${subject[2]}` : 'the ServiceAccount';
}
