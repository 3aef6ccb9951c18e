import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { type Rule, withRules } from '../../schema/rule.ts';
import { autoDecoding, decodings, entrySource, remoteKey, remoteProperty, remoteVersion } from './remote-ref.ts';

// Kubernetes takes no Secret with such a key, so it is refused here, where it can be seen.
const noDotNames: Rule<string> = {
  cel: "self != '.' && !self.startsWith('..')",
  message: 'must not be "." and must not begin with ".."',
  holds: key => key !== '.' && !key.startsWith('..'),
};

const defaultOrOptional: Rule<{ readonly optional: boolean; readonly default?: string }> = {
  cel: '!has(self.default) || !has(self.optional) || !self.optional',
  message: 'set default or optional: true, not both',
  holds: entry => entry.default === undefined || !entry.optional,
};

const DataEntryFields = z.object({
  secretKey: withRules(
    z
      .string()
      .min(1)
      .max(253)
      .regex(/^[-._a-zA-Z0-9]+$/, { error: 'must consist of letters, digits, "-", "_" and "."' }),
    noDotNames,
  ).meta({ description: 'Key in the Secret.' }),
  remoteRef: z
    .object({
      key: remoteKey,
      property: remoteProperty.meta({
        description: 'One property of the remote secret; dots lead into nested JSON. Default: the whole value.',
      }),
      version: remoteVersion,
    })
    .meta({ description: 'Where the value is in the store.' }),
  optional: z.boolean().default(false).meta({
    description: 'When true, a value that is proved to be gone is left out of the Secret instead of being a fault.',
  }),
  default: z.string().max(4096).exactOptional().meta({
    description:
      'The text to write, as it is, when the value is proved to be gone: the key, its version or the property. Instead of optional.',
  }),
  sourceRef: entrySource,
  decoding: decodings.default('None').meta({
    description: `How the remote value is decoded before it is written. ${autoDecoding}`,
  }),
});
/** One value, under a key of its own. */
export const DataEntry = withRules(DataEntryFields, defaultOrOptional);
export type DataEntry = Parsed<typeof DataEntry>;
