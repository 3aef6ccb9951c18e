import * as z from 'zod';
import type { Fault } from '../../core/fault.ts';
import { accessDenied, throttled, unavailable } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { HttpFault } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import { ErrorText } from '../kit/json-body.ts';
import { NoAnswer, waitHeader } from './sdk.ts';

/** Why a call gave nothing. AWS's own words are only matched, never shown. */
export type Refusal =
  | { readonly kind: 'no-answer'; readonly fault: HttpFault }
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** `AccessDeniedException`; what is not from AWS has none that we know. */
      readonly code: string;
      readonly text: string;
      readonly retryAfterMs?: number;
    };

/** Sends, and takes what the SDK throws for what it is: an answer. Anything else that is thrown is a bug. */
export async function answerOf<T>(
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  signal: AbortSignal,
): Promise<Result<T, Refusal>> {
  try {
    return ok(await send({ abortSignal: signal }));
  } catch (thrown) {
    if (signal.aborted) return failed({ kind: 'no-answer', fault: { kind: 'aborted' } });
    if (thrown instanceof NoAnswer) return failed({ kind: 'no-answer', fault: thrown.fault });
    const parsed = Thrown.safeParse(thrown);
    if (!parsed.success) throw new Error('the AWS SDK failed before it had an answer');
    return failed(refused(parsed.data));
  }
}

/** An error that the SDK made from an answer, be it one of AWS's or nonsense. */
const Thrown = z.object({
  name: ErrorText,
  message: ErrorText,
  $metadata: z.object({ httpStatusCode: z.number() }),
  $response: z.object({ headers: z.record(z.string(), z.string()) }),
});

function refused({ name, message, $metadata, $response }: z.infer<typeof Thrown>): Refusal {
  const wait = $response.headers[waitHeader];
  const retryAfter = wait === undefined ? {} : { retryAfterMs: Number(wait) };
  return { kind: 'refused', status: $metadata.httpStatusCode, code: name, text: message, ...retryAfter };
}

/** What a refusal means wherever it appears; undefined when it depends on what was asked. */
export function commonFault(store: string, refusal: Refusal): Fault | undefined {
  if (refusal.kind === 'no-answer') return transportFault(store, refusal.fault);
  const { status, code, text, retryAfterMs } = refusal;
  if (status === 429 || throttling.test(code)) return throttled(`${store} asks for fewer requests`, retryAfterMs);
  if (status >= 500 || ownProblem.test(code)) return unavailable(`${store} has a problem of its own (${status})`);
  if (/RequestTimeTooSkewed|RequestExpired/.test(code) || skewed.test(text)) return wrongClock(store);
  if (isOfAws(refusal)) return undefined;
  return status === 401 || status === 403 ? refusedInBetween(store, status) : notAws(store, status);
}

const throttling =
  /throttl|TooManyRequests|RequestLimitExceeded|BandwidthLimitExceeded|SlowDown|PriorRequestNotComplete/i;
const ownProblem = /^(InternalServiceError|InternalServerError|InternalFailure|ServiceUnavailable)/;
const skewed = /signature (expired|not yet current)/i;

/** The SDK has learnt the store's time from this answer, so the next call is signed with that. */
const wrongClock = (store: string): Fault =>
  unavailable(`${store} finds the clock of the operator wrong; the next call goes by the store's own`);

/** All that AWS refuses has a code; pages of proxies and other APIs have none. */
const isOfAws = ({ code }: { readonly code: string }): boolean => /^[A-Z][A-Za-z.]+$/.test(code) && !unnamed.has(code);
const unnamed: ReadonlySet<string> = new Set([
  'Error',
  'Unknown',
  'UnknownError',
  'SyntaxError',
  'TypeError',
  'RangeError',
]);

/** An answer that the API does not have. */
export const notAws = (store: string, status: number): Fault =>
  unavailable(`${store} gave an answer (status ${status}) that is not AWS's: is a proxy or login page in between?`);

const refusedInBetween = (store: string, status: number): Fault =>
  accessDenied(`${store} refused (status ${status}) without AWS's reason: look at what is in between`);

/** The keys have ended, or are unknown: the store does not know this login any more. */
export const isDeadLogin = (refusal: Refusal): boolean =>
  refusal.kind === 'refused' && /^(ExpiredToken|UnrecognizedClient|InvalidClientTokenId)/.test(refusal.code);

/** The secret key does not belong to its id, or something in between changes what was signed. */
export const isBadSignature = (refusal: Refusal): boolean =>
  refusal.kind === 'refused' && /^(InvalidSignature|SignatureDoesNotMatch|IncompleteSignature)/.test(refusal.code);

/** AWS's code, for matching; empty when there is no answer. */
export const codeOf = (refusal: Refusal): string => (refusal.kind === 'refused' ? refusal.code : '');

/** Whether AWS's sentence has these words. */
export const says = (refusal: Refusal, words: RegExp): boolean =>
  refusal.kind === 'refused' && words.test(refusal.text);
