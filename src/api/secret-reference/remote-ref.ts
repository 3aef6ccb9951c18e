import * as z from 'zod';
import { SourceRef } from '../fields.ts';

/** What `data` and `dataFrom` have in common: where a value is, and how it is decoded. */

export const remoteKey = z.string().min(1).max(1024).meta({ description: 'Name of the secret in the store.' });
export const remoteProperty = z.string().min(1).max(253).exactOptional();
export const remoteVersion = z.string().min(1).max(128).exactOptional().meta({
  description:
    'Version in the words of the store: a number, a stage or an id; or previous, the one before the newest, where the store counts versions. Default: the newest, which rotates.',
});
export const entrySource = SourceRef.exactOptional().meta({ description: 'Another source for this entry alone.' });

export const autoDecoding =
  'Auto decodes what is base64 to the last character, on one line and with its padding, and leaves all else: texts such as "password" are base64, too.';
export const decodings = z.enum(['None', 'Base64', 'Base64URL', 'Auto']);
export type Decoding = z.infer<typeof decodings>;
