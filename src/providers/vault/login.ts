import type { Fault } from '../../core/fault.ts';
import { authFailed } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import { failed, ok } from '../../core/result.ts';
import { brief, type HttpAnswer, type ProviderHttp } from '../../net/http.ts';
import { credentialText } from '../kit/credentials.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ObjectField, ProviderPorts, ProviderSession } from '../provider.ts';
import { LoginAnswer, SecretIdAnswer, TokenAnswer } from './answers.ts';
import type { LoginCall } from './auth.ts';
import { loginCall } from './auth.ts';
import { createVaultClient, type TokenUses, tokenUses } from './client.ts';
import { notVault, saysOneOf, statusFault } from './faults.ts';
import { checkPath, encodePath } from './keys.ts';
import { createSession } from './session.ts';
import type { VaultSpec } from './spec.ts';
import type { Store } from './store.ts';
import { loginNamespace, storeName } from './store.ts';

/** One login with whichever method the source has, and the session that it gives. */
export async function login(
  spec: VaultSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  const call = await loginCall(spec, ports, signal);
  if (!call.ok) return call;
  if (call.value) return loginWith(spec, call.value, ports, signal);
  return spec.auth.token
    ? adopt(spec, spec.auth.token.secretRef, ports, signal)
    : failed(authFailed('no login is configured'));
}

async function loginWith(
  spec: VaultSpec,
  call: LoginCall,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  const started = ports.clock.steady();
  const reply = await storeFor(spec, ports, '').account.post(`auth/${encodePath(call.mount)}/login`, call.body, signal);
  if (!reply.ok) return failed(transportFault(storeName(spec), reply.fault));
  const auth = reply.value.status === 200 ? parseBody(LoginAnswer, reply.value)?.auth : undefined;
  if (!auth) return failed(refusal(spec, call, reply.value));
  const store = storeFor(spec, ports, auth.client_token, tokenUses(auth.num_uses));
  const service = auth.token_type !== 'batch';
  // A token that is good for one request keeps it for a read.
  const secretId = auth.num_uses === 1 ? 'unknown' : await secretIdLeft(store, call, auth.metadata?.role_name, signal);
  return ok(
    createSession(store, {
      ...(auth.lease_duration > 0 && { expiresAt: started + auth.lease_duration * 1000 }),
      renewable: auth.renewable && service,
      revocable: service,
      irreplaceable: secretId === 'used-up',
      rightsFromLogin: secretId !== 'counted',
    }),
  );
}

/** A token that somebody made: it is looked at, so that a dead one is known now and not at the first read. */
async function adopt(
  spec: VaultSpec,
  field: ObjectField,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  const token = await credentialText(ports, field, signal);
  if (!token.ok) return token;
  const started = ports.clock.steady();
  const { account } = storeFor(spec, ports, token.value);
  const reply = await account.get('auth/token/lookup-self', signal);
  if (!reply.ok) return failed(transportFault(storeName(spec), reply.fault));
  const data = reply.value.status === 200 ? parseBody(TokenAnswer, reply.value)?.data : undefined;
  const who = `the token in Secret "${field.name}"`;
  const hint = 'it has ended or was revoked, or its policy lacks read on auth/token/lookup-self';
  if (!data) return failed(refusal(spec, { mount: 'token', body: {}, who, hint }, reply.value));
  const store = storeFor(spec, ports, token.value, tokenUses(data.num_uses));
  return ok(
    createSession(store, {
      ...(data.ttl > 0 && { expiresAt: started + data.ttl * 1000 }),
      renewable: data.renewable === true && data.type !== 'batch',
      revocable: false,
      irreplaceable: false,
      rightsFromLogin: false,
    }),
  );
}

function storeFor(spec: VaultSpec, { http, clock }: ProviderPorts, token: string, uses?: TokenUses): Store {
  const clientIn = (namespace: string | undefined, by: ProviderHttp) =>
    createVaultClient({ address: spec.address, namespace, token, http: by, ...(uses && { uses }) });
  const client = clientIn(spec.namespace, http);
  const account = clientIn(spec.auth.namespace === undefined ? spec.namespace : loginNamespace(spec), brief(http));
  return { name: storeName(spec), spec, clock, client, account, ...(uses && { uses }) };
}

/** Which part of a login was refused, where the store lets it be known; its own words are only matched, never shown. */
function refusal(spec: VaultSpec, { mount, who, hint }: LoginCall, answer: HttpAnswer): Fault {
  const store = storeName(spec);
  const known = statusFault(store, answer);
  if (known) return known;
  if (![400, 403, 404, 405].includes(answer.status)) return notVault(store, answer.status);
  const check = refusals.find(([sentence]) => saysOneOf(answer, sentence))?.[1] ?? hint;
  const namespace = loginNamespace(spec);
  const where = namespace === undefined ? 'the root namespace' : `namespace "${namespace}"`;
  return authFailed(`${store} refused the login of ${who} on auth/${mount} in ${where}: ${check}`);
}

const refusals: readonly (readonly [RegExp, string])[] = [
  [/namespace not found/i, 'there is no such namespace'],
  [/no handler for route/i, 'no auth method is mounted there'],
  [/could not load (configuration|backend)/i, 'the auth method is not configured yet'],
  [/invalid role name|role "[^"]*" could not be found/i, 'there is no such role'],
  [/service account name not authorized/i, "the role's bound_service_account_names do not have it"],
  [/namespace not authorized/i, "the role's bound_service_account_namespaces do not have it"],
  [/audience/i, "the token's audience is not the one that the role is bound to"],
  [/sub claim|bound_subject/i, "the role's bound_subject is another"],
];

/**
 * What is left of a secret id after a login: nothing, or a number of logins, which are not spent on a hope. The role may
 * not be allowed to ask: then nothing is known.
 */
async function secretIdLeft(
  { account }: Store,
  call: LoginCall,
  role: unknown,
  signal: AbortSignal,
): Promise<'used-up' | 'counted' | 'unknown'> {
  const { secret_id } = call.body;
  if (secret_id === undefined || typeof role !== 'string' || !checkPath('role', role).ok) return 'unknown';
  const path = `auth/${encodePath(call.mount)}/role/${encodePath(role)}/secret-id/lookup`;
  const reply = await account.post(path, { secret_id }, signal);
  if (!reply.ok) return 'unknown';
  if (reply.value.status === 204) return 'used-up'; // the store's way to say that it knows no such secret id any more
  return (parseBody(SecretIdAnswer, reply.value)?.data.secret_id_num_uses ?? 0) > 0 ? 'counted' : 'unknown';
}
