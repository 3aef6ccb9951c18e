import * as z from 'zod';
import { ErrorText } from '../kit/json-body.ts';

/** How the API says no. The code is a word; for tokens that are none it is the status. */
export const Refusal = z.object({
  error_code: z.union([ErrorText, z.number()]),
  message: ErrorText.default(''),
});
export type Refusal = z.infer<typeof Refusal>;

/** The value is base64. Under the name of a key it is the API's own answer, whatever the value is. */
export const Secret = z.object({ key: z.string(), value: z.string().optional().catch(undefined) });

/** A list that is empty is not there at all. */
export const SecretList = z.object({ secrets: z.array(z.object({ key: z.string() })).default([]) });
export const ScopeList = z.object({ scopes: z.array(z.object({ name: z.string() })).default([]) });

export const OAuthToken = z.object({
  access_token: z
    .string()
    .max(16_384)
    .regex(/^[\x21-\x7e]+$/),
  /** Seconds. */
  expires_in: z.number().positive(),
});

/** RFC 6749, section 5.2. */
export const OAuthRefusal = z.object({ error: z.string() });
