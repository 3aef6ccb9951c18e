import * as z from 'zod';
import { fromBase64 } from '../../core/base64.ts';
import { ErrorText } from '../kit/json-body.ts';
import { rotatedAt } from '../kit/made-at.ts';

/** The parts of the answers of Microsoft Entra and of Key Vault that are used here. */

export const TokenAnswer = z.object({
  access_token: z
    .string()
    .max(65_536)
    .regex(/^[\x21-\x7e]+$/),
  /** Seconds. */
  expires_in: z.number().positive(),
});

/** Of the sentence only the AADSTS number is read; the list of numbers is not always there. */
export const EntraError = z.object({
  error: ErrorText,
  error_description: ErrorText.optional(),
  error_codes: z.array(z.number()).optional(),
});

/** Of the sentence only the AKV number is read. */
export const VaultError = z.object({
  error: z.object({
    code: z.string(),
    message: ErrorText.nullish(),
    innererror: z.object({ code: z.string() }).nullish(),
  }),
});

/** A version of an object is the end of its id. */
export const VersionedId = z.string().regex(/\/[0-9a-f]{32}$/);

/** Other tags are nobody's business here, and a strange one must not be in the way of the value. */
const tags = z
  .object({ [rotatedAt]: z.string() })
  .optional()
  .catch(undefined);

export const SecretAnswer = z.object({
  value: z.string().nullish(),
  properties: z.object({ id: VersionedId, createdOn: z.date().optional().catch(undefined), tags }),
});

/** Seconds since the epoch. */
const attributes = z.object({ enabled: z.boolean(), created: z.number().optional().catch(undefined) });

/** `cer`: DER in base64. A certificate whose request is still pending has none. */
export const CertificateAnswer = z.object({
  id: VersionedId,
  cer: z
    .string()
    .refine(text => fromBase64(text) !== undefined)
    .nullish(),
  attributes,
  tags,
});

export const KeyAnswer = z.object({ key: z.object({ kid: VersionedId, kty: z.string() }), attributes, tags });
