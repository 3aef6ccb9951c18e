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
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** From Retry-After, seconds or date; bounded to an hour. */
  readonly retryAfterMs?: number;
}

/** Why there is no answer. Never carries the lower layer's text. */
export type HttpFault =
  /** The address is closed to this source by the egress rules; `rule` names the rule in our words. */
  | { readonly kind: 'egress'; readonly rule: string }
  | { readonly kind: 'redirect' }
  | { readonly kind: 'body-too-large' }
  | { readonly kind: 'deadline' }
  /** The certificate does not verify against the CA bundle, or has expired. */
  | { readonly kind: 'tls'; readonly why: 'untrusted' | 'expired' | 'wrong-host' | 'handshake' }
  /** Refused, reset, no such host, half a body. */
  | { readonly kind: 'network'; readonly why: 'refused' | 'reset' | 'unresolved' | 'truncated' | 'other' }
  /** The proxy between cannot be reached, wants a login, or did not connect. */
  | { readonly kind: 'proxy'; readonly why: 'unreachable' | 'login' | 'refused' }
  | { readonly kind: 'aborted' };
