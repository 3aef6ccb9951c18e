import type { Result } from '../../core/result.ts';
import type { HttpAnswer, HttpFault } from '../../net/http.ts';
import type { GcpSmSpec } from './spec.ts';

/** One logged-in identity at one Secret Manager: what every step after the login needs. */
export interface Store {
  readonly spec: GcpSmSpec;
  readonly client: SecretManager;
  /** In messages: `Secret Manager of project etl-prod`. */
  readonly name: string;
  /** Whom IAM policies have to name. */
  readonly principal: string;
}

/** One identity at one Secret Manager. */
export interface SecretManager {
  /** What the SDK made of a 200 answer, still to be parsed; or why there is none. */
  call(method: Method, request: Request, signal: AbortSignal): Promise<Result<unknown, NoReply>>;
}

export type Method = 'accessSecretVersion' | 'listSecretVersions' | 'listSecrets';
export type Request = Readonly<Record<string, string | number>>;

export type NoReply =
  | { readonly kind: 'refused'; readonly answer: HttpAnswer }
  | { readonly kind: 'no-answer'; readonly fault: HttpFault }
  /** 200, and a body that is not Google's. */
  | { readonly kind: 'nonsense' };
