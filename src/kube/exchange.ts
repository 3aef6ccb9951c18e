import type { Dispatcher } from 'undici';
import { collect } from '../net/collect.ts';
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
    const {
      status,
      headers: told,
      body: bytes,
    } = await collect(link.dispatcher, onTheWire(link, headers, request), signal);
    const body = parseJson(bytes.toString('utf8'));
    const retryAfterMs = retryAfter(told['retry-after']);
    // A success that is no object (an error page of something in between, half a body) tells nothing.
    if (status < 300 && !isJsonObject(body)) return { kind: 'lost' };
    return {
      kind: 'answered',
      status,
      body,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  } catch {
    return { kind: 'lost' };
  }
}

/** Resolves at the headers, for a body that is read as it comes; throws what undici throws. */
export function send(
  link: Link,
  headers: LoginHeaders,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  return link.dispatcher.request({ ...onTheWire(link, headers, request), signal });
}

/** A redirect is never followed: it is an answer, and no success. */
function onTheWire(
  { prefix }: Link,
  login: LoginHeaders,
  { method, path, accept = 'application/json', body }: ApiRequest,
): Dispatcher.DispatchOptions {
  const target = { method, path: prefix + path };
  if (body === undefined) return { ...target, headers: { ...login, accept } };
  const headers = { ...login, accept, 'content-type': body.type };
  return { ...target, headers, body: JSON.stringify(body.json) };
}
