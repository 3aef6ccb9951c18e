import * as z from 'zod';
import { ErrorText } from '../kit/json-body.ts';

/** The parts of the store's answers that are not secret values; those are never read with JSON.parse (see kv.ts). */

/** Never shown: only matched against known sentences. An empty list is how a KV engine says "not here". */
export const ErrorList = z.object({ errors: z.array(ErrorText), warnings: z.null().optional() });

/** What a standby says of itself, under statuses that elsewhere mean something else. */
export const Health = z.object({ standby: z.literal(true) });

export const LoginAnswer = z.object({
  auth: z.object({
    client_token: z
      .string()
      .max(16_384)
      .regex(/^[\x21-\x7e]+$/),
    /** Seconds; 0 never ends. */
    lease_duration: z.number().nonnegative(),
    renewable: z.boolean(),
    token_type: z.string().optional(),
    /** Requests; 0 is any number. */
    num_uses: z.number().int().default(0),
    metadata: z.record(z.string(), z.unknown()).nullish(),
  }),
});
export type LoginAnswer = z.infer<typeof LoginAnswer>;

export const RenewAnswer = z.object({ auth: z.object({ lease_duration: z.number().nonnegative() }) });

export const TokenAnswer = z.object({
  data: z.object({
    /** Seconds; 0 never ends. */
    ttl: z.number().nonnegative(),
    renewable: z.boolean().optional(),
    type: z.string().optional(),
    /** Requests that are left; 0 is any number. */
    num_uses: z.number().int().default(0),
  }),
});

/** Logins that are left; 0 is any number. */
export const SecretIdAnswer = z.object({ data: z.object({ secret_id_num_uses: z.number() }) });

/** 404 of a version that was there. */
export const GoneVersion = z.object({
  data: z.object({
    data: z.null(),
    metadata: z.object({ version: z.number(), deletion_time: z.string(), destroyed: z.boolean() }),
  }),
});

export const MountAnswer = z.object({
  data: z.object({
    type: z.string(),
    path: z.string(),
    options: z.object({ version: z.string().optional() }).nullish(),
  }),
});

/** Folders end with "/". */
export const ListedNames = z.object({ data: z.object({ keys: z.array(z.string().min(1)) }) });

/** Of a key of a version 2 engine. */
export const Metadata = z.object({ data: z.object({ custom_metadata: z.record(z.string(), z.string()).nullish() }) });
