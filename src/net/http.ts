import type { Result } from '../core/result.ts';

/** HTTP to one source. Redirects are never followed, bodies are bounded, every call has a deadline. */
export interface ProviderHttp {
  request(call: HttpCall, signal: AbortSignal): Promise<Result<HttpAnswer, HttpFault>>;
}

export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Of a longer answer only so much is handed on; default: all of it. */
  readonly maxBodyBytes?: number;
  /** In whose share of memory the answer is received; default: that of the source. */
  readonly tenant?: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** From Retry-After, seconds or date; bounded to an hour. */
  readonly retryAfterMs?: number;
}

/** Whoever refuses says it in less, and so does whoever hands out a token. */
export const briefBytes = 64 * 1024;

/**
 * An answer without what nobody reads: a stranger's server could send more with a refusal, or in the place of a token,
 * than is good to look at. What is cut off is no JSON any more, and so is taken for what it is: another API's answer.
 */
export function cut({ maxBodyBytes = Number.POSITIVE_INFINITY }: HttpCall, answer: HttpAnswer): HttpAnswer {
  const most = answer.status >= 400 ? Math.min(briefBytes, maxBodyBytes) : maxBodyBytes;
  return answer.body.length > most ? { ...answer, body: answer.body.subarray(0, most) } : answer;
}

/** For calls that log in. */
export const brief = (http: ProviderHttp): ProviderHttp => ({
  request: (call, signal) => http.request({ ...call, maxBodyBytes: briefBytes }, signal),
});

/** Why there is no answer. Never carries the lower layer's text. */
export type HttpFault =
  /** The address is closed to this source by the egress rules; `rule` names the rule in our words. */
  | { readonly kind: 'egress'; readonly rule: string }
  | { readonly kind: 'redirect' }
  | { readonly kind: 'body-too-large' }
  /** Other answers for the same tenant fill its share of memory now. */
  | { readonly kind: 'no-room' }
  | { readonly kind: 'deadline' }
  /** The certificate does not verify against the CA bundle, or has expired. */
  | { readonly kind: 'tls'; readonly why: 'untrusted' | 'expired' | 'wrong-host' | 'handshake' }
  /** Refused, reset, no such host, half a body. */
  | { readonly kind: 'network'; readonly why: 'refused' | 'reset' | 'unresolved' | 'truncated' | 'other' }
  /** The proxy between cannot be reached, wants a login, or did not connect. */
  | { readonly kind: 'proxy'; readonly why: 'unreachable' | 'login' | 'refused' }
  | { readonly kind: 'aborted' };
