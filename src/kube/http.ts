import type { Dispatcher } from 'undici';
import { pause } from '../async/deadline.ts';
import type { Priority } from '../async/priority.ts';
import type { Semaphore } from '../async/semaphore.ts';
import { systemClock } from '../core/clock.ts';
import { isJsonObject, parseUntyped } from '../core/untyped.ts';
import { type CallLimits, collect } from '../net/collect.ts';
import type { HttpFault } from '../net/http.ts';
import { parseRetryAfter } from '../net/retry-after.ts';
import type { CallOptions } from './api.ts';
import type { AuthHeaders } from './credentials.ts';

/** One call to the API server: whatever may safely be tried again has been, within the deadline. */
export type RoundTrip = (request: ApiRequest, options: CallOptions) => Promise<Answer>;

/** Who calls. Without `renew` a 401 is final. */
export interface RequestIdentity {
  headers(): Promise<AuthHeaders>;
  renew?(): Promise<void>;
}

const defaultDeadlineMs = 10_000;
/** A Retry-After of zero must not turn into a loop. */
const leastWaitMs = 100;

export function createRoundTrip(endpoint: Endpoint, identity: RequestIdentity): RoundTrip {
  return async (request, { signal, deadlineMs = defaultDeadlineMs }) => {
    const end = performance.now() + deadlineMs;
    const left = (): CallLimits => ({ signal, deadlineMs: end - performance.now() });
    const attempts: Attempts = { renewed: false, resent: false };
    let answer: Answer;
    do answer = await sendOnce(endpoint, await identity.headers(), request, left());
    while (await mayRetry(answer, request, identity, attempts, left()));
    return answer;
  };
}

/** Called with each answer: a status, or `lost`. */
export type CallObserver = (request: Pick<ApiRequest, 'method' | 'path'>, code: string, tookMs: number) => void;

/** A round trip whose calls are counted. */
export function instrumented(call: RoundTrip, observe: CallObserver): RoundTrip {
  return async (request, options) => {
    const begun = performance.now();
    const answer = await call(request, options);
    observe(request, answer.kind === 'no-response' ? 'lost' : `${answer.status}`, performance.now() - begun);
    return answer;
  };
}

/** A round trip whose calls wait for a slot, by priority, and round robin by namespace. */
export function limited(call: RoundTrip, slots: Semaphore): RoundTrip {
  return async (request, options) => {
    const { priority = 'normal', signal } = options;
    const [, group = ''] = /\/namespaces\/([^/]+)\//.exec(request.path) ?? [];
    const release = await slots.acquire({ priority, group, signal });
    if (release === undefined) return { kind: 'no-response' };
    try {
      return await call(request, options);
    } finally {
      release();
    }
  };
}

/** A round trip whose calls are of this priority, unless a call says otherwise. */
export const prioritized =
  (call: RoundTrip, priority: Priority): RoundTrip =>
  (request, options) =>
    call(request, { priority, ...options });

interface Attempts {
  renewed: boolean;
  resent: boolean;
}

/** 401 and 429 say that nothing was done, so any request may be sent again; one without a response only if it is a GET. */
async function mayRetry(
  answer: Answer,
  request: ApiRequest,
  identity: RequestIdentity,
  attempts: Attempts,
  limits: CallLimits,
): Promise<boolean> {
  if (limits.signal.aborted || limits.deadlineMs <= 0) return false;
  if (answer.kind === 'no-response')
    return request.method === 'GET' && !answer.tooLarge && firstTime(attempts, 'resent');
  if (answer.status === 401 && identity.renew !== undefined && firstTime(attempts, 'renewed')) {
    await identity.renew();
    return true;
  }
  if (answer.status === 429) return waitedFor(answer.retryAfterMs ?? 1000, limits);
  return false;
}

function firstTime(attempts: Attempts, what: keyof Attempts): boolean {
  if (attempts[what]) return false;
  attempts[what] = true;
  return true;
}

/** Up to a quarter longer than asked, so that those who were refused together do not come back together. */
async function waitedFor(retryAfterMs: number, { signal, deadlineMs }: CallLimits): Promise<boolean> {
  const wait = Math.max(retryAfterMs, leastWaitMs) * (1 + Math.random() / 4);
  if (wait >= deadlineMs) return false;
  await pause(wait, signal);
  return true;
}

/** One request as it goes over the wire. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query, without the prefix of a proxy in front. */
  readonly path: string;
  readonly accept?: string;
  readonly body?: { readonly type: string; readonly json: unknown };
  /** A longer answer is not read to its end. */
  readonly maxBytes?: number;
}

/**
 * `no-response`: reset, timeout, or not an answer of the API server. Whether a write took effect is then not known.
 * `tooLarge`: it was longer than the request allows.
 */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: unknown;
      /** Of the body. */
      readonly bytes?: number;
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'no-response'; readonly tooLarge?: true };

/** Connections to the API server, and the path that a proxy in front of it wants first. */
export interface Endpoint {
  readonly dispatcher: Dispatcher;
  readonly prefix: string;
}

/** Sends once, and parses the body once. */
export async function sendOnce(
  endpoint: Endpoint,
  headers: AuthHeaders,
  request: ApiRequest,
  limits: CallLimits,
): Promise<Answer> {
  let left = request.maxBytes ?? Number.POSITIVE_INFINITY;
  const chunk = (bytes: number): HttpFault | undefined => {
    left -= bytes;
    return left < 0 ? { kind: 'body-too-large' } : undefined;
  };
  try {
    const options = requestOptions(endpoint, headers, request);
    const received = await collect(endpoint.dispatcher, options, { ...limits, chunk }).answer;
    const { status } = received;
    const body = parseUntyped(received.body.toString('utf8'));
    const retryAfterMs = retryAfter(received.headers);
    // A success that is no object (an error page of something in between, half a body) is no answer.
    if (status < 300 && !isJsonObject(body)) return { kind: 'no-response' };
    return {
      kind: 'answered',
      status,
      body,
      bytes: received.body.length,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  } catch {
    return left < 0 ? { kind: 'no-response', tooLarge: true } : { kind: 'no-response' };
  }
}

/** Resolves at the headers, for a body that is read as it comes; throws what undici throws. */
export function openStream(
  endpoint: Endpoint,
  headers: AuthHeaders,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  return endpoint.dispatcher.request({ ...requestOptions(endpoint, headers, request), signal });
}

/** A redirect is never followed: it is an answer, and no success. */
function requestOptions(
  { prefix }: Endpoint,
  auth: AuthHeaders,
  { method, path, accept = 'application/json', body }: ApiRequest,
): Dispatcher.DispatchOptions {
  const target = { method, path: prefix + path };
  if (body === undefined) return { ...target, headers: { ...auth, accept } };
  const headers = { ...auth, accept, 'content-type': body.type };
  return { ...target, headers, body: JSON.stringify(body.json) };
}

/** Milliseconds; longer than anything the API server asks for. */
const longestRetryAfterMs = 300_000;

/** Milliseconds that an answer asks to be left alone for. */
export const retryAfter = (headers: Dispatcher.ResponseData['headers']): number | undefined =>
  parseRetryAfter(headers['retry-after'], systemClock, longestRetryAfterMs);
