import * as z from 'zod';
import { SecretValue } from '../../core/secret-value.ts';
import { ErrorText } from '../kit/json-body.ts';

/** The parts of Google's answers that are used. Their texts are matched against known words, and never shown. */

/** A token, and the seconds that it lives. */
export interface TokenAnswer {
  readonly token: SecretValue;
  readonly seconds: number;
}

const token = z
  .string()
  .max(16_384)
  .regex(/^[\x21-\x7e]+$/)
  .transform(text => SecretValue.fromText(text));

/** How the token service, OAuth and the metadata server answer. */
export const OAuthToken: z.ZodType<TokenAnswer> = z
  .object({ access_token: token, expires_in: z.number().positive() })
  .transform(({ access_token, expires_in }) => ({ token: access_token, seconds: expires_in }));

/** What is asked of IAM, and what it gives: seconds, so that no two clocks have to agree. */
export const impersonatedSeconds = 3600;

export const GeneratedToken: z.ZodType<TokenAnswer> = z
  .object({ accessToken: token })
  .transform(({ accessToken }) => ({ token: accessToken, seconds: impersonatedSeconds }));

/** How the token service and OAuth say no. */
export const OAuthError = z.object({ error: ErrorText, error_description: ErrorText.default('') });

/** google.rpc.Status: how all else says no. */
export const RpcStatus = z.object({
  error: z.object({
    status: z.string(),
    message: ErrorText.default(''),
    details: z.array(z.looseObject({})).default([]),
  }),
});

/** google.rpc.ErrorInfo and google.rpc.RetryInfo, two of the details of such an answer. */
export const ErrorInfo = z.object({ reason: z.string() });
export const RetryInfo = z.object({ retryDelay: z.string().regex(/^[0-9]{1,6}(\.[0-9]{1,9})?s$/) });

/**
 * What a 200 answer to our calls looks like. The SDK leaves out what it does not know, and would take the JSON of
 * anybody for an empty list.
 */
export const GoogleAnswer = z
  .looseObject({})
  .refine(answer => Object.keys(answer).length === 0 || fields.some(field => field in answer));
const fields = ['name', 'payload', 'secrets', 'versions', 'nextPageToken', 'totalSize'];

/** What the SDK makes of such answers. Google leaves out what is empty. */
export const AccessedVersion = z.object({
  name: z.string(),
  payload: z.object({ data: z.instanceof(Uint8Array).nullish(), dataCrc32c: z.string().nullish() }).nullish(),
});

export const VersionList = z.object({
  versions: z.array(z.object({ name: z.string(), state: z.union([z.string(), z.number()]).optional() })).default([]),
  nextPageToken: z.string().default(''),
});

export const SecretList = z.object({
  secrets: z.array(z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) })).default([]),
  nextPageToken: z.string().default(''),
});
