import type { Dispatcher } from 'undici';
import { isJsonObject, parseJson } from './json.ts';
import type { LoginHeaders } from './login.ts';
import { retryAfter } from './retry-after.ts';

/** One request as it goes over the wire. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query, without the prefix of a proxy in front. */
  readonly path: string;
  readonly accept?: string;
  readonly body?: { readonly type: string; readonly json: unknown };
}

/** `lost`: reset, timeout, or not an answer of the API server. Whether a write took effect is then not known. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown; readonly retryAfterMs?: number }
  | { readonly kind: 'lost' };

/** Connections to the API server, and the path that a proxy in front of it wants first. */
export interface Link {
  readonly dispatcher: Dispatcher;
  readonly prefix: string;
}

/** Sends once, and parses the body once. */
export async function exchange(
  link: Link,
  headers: LoginHeaders,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const answer = await send(link, headers, request, signal);
    const body = parseJson(await answer.body.text());
    const retryAfterMs = retryAfter(answer.headers['retry-after']);
    // A success that is no object (an error page of something in between, half a body) tells nothing.
    if (answer.statusCode < 300 && !isJsonObject(body)) return { kind: 'lost' };
    return {
      kind: 'answered',
      status: answer.statusCode,
      body,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  } catch {
    return { kind: 'lost' };
  }
}

/** Resolves at the headers; throws what undici throws. A redirect is never followed: it is an answer, and no success. */
export function send(
  { dispatcher, prefix }: Link,
  login: LoginHeaders,
  { method, path, accept = 'application/json', body }: ApiRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const target = { method, path: prefix + path, signal };
  if (body === undefined) return dispatcher.request({ ...target, headers: { ...login, accept } });
  const headers = { ...login, accept, 'content-type': body.type };
  return dispatcher.request({ ...target, headers, body: JSON.stringify(body.json) });
}
