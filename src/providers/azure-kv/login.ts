import { mapOk, type Result } from '../../core/result.ts';
import type { ProviderPorts, ProviderSession } from '../provider.ts';
import type { Vault } from './client.ts';
import { cloudOf, scopeOf } from './clouds.ts';
import { type AccessToken, requestToken } from './entra.ts';
import type { Reader } from './faults.ts';
import { listSecrets } from './list.ts';
import { principalOf } from './principal.ts';
import { readObject } from './read.ts';
import { describe } from './refusals.ts';
import type { AzureKvSpec } from './spec.ts';

/** One login, with one token for the life of the session: when it ends there is a new login. */
export async function login(
  spec: AzureKvSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  const principal = await principalOf(spec, ports, signal);
  if (!principal.ok) return principal;
  const authorityHost = new URL(spec.authorityHost ?? cloudOf(spec.vaultUrl).authorityHost).origin;
  const wish = { principal: principal.value, authorityHost, scope: scopeOf(spec.vaultUrl) };
  const token = await requestToken(wish, ports, signal);
  const { origin, host } = new URL(spec.vaultUrl);
  const reader = { vault: `Key Vault ${host}`, who: describe(principal.value) };
  return mapOk(token, granted => session({ url: origin, token: granted.text, http: ports.http }, reader, granted));
}

function session(vault: Vault, reader: Reader, { expiresAt }: AccessToken): ProviderSession {
  return {
    expiresAt,
    // The token has the groups that the application was in, and Azure RBAC grants by groups as well.
    rightsFromLogin: true,
    read: (request, signal) => readObject(vault, reader, request, signal),
    list: (request, signal) => listSecrets(vault, reader, request, signal),
    close: () => Promise.resolve(), // Entra revokes no token of an application
  };
}
