import * as z from 'zod';
import { parseDuration } from '../../core/duration.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { type Rule, withRules } from '../../schema/rule.ts';
import { boundedDuration, stringMap } from '../fields.ts';
import { labelValue, validKeys } from '../metadata-rules.ts';

/** Which work a newer value waits for, and for how long. */

/** Of those that run and end. */
export const heldKinds = ['SparkApplication', 'Job', 'Pod'] as const;
export type HeldKind = (typeof heldKinds)[number];

const defaultMaxHold = '4h';

const choosesSomething: Rule<Readonly<Record<string, string>>> = {
  cel: 'size(self) > 0',
  message: 'an empty selector would wait for everything in the namespace: name at least one label',
  holds: labels => Object.keys(labels).length > 0,
};

const HoldEntry = z.object({
  kind: z.enum(heldKinds).meta({
    description: 'SparkApplication (of the Spark operator, v1beta2), Job or Pod.',
  }),
  selector: z
    .object({
      matchLabels: withRules(stringMap(labelValue, 8), validKeys, choosesSomething).meta({
        description: 'Labels that it must have, all of them.',
      }),
    })
    .meta({ description: 'Which ones, in the namespace of the reference.' }),
});
export type HoldEntry = Parsed<typeof HoldEntry>;

export const HoldSpec = z
  .object({
    while: z.array(HoldEntry).min(1).max(8).meta({
      description: 'A newer value waits while any of these runs.',
      'x-kubernetes-list-type': 'atomic',
    }),
    maxHold: boundedDuration('1m', '720h')
      .exactOptional()
      .meta({ description: `How long at most. Default: ${defaultMaxHold}.` }),
    // biome-ignore lint/suspicious/noThenProperty: it is a word of the API, and nobody awaits a spec.
    then: z.enum(['Switch', 'Fail']).exactOptional().meta({
      description:
        'What happens after maxHold. Fail: the run ends, and the values before stay. Switch: the newer value is published all the same. Default: Fail.',
    }),
  })
  .meta({ description: 'A newer value waits while work that must not see two versions still runs.' });
export type HoldSpec = Parsed<typeof HoldSpec>;

/** Milliseconds. */
export const maxHoldMs = ({ maxHold = defaultMaxHold }: HoldSpec): number => parseDuration(maxHold) ?? 0;
