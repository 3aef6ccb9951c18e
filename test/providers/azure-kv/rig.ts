import { invalidSpec } from '../../../src/core/fault.ts';
import { failed, ok, type Result } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import type { HttpAnswer, HttpCall, HttpFault } from '../../../src/net/http.ts';
import { azureKv } from '../../../src/providers/azure-kv/index.ts';
import { AzureKvSpec } from '../../../src/providers/azure-kv/spec.ts';
import type { ProviderPorts, ProviderSession } from '../../../src/providers/provider.ts';
import { canary } from '../../canary.ts';
import { wire } from '../wire.ts';

export const never = new AbortController().signal;
export const clientId = '11111111-0000-4000-8000-000000000001';
export const tenantId = '22222222-0000-4000-8000-000000000002';
export const vaultUrl = 'https://etl.vault.azure.net';
export const version = '0123456789abcdef0123456789abcdef';

export const serviceAccountRef = { name: 'app' };
export const workloadIdentity = { clientId, tenantId, serviceAccountRef };
export const servicePrincipal = { clientId, tenantId, clientSecretRef: { name: 'azure', key: 'secret' } };

/** Parsed as the controller does it, defaults and all. */
export const spec = (more: object = {}): AzureKvSpec =>
  AzureKvSpec.parse({ vaultUrl, auth: { workloadIdentity }, ...more });

export type Reply = Result<HttpAnswer, HttpFault>;

/** What came back over the wire. */
export function reply(body: unknown, status = 200, retryAfterMs?: number): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' };
  return ok({ status, headers, body: Buffer.from(text), ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

export const granted = reply({ token_type: 'Bearer', access_token: `token-${canary}`, expires_in: 3600 });

export const secret = (value: unknown, more: object = {}) =>
  reply({ value, id: `${vaultUrl}/secrets/x/${version}`, attributes: { enabled: true }, ...more });

export const vaultError = (status: number, code: string, inner?: string, message = canary) =>
  reply({ error: { code, message, ...(inner && { innererror: { code: inner } }) } }, status);

export interface Rig {
  readonly sent: readonly HttpCall[];
  login(given?: AzureKvSpec, more?: Partial<ProviderPorts>): Promise<Result<ProviderSession>>;
  session(given?: AzureKvSpec): Promise<ProviderSession>;
}

/** The wire of all providers, with a spec and a Secret of Azure's. */
export function rig(answer: (call: HttpCall) => Reply): Rig {
  const { sent, login, session } = wire(azureKv, answer);
  const credential: ProviderPorts['credential'] = async ({ key }) =>
    key === 'secret' ? ok(SecretValue.fromText(`secret-${canary}\n`)) : failed(invalidSpec('no such key'));
  return {
    sent,
    login: (given = spec(), more = {}) => login(given, { credential, ...more }),
    session: (given = spec()) => session(given, { credential }),
  };
}

/** Entra gives a token, and the vault answers so. */
export const vaultRig = (answer: (call: HttpCall) => Reply): Rig =>
  rig(call => (call.method === 'POST' ? granted : answer(call)));
