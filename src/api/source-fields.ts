import { z } from 'zod';
import type { Column } from '../schema/define-kind.ts';
import type { Parsed } from '../schema/parsed.ts';
import { type Rule, withRules } from '../schema/rule.ts';
import { ageColumn, conditions, readyColumn, reasonColumn } from './conditions.ts';
import { count } from './fields.ts';
import { ProviderSpec } from './provider.ts';

/** What SecretSource and ClusterSecretSource have in common. */

// Both rules together say what parseKeyPattern says, which matches with these patterns. They are two because one
// would be over the cost budget of the API server.
const segment = '([^{}/]|[{]namespace[}]|[{]labels[.][^{}]{1,317}[}])+';
const usableSegments = `^${segment}(/${segment})*$`;
const brokenDepth = '[^/][*][*]|[*][*][^/]';

const segmentsAreUsable: Rule<string> = {
  cel: `self.matches('${usableSegments}')`,
  message:
    'must be segments joined by "/", none of them empty; the only variables are {namespace} and {labels.NAME}, for example {namespace}/**',
  holds: pattern => new RegExp(usableSegments).test(pattern),
};
const depthStandsAlone: Rule<string> = {
  cel: `!self.matches('${brokenDepth}')`,
  message: '"**" must be a whole segment, as in etl/**; within a segment, use "*"',
  holds: pattern => !new RegExp(brokenDepth).test(pattern),
};

export const sourceFields = {
  provider: ProviderSpec,
  default: z.boolean().default(false).meta({
    description: 'When true, references without sourceRef use this source. A SecretSource beats a ClusterSecretSource.',
  }),
  allowedKeys: z
    .array(withRules(z.string().min(1).max(512), segmentsAreUsable, depthStandsAlone))
    .max(64)
    .exactOptional()
    .meta({
      description:
        'Patterns of remote keys that may be read, such as "{namespace}/**" or "shared/*". Default: whatever the login may read. An empty list allows nothing.',
      // Not a set: server-side apply takes an emptied set away, and "nothing" would silently become "everything".
      'x-kubernetes-list-type': 'atomic',
    }),
};

export const SourceStatus = z
  .object({
    observedGeneration: count.exactOptional().meta({ description: 'The generation that the conditions speak of.' }),
    conditions,
    provider: z.string().max(63).exactOptional().meta({ description: 'The field of spec.provider that is set.' }),
    capabilities: z.array(z.string().max(63)).max(16).exactOptional().meta({
      description: 'What this store offers: "read", and "list" where dataFrom.find can be used.',
      'x-kubernetes-list-type': 'atomic',
    }),
  })
  .meta({ description: 'What the operator found. Logins are reported on the references that need them.' });
export type SourceStatus = Parsed<typeof SourceStatus>;

export const sourceColumns: readonly Column[] = [
  { name: 'Provider', type: 'string', jsonPath: '.status.provider', description: 'The kind of store.' },
  { name: 'Default', type: 'boolean', jsonPath: '.spec.default', description: 'Whether it is a default source.' },
  readyColumn,
  reasonColumn('Ready'),
  ageColumn,
];
