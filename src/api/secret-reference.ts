import { z } from 'zod';
import { defineKind, type KubeObject } from '../schema/define-kind.ts';
import type { Parsed } from '../schema/parsed.ts';
import { exactlyOne, type Rule, withRules } from '../schema/rule.ts';
import { annotations } from './annotations.ts';
import { ageColumn, readyColumn, reasonColumn } from './conditions.ts';
import { listMap, SourceRef, stringMap } from './fields.ts';
import { categories, group, version } from './group.ts';
import { RefreshInterval } from './refresh-interval.ts';
import { SecretReferenceStatus } from './secret-reference-status.ts';
import { TargetSpec } from './target.ts';

export type { SourceRef } from './fields.ts';

/** `SecretReference`: which remote values one namespace wants, and the Secret that they become. */

const remoteKey = z.string().min(1).max(1024).meta({ description: 'Name of the secret in the store.' });
const remoteProperty = z.string().min(1).max(253).exactOptional();
const remoteVersion = z.string().min(1).max(128).exactOptional().meta({
  description: 'Version in the words of the store: a number, a stage or an id. Default: the newest, which rotates.',
});
const entrySource = SourceRef.exactOptional().meta({ description: 'Another source for this entry alone.' });

// Kubernetes takes no Secret with such a key, so it is refused here, where it can be seen.
const noDotNames: Rule<string> = {
  cel: "self != '.' && !self.startsWith('..')",
  message: 'must not be "." and must not begin with ".."',
  holds: key => key !== '.' && !key.startsWith('..'),
};

const DataEntry = z.object({
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
  sourceRef: entrySource,
  decoding: z.enum(['None', 'Base64', 'Base64URL']).default('None').meta({
    description: 'How the remote value is decoded before it is written.',
  }),
});
export type DataEntry = Parsed<typeof DataEntry>;

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
      'All remote secrets that match: each becomes one key of the Secret, under its name with "_" for every character that a key cannot have. Those that spec.allowedKeys of the source does not cover are left out; so are the prefix itself and names that cannot be remote keys, and the conditions say how many.',
  });
export type Find = Parsed<typeof Find>;

const DataFromEntry = withRules(
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
    sourceRef: entrySource,
  }),
  exactlyOne('extract', 'find'),
);
export type DataFromEntry = Parsed<typeof DataFromEntry>;

const wantsSomething: Rule<{ readonly data: readonly unknown[]; readonly dataFrom: readonly unknown[] }> = {
  cel: '(has(self.data) && size(self.data) > 0) || (has(self.dataFrom) && size(self.dataFrom) > 0)',
  message: 'set data, dataFrom or both: nothing is asked for',
  holds: spec => spec.data.length + spec.dataFrom.length > 0,
};

export const SecretReferenceSpec = withRules(
  z.object({
    sourceRef: SourceRef.exactOptional().meta({
      description: 'The source to read from. Default: the default source of the namespace.',
    }),
    owner: z.string().min(1).max(253).exactOptional().meta({
      description: 'Who answers for this secret: a team or a person. Shown in columns, alerts and reports.',
    }),
    refreshInterval: RefreshInterval.prefault('1h').meta({
      description: 'How often the store is asked for newer values. "0s": only on rotation, spec change or drift.',
    }),
    data: listMap(DataEntry, 'secretKey', 256).default([]).meta({
      description: 'Single values, each under a key of its own. They win over dataFrom.',
    }),
    dataFrom: z.array(DataFromEntry).max(32).default([]).meta({
      description: 'Whole remote secrets: all pairs of one, or all that match. Later entries win over earlier ones.',
      'x-kubernetes-list-type': 'atomic',
    }),
    target: TargetSpec.prefault({}),
    suspend: z.boolean().default(false).meta({
      description: 'When true, nothing is read or written, and rotation requests wait.',
    }),
  }),
  wantsSomething,
).meta({ description: 'What is wanted.' });
export type SecretReferenceSpec = Parsed<typeof SecretReferenceSpec>;

export type SecretReference = KubeObject<'SecretReference', SecretReferenceSpec, SecretReferenceStatus>;

export const secretReferenceKind = defineKind<'SecretReference', SecretReferenceSpec, SecretReferenceStatus>({
  group,
  version,
  kind: 'SecretReference',
  plural: 'secretreferences',
  singular: 'secretreference',
  shortNames: ['sref'],
  categories,
  scope: 'Namespaced',
  description: 'Keeps one Secret in step with values of a secret store.',
  spec: SecretReferenceSpec,
  status: SecretReferenceStatus,
  columns: [
    { name: 'Source', type: 'string', jsonPath: '.status.source.name', description: 'The source in use.' },
    { name: 'Target', type: 'string', jsonPath: '.status.target.name', description: 'The Secret that is written.' },
    { name: 'Revision', type: 'integer', jsonPath: '.status.target.revision', description: 'Changes of content.' },
    readyColumn,
    reasonColumn('Synced'),
    { name: 'Last-Sync', type: 'date', jsonPath: '.status.lastSyncTime', description: 'When it was last written.' },
    ageColumn,
    { name: 'Owner', type: 'string', jsonPath: '.spec.owner', description: 'Who answers for it.', wide: true },
    { name: 'Keys', type: 'integer', jsonPath: '.status.target.keys', description: 'Number of keys.', wide: true },
    {
      name: 'Rotated',
      type: 'date',
      jsonPath: '.status.rotation.time',
      description: 'When a rotation was last answered.',
      wide: true,
    },
  ],
  selectableFields: ['.status.source.name', '.status.source.kind', '.status.target.name', '.spec.owner'],
  keeps: { labels: [], annotations: [annotations.rotate, annotations.forceSync] },
});

export const parseSecretReference = secretReferenceKind.parse;
