import * as z from 'zod';
import type { Column } from '../../schema/define-kind.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { withRules } from '../../schema/rule.ts';
import { ageColumn, conditions, readyColumn, reasonColumn } from '../conditions.ts';
import { observedGeneration } from '../fields.ts';
import { patternRules } from './pattern-rules.ts';
import { SourcePolicy } from './policy.ts';
import { ProviderSpec } from './provider.ts';

/** What SecretSource and ClusterSecretSource have in common. */

export const sourceFields = {
  provider: ProviderSpec,
  default: z.boolean().default(false).meta({
    description: 'When true, references without sourceRef use this source. A SecretSource beats a ClusterSecretSource.',
  }),
  allowedKeys: z
    .array(withRules(z.string().min(1).max(512), ...patternRules))
    .max(64)
    .exactOptional()
    .meta({
      description:
        'Patterns of remote keys that may be read, such as "{namespace}/**" or "shared/*"; none covers a key of more than 32 segments. Default: whatever the login may read. An empty list allows nothing. A ClusterSecretSource must have them unless each namespace logs in with a ServiceAccount of its own.',
      // Not a set: server-side apply takes an emptied set away, and "nothing" would silently become "everything".
      'x-kubernetes-list-type': 'atomic',
    }),
  policy: SourcePolicy.exactOptional(),
};

export const SourceStatus = z
  .object({
    observedGeneration,
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
