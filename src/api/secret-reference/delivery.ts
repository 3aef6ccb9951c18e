import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import type { Rule } from '../../schema/rule.ts';

/** How a new content reaches those who read it. */

export const DeliverySpec = z
  .object({
    mode: z.enum(['Live', 'Pinned']).default('Live').meta({
      description:
        'Live: one Secret, which changes with each rotation. Pinned: beside it each content is an immutable Secret NAME-rN of its own (N is the revision), for jobs that must read one version from their first pod to their last.',
    }),
    keep: z.int().min(1).max(100).default(3).meta({
      description:
        'With Pinned: how many newer revisions there are before one is deleted. One that a pod refers to stays.',
    }),
  })
  .meta({ description: 'How a new content reaches those who read it.' });
export type DeliverySpec = Parsed<typeof DeliverySpec>;

/** `-r` and eleven digits more are a label value still, by which pods show what they read. */
export const longestPinned = 50;

interface Delivered {
  readonly delivery: DeliverySpec;
  readonly target: {
    readonly name?: string | undefined;
    readonly creationPolicy: string;
    readonly immutable?: boolean | undefined;
  };
}

const unlessPinned = (cel: string): string =>
  `!has(self.delivery) || self.delivery.mode != 'Pinned' || !has(self.target) || ${cel}`;
const isPinned = ({ delivery }: Delivered): boolean => delivery.mode === 'Pinned';

/** What a reference with revisions may say of its target. */
export const deliveryRules: readonly Rule<Delivered>[] = [
  {
    cel: unlessPinned("self.target.creationPolicy == 'Owner'"),
    message:
      'delivery.mode Pinned needs target.creationPolicy Owner, because its revisions go with the reference: use Owner, or Live',
    holds: spec => !isPinned(spec) || spec.target.creationPolicy === 'Owner',
  },
  {
    cel: unlessPinned('!has(self.target.immutable) || !self.target.immutable'),
    message:
      'target.immutable does not go with delivery.mode Pinned: the revisions are immutable, and the Secret beside them is what changes; leave it out',
    holds: spec => !isPinned(spec) || spec.target.immutable !== true,
  },
  {
    cel: unlessPinned(`!has(self.target.name) || size(self.target.name) <= ${longestPinned}`),
    message: `target.name must have at most ${longestPinned} characters with delivery.mode Pinned, because revisions are named after it (NAME-r7)`,
    holds: spec => !isPinned(spec) || (spec.target.name ?? '').length <= longestPinned,
  },
];
