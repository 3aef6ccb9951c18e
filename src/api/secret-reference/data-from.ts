import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, withRules } from '../../schema/rule.ts';
import { stringMap } from '../fields.ts';
import { decodings, entrySource, remoteKey, remoteProperty, remoteVersion } from './remote-ref.ts';

const noBraces = /^[^{}]+$/;
const FindName = withRules(
  z.object({
    glob: z.string().min(1).max(256).regex(noBraces).exactOptional().meta({
      description:
        '`*` stands for any run within a segment, a segment `**` for one or more segments. At most 16 segments.',
    }),
    regexp: z.string().min(1).max(256).exactOptional().meta({
      description:
        'A regular expression in the syntax of RE2, which must match the whole name. Its counted repeats, such as {3}, add up to 100 at most.',
    }),
  }),
  exactlyOne('glob', 'regexp'),
).meta({ description: 'What the name must look like: what follows the prefix.' });

const Find = z
  .object({
    prefix: z.string().max(512).default('').meta({
      description: 'How remote keys begin, for example etl/. It is left out of the names of the keys in the Secret.',
    }),
    name: FindName.exactOptional(),
    tags: stringMap(z.string().max(256), 16).exactOptional().meta({
      description: 'Tags, labels or custom metadata that a remote secret must have, all of them.',
    }),
  })
  .meta({
    description:
      'All remote secrets that match: each becomes one key of the Secret, under its name. Those that spec.allowedKeys of the source does not cover are left out; so are the prefix itself and names that cannot be remote keys, and the conditions say how many.',
  });
export type Find = Parsed<typeof Find>;

const Rewrite = withRules(
  z.object({
    prefix: z.string().min(1).max(253).exactOptional().meta({ description: 'Put before the key.' }),
    stripPrefix: z.string().min(1).max(253).exactOptional().meta({
      description: 'Taken off the key, where it begins so.',
    }),
    case: z.enum(['Upper', 'Lower']).exactOptional().meta({ description: 'Of all letters of the key.' }),
    regexp: z
      .object({
        match: z.string().min(1).max(256).meta({
          description: 'A regular expression in the syntax of RE2, each match of which is replaced.',
        }),
        replace: z.string().max(253).meta({ description: 'What is put there; $1 is what the first group matched.' }),
      })
      .exactOptional()
      .meta({ description: 'Replaces parts of the key.' }),
    cel: z.string().min(1).max(1024).exactOptional().meta({
      description:
        'An expression in CEL that gives the new key, with the functions of target.template and `key` as the only variable.',
    }),
  }),
  exactlyOne('prefix', 'stripPrefix', 'case', 'regexp', 'cel'),
);
export type Rewrite = Parsed<typeof Rewrite>;

/** A whole remote secret, or all that a search finds. */
export const DataFromEntry = withRules(
  z.object({
    extract: z
      .object({
        key: remoteKey,
        property: remoteProperty.meta({
          description: 'The pairs of this property. Default: those of the whole value.',
        }),
        version: remoteVersion,
      })
      .exactOptional()
      .meta({ description: 'All pairs of one remote secret: each becomes a key of the Secret.' }),
    find: Find.exactOptional(),
    optional: z.boolean().exactOptional().meta({
      description:
        'When true, a remote secret that is proved to be gone or has no pairs, and a search that finds nothing, add no keys instead of being a fault.',
    }),
    rewrite: z.array(Rewrite).max(8).exactOptional().meta({
      description:
        'How its keys become those of the Secret, one rule after the other: of find, what follows the prefix.',
      'x-kubernetes-list-type': 'atomic',
    }),
    invalidKeys: z.enum(['Error', 'Replace']).exactOptional().meta({
      description:
        'What becomes of a key, after rewrite, that a Secret cannot have: Error (default of extract), or Replace (default of find), which puts "_" for each character that is none of letters, digits, "-", "_" and ".".',
    }),
    onConflict: z.enum(['Error', 'First', 'Last']).exactOptional().meta({
      description:
        'What becomes of a key that an earlier entry, or another remote key of this one, gives too: Error (default), First (it stays as it was) or Last (this entry replaces it).',
    }),
    decoding: decodings.exactOptional().meta({
      description: 'How each of its values is decoded, as in spec.data. Default: None.',
    }),
    sourceRef: entrySource,
  }),
  exactlyOne('extract', 'find'),
);
export type DataFromEntry = Parsed<typeof DataFromEntry>;
