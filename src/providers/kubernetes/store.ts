import type { Result } from '../../core/result.ts';
import { failed, ok } from '../../core/result.ts';
import type { HttpAnswer, ProviderHttp } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';

/** One identity at one API server: what every step after the login needs. */
export interface Store {
  /** In messages: `the API server at api.example.com:6443`. */
  readonly name: string;
  /** Base URL, without a slash at its end. */
  readonly address: string;
  readonly http: ProviderHttp;
  readonly token: string;
  /** As whom the API server takes the token, in messages: `ServiceAccount etl/reader`. */
  readonly subject: string;
}

export interface KubernetesCall {
  readonly path: string;
  readonly accept?: string;
  /** JSON. Absent: a GET. */
  readonly body?: string;
}

/** One call with the token of the login. Whatever the status: an answer. */
export async function call(
  store: Pick<Store, 'name' | 'address' | 'http' | 'token'>,
  { path, accept = 'application/json', body }: KubernetesCall,
  signal: AbortSignal,
): Promise<Result<HttpAnswer>> {
  const headers = { authorization: `Bearer ${store.token}`, accept };
  const url = `${store.address}${path}`;
  const request =
    body === undefined
      ? { method: 'GET', url, headers }
      : { method: 'POST', url, headers: { ...headers, 'content-type': 'application/json' }, body };
  const reply = await store.http.request(request, signal);
  return reply.ok ? ok(reply.value) : failed(transportFault(store.name, reply.fault));
}
