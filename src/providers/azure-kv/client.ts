import { SecretClient } from '@azure/keyvault-secrets';
import { failed, ok, type Result } from '../../core/result.ts';
import type { HttpAnswer, HttpFault, ProviderHttp } from '../../net/http.ts';
import { type HttpClient, headersOf, toSdk } from './sdk-http.ts';

/** One identity at one vault. */
export interface Vault {
  readonly url: string;
  readonly token: string;
  readonly http: ProviderHttp;
}

/** Why there is no object: no answer, another answer than 200, or a 200 that cannot be read. */
export type Unserved =
  | HttpFault
  | { readonly kind: 'status'; readonly answer: HttpAnswer }
  | { readonly kind: 'nonsense' };

/** An old one, so that the vaults of every cloud have it. */
const apiVersion = '7.4';

/** Asks by the SDK's client for secrets. What the SDK throws by itself means that it did not understand a 200. */
export async function askSdk<T>(
  vault: Vault,
  signal: AbortSignal,
  ask: (client: SecretClient) => Promise<T>,
): Promise<Result<T, Unserved>> {
  try {
    return ok(await ask(clientFor(vault, signal)));
  } catch (thrown) {
    return failed(thrown instanceof NotServed ? thrown.why : { kind: 'nonsense' });
  }
}

/** Asks for what the SDK's client has no word for; `path` begins with a slash. */
export async function askPath(vault: Vault, path: string, signal: AbortSignal): Promise<Result<HttpAnswer, Unserved>> {
  return get(vault, `${vault.url}${path}?api-version=${apiVersion}`, { accept: 'application/json' }, signal);
}

/** Carries our own fault through the SDK. Never leaves this file. */
class NotServed extends Error {
  readonly why: Unserved;

  constructor(why: Unserved) {
    super(why.kind);
    this.why = why;
  }
}

/**
 * A client of its own for each call, because the SDK hands no signal on to the second page of a list.
 * The SDK would ask first without a token, and then for one of the scope that the answer names. Ours is on every
 * request already and any other answer than 200 ends the call, so it never asks.
 */
function clientFor(vault: Vault, signal: AbortSignal): SecretClient {
  const httpClient: HttpClient = {
    sendRequest: async request => {
      const reply = await get(vault, request.url, headersOf(request), signal);
      if (!reply.ok) throw new NotServed(reply.fault);
      return toSdk(request, reply.value);
    },
  };
  const nobody = { getToken: () => Promise.resolve(null) };
  return new SecretClient(vault.url, nobody, {
    httpClient,
    serviceVersion: apiVersion,
    retryOptions: { maxRetries: 0 },
  });
}

/** The one place that sends the token, and to the vault alone: the link to the next page of a list is the vault's word. */
async function get(
  { url: vaultUrl, token, http }: Vault,
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Result<HttpAnswer, Unserved>> {
  if (URL.parse(url)?.origin !== vaultUrl) return failed({ kind: 'redirect' });
  const reply = await http.request(
    { method: 'GET', url, headers: { ...headers, authorization: `Bearer ${token}` } },
    signal,
  );
  if (!reply.ok || reply.value.status === 200) return reply;
  return failed({ kind: 'status', answer: reply.value });
}
