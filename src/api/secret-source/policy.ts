import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { withRules } from '../../schema/rule.ts';
import { RefreshInterval } from '../fields.ts';
import { targetTypes } from '../secret-reference/target.ts';
import { noLabels, patternRules } from './pattern-rules.ts';

/** What the owner of a source asks of all references that read from it. */
export const SourcePolicy = z
  .object({
    deniedKeys: z
      .array(withRules(z.string().min(1).max(256), ...patternRules, noLabels))
      .max(32)
      .exactOptional()
      .meta({
        description:
          'Patterns of remote keys that nobody may read, as in allowedKeys but without labels. They win over allowedKeys, and "*" stands for every first segment.',
        'x-kubernetes-list-type': 'atomic',
      }),
    targetTypes: z.array(z.enum(targetTypes)).min(1).max(targetTypes.length).exactOptional().meta({
      description:
        'The only values that spec.target.type of a reference may have. Default: all. With creationPolicy Merge the Secret has whatever type its owner gave it.',
      'x-kubernetes-list-type': 'atomic',
    }),
    minRefreshInterval: RefreshInterval.exactOptional().meta({
      description:
        'A reference whose refreshInterval is shorter is refused; one that is never refreshed by time is not. Default: no bound.',
    }),
    maxSecretBytes: z
      .int()
      .min(1)
      .max(1024 * 1024)
      .exactOptional()
      .meta({
        description:
          'The most bytes that the values of a Secret may have together. Default: what Kubernetes takes, 1 MiB.',
      }),
    ownerRequired: z
      .boolean()
      .exactOptional()
      .meta({ description: 'When true, a reference without owner is refused.' }),
  })
  .meta({ description: 'What is asked of every reference that reads from this source.' });
export type SourcePolicy = Parsed<typeof SourcePolicy>;
