import { authFailed, invalid } from '../../core/fault.ts';
import { andThen, failed, ok, type Result } from '../../core/result.ts';
import type { ProviderPorts, ProviderSession, ServiceAccount } from '../provider.ts';
import { createClient } from './client.ts';
import { storeName } from './endpoints.ts';
import { exchangeToken } from './federation.ts';
import { actAs } from './impersonation.ts';
import { listKeys } from './list.ts';
import { operatorToken } from './metadata.ts';
import { readSecret } from './read.ts';
import { tokenByKey } from './service-account-key.ts';
import { emailAnnotation, type GcpSmSpec, ServiceAccountEmail } from './spec.ts';
import type { Grant } from './token-call.ts';
import { tokenAudiences, workloadPoolOf } from './workload-pool.ts';

/** One login with whichever identity the source names, and the session that it gives. */
export async function login(
  spec: GcpSmSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  return andThen(await enter(spec, ports, signal), async grant => ok(await sessionOf(spec, grant, ports)));
}

async function enter(spec: GcpSmSpec, ports: ProviderPorts, signal: AbortSignal): Promise<Result<Grant>> {
  const { serviceAccountKey, operator } = spec.auth;
  if (serviceAccountKey) return tokenByKey(spec, serviceAccountKey.secretRef, ports, signal);
  if (operator) return onward(spec, operator.googleServiceAccount, await operatorToken(ports, signal), ports, signal);
  return federated(spec, ports, signal);
}

async function federated(spec: GcpSmSpec, ports: ProviderPorts, signal: AbortSignal): Promise<Result<Grant>> {
  const { serviceAccount: account } = ports;
  const trust = account && workloadPoolOf(spec, account);
  if (!trust) return failed(authFailed('no login is configured'));
  const email = emailOf(spec, account);
  if (!email.ok) return email;
  return onward(
    spec,
    email.value,
    await exchangeToken(spec, { trust, account, audiences: tokenAudiences(spec) }, ports, signal),
    ports,
    signal,
  );
}

/** The source's own word counts, then that of the ServiceAccount. Whether it may act so is decided by IAM. */
function emailOf({ auth }: GcpSmSpec, account: ServiceAccount): Result<string | undefined> {
  const email = (auth.workloadIdentity ?? auth.gke)?.googleServiceAccount ?? account.annotations[emailAnnotation];
  if (email === undefined || ServiceAccountEmail.safeParse(email).success) return ok(email);
  const { namespace, name } = account;
  return failed(
    invalid(
      'SourceInvalid',
      `annotation ${emailAnnotation} of ServiceAccount ${namespace}/${name} is no e-mail address of a Google service account, such as etl@etl-prod.iam.gserviceaccount.com`,
    ),
  );
}

async function onward(
  spec: GcpSmSpec,
  email: string | undefined,
  grant: Result<Grant>,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Grant>> {
  if (email === undefined) return grant;
  return andThen(grant, first => actAs(spec, email, first, ports, signal));
}

async function sessionOf(spec: GcpSmSpec, grant: Grant, ports: ProviderPorts): Promise<ProviderSession> {
  const client = await createClient(spec, grant.token, ports.http);
  const store = { spec, client, name: storeName(spec), principal: grant.principal };
  return {
    expiresAt: grant.expiresAt,
    read: (request, signal) => readSecret(store, request, signal),
    list: (request, signal) => listKeys(store, request, signal),
    close: () => Promise.resolve(), // such a token cannot be revoked: it ends by itself
  };
}
