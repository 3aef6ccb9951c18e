import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, type Rule, withRules } from '../../schema/rule.ts';
import { boundedDuration, objectName, stringMap } from '../fields.ts';
import { labelValue, validKeys } from '../metadata-rules.ts';

/** Which workloads are restarted once a new value is published, so that their pods read it. */

/** The kinds that have a pod template and roll out a change of it. Rollout is the one of Argo. */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** Of an entry that says nothing of it. */
export const defaultTimeout = '10m';

const selectsSomething: Rule<Readonly<Record<string, string>>> = {
  cel: 'size(self) > 0',
  message: 'an empty selector would restart everything in the namespace: name at least one label',
  holds: labels => Object.keys(labels).length > 0,
};

const RestartEntry = withRules(
  z.object({
    kind: z.enum(workloadKinds).meta({ description: 'Deployment, StatefulSet, DaemonSet, or Rollout of Argo.' }),
    name: objectName.exactOptional().meta({ description: 'Its name, in the namespace of the reference.' }),
    selector: z
      .object({
        matchLabels: withRules(stringMap(labelValue, 8), validKeys, selectsSomething).meta({
          description: 'Labels that a workload must have, all of them.',
        }),
      })
      .exactOptional()
      .meta({ description: 'Instead of name: all of this kind with these labels, restarted at the same time.' }),
    timeout: boundedDuration('10s', '24h')
      .exactOptional()
      .meta({ description: `How long its rollout may take, from the restart on. Default: ${defaultTimeout}.` }),
  }),
  exactlyOne('name', 'selector'),
);
export type RestartEntry = Parsed<typeof RestartEntry>;

export const RestartSpec = z.array(RestartEntry).min(1).max(16).meta({
  description:
    'Workloads that are restarted once a new value is published, one entry after the other. When a rollout fails, the revision before is published again, and those that were restarted are restarted once more.',
  'x-kubernetes-list-type': 'atomic',
});
