import type { ZodType } from 'zod';
import type { Fault } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { SecretValue } from '../../core/secret-value.ts';
import { brief, type HttpAnswer, type HttpCall } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ProviderPorts } from '../provider.ts';
import type { TokenAnswer } from './answers.ts';
import { busyFault } from './faults.ts';

/** What a login gave. */
export interface Grant {
  readonly token: SecretValue;
  /** Steady milliseconds, counted from before the call, so that we never believe in it longer than Google. */
  readonly expiresAt: number;
  /** Whom IAM policies have to name: `serviceAccount:etl@etl-prod.iam.gserviceaccount.com`. For messages. */
  readonly principal: string;
}

/** One call that is answered with a token. */
export interface TokenCall {
  /** In messages: `Google's token service at sts.googleapis.com`. */
  readonly server: string;
  readonly call: HttpCall;
  readonly answer: ZodType<TokenAnswer>;
  readonly principal: string;
  /** What an answer without a token means, unless the server was just busy. */
  readonly refusal: (answer: HttpAnswer) => Fault;
}

/** One token by one request. Nothing renews it: a session that ends is followed by a new login. */
export async function callForToken(
  { server, call, answer, principal, refusal }: TokenCall,
  { http, clock }: Pick<ProviderPorts, 'http' | 'clock'>,
  signal: AbortSignal,
): Promise<Result<Grant>> {
  const started = clock.steady();
  const reply = await brief(http).request(call, signal);
  if (!reply.ok) return failed(transportFault(server, reply.fault));
  const given = reply.value.status === 200 ? parseBody(answer, reply.value) : undefined;
  if (!given) return failed(busyFault(server, reply.value) ?? refusal(reply.value));
  return ok({ token: given.token, expiresAt: started + given.seconds * 1000, principal });
}

/** A form as OAuth wants it. */
export const form = (url: string, fields: Readonly<Record<string, string>>): HttpCall => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

export const bearer = (token: SecretValue): string => `Bearer ${token.revealText() ?? ''}`;

/** All of Google Cloud: what a token may do is decided by IAM alone. */
export const scope = 'https://www.googleapis.com/auth/cloud-platform';
