import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, type Rule, withRules } from '../../schema/rule.ts';
import { stringMap } from '../fields.ts';

/** `spec.namespaces` of a ClusterSecretSource: nobody is served by default, and nobody by an empty choice. */

const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, { error: 'must be the name of a namespace, such as team-etl' });
const labelKey = z.string().min(1).max(317).meta({ description: 'Name of the label.' });

const valuesFitOperator: Rule<{ readonly operator: string; readonly values: readonly string[] }> = {
  cel: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
  message: 'In and NotIn need values; Exists and DoesNotExist take none',
  holds: ({ operator, values }) => ['In', 'NotIn'].includes(operator) === values.length > 0,
};

const LabelRequirement = withRules(
  z.object({
    key: labelKey,
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).meta({
      description: 'In, NotIn, Exists or DoesNotExist.',
    }),
    values: z.array(z.string().max(63)).max(64).default([]).meta({
      description: 'Values for In and NotIn.',
      'x-kubernetes-list-type': 'set',
    }),
  }),
  valuesFitOperator,
);

const selectsSomething: Rule<{
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly unknown[];
}> = {
  cel: '(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)',
  message: 'an empty selector would serve every namespace: set matchLabels or matchExpressions, or say all: true',
  holds: ({ matchLabels, matchExpressions }) => Object.keys(matchLabels).length + matchExpressions.length > 0,
};

const selector = withRules(
  z.object({
    matchLabels: stringMap(z.string().max(63), 64).default({}).meta({ description: 'Labels that must be equal.' }),
    matchExpressions: z.array(LabelRequirement).max(64).default([]).meta({
      description: 'Demands on labels; all must hold.',
      'x-kubernetes-list-type': 'atomic',
    }),
  }),
  selectsSomething,
);

export const ServedNamespacesSpec = withRules(
  z.object({
    names: z.array(namespaceName).min(1).max(512).exactOptional().meta({
      description: 'These namespaces.',
      'x-kubernetes-list-type': 'set',
    }),
    selector: selector.exactOptional().meta({ description: 'Namespaces with these labels. Must not be empty.' }),
    all: z.literal(true).exactOptional().meta({ description: 'true: every namespace of the cluster.' }),
  }),
  exactlyOne('names', 'selector', 'all'),
).meta({ description: 'Which namespaces are served: exactly one of names, selector, all.' });
export type ServedNamespacesSpec = Parsed<typeof ServedNamespacesSpec>;
