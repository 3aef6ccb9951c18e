import type { ClientSecretCredentialOptions } from '@azure/identity';
import type { HttpAnswer } from '../../net/http.ts';
import { isFitForSdk } from '../kit/json-body.ts';

/** What Microsoft's SDKs take in the place of their own HTTP client. */
export type HttpClient = NonNullable<ClientSecretCredentialOptions['httpClient']>;
export type SdkRequest = Parameters<HttpClient['sendRequest']>[0];
export type SdkResponse = Awaited<ReturnType<HttpClient['sendRequest']>>;
type SdkHeaders = SdkResponse['headers'];

/** The headers that the SDK wants to send. Its own agent and proxy settings are for its own client, and are left out. */
export const headersOf = (request: SdkRequest): Readonly<Record<string, string>> => request.headers.toJSON();

export const bodyOf = (request: SdkRequest): string | undefined =>
  typeof request.body === 'string' ? request.body : undefined;

/** An answer as the SDK reads it. Throws on bytes that are not UTF-8, which would be replaced in silence, and on what is too much for it. */
export function toSdk(request: SdkRequest, { status, headers, body }: HttpAnswer): SdkResponse {
  if (!isFitForSdk(body)) throw new Error('the answer is not one that the SDK may parse');
  return { request, status, headers: sdkHeaders(headers), bodyAsText: utf8.decode(body) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `given` has its names in lower case. */
function sdkHeaders(given: Readonly<Record<string, string>>): SdkHeaders {
  const map = new Map(Object.entries(given));
  return {
    get: name => map.get(name.toLowerCase()),
    has: name => map.has(name.toLowerCase()),
    set: (name, value) => void map.set(name.toLowerCase(), `${value}`),
    delete: name => void map.delete(name.toLowerCase()),
    toJSON: () => Object.fromEntries(map),
    [Symbol.iterator]: () => map.entries(),
  };
}
