import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import type { Rule } from '../../schema/rule.ts';
import { LongDuration } from '../fields.ts';
import { longestPinned } from './delivery.ts';
import { HoldSpec } from './hold.ts';
import { RestartSpec } from './restart.ts';
import { ValidateSpec } from './validate.ts';
import { WindowSpec } from './window.ts';

/** What the reference asks of rotation: how often, and what a newer value has to pass before consumers see it. */

const ApprovalStage = z
  .object({
    required: z.boolean().meta({
      description: 'Whether somebody has to approve each newer value before consumers see it.',
    }),
  })
  .meta({
    description:
      'Newer values wait until somebody with the verb approve on secretrotations has written spec.approval of their SecretRotation. What was approved is published, byte for byte, whatever the store has by then.',
  });

export const RotationSpec = z
  .object({
    every: LongDuration.exactOptional().meta({
      description:
        'How old the served values may become, such as 30d. Nothing is rotated and nothing is read more often: when the oldest of them is older, the condition RotationDue is True, and a metric and a Warning event say so.',
    }),
    window: WindowSpec.exactOptional(),
    validate: ValidateSpec.exactOptional(),
    hold: HoldSpec.exactOptional(),
    approval: ApprovalStage.exactOptional(),
    restart: RestartSpec.exactOptional(),
    history: z.int().min(1).max(100).exactOptional().meta({
      description: 'How many SecretRotations of runs that have ended are kept. Default: 10.',
    }),
    historyAge: LongDuration.exactOptional().meta({
      description:
        'How long the SecretRotation of a run that has ended is kept at most, such as 90d. Default: no limit.',
    }),
    overlap: LongDuration.exactOptional().meta({
      description:
        'How long the value before stays in use beside a new one, such as 24h: for so long its revision is kept (with delivery Pinned, or a stage), and the condition SafeToRevoke is False.',
    }),
  })
  .meta({ description: 'What is asked of rotation.' });
export type RotationSpec = Parsed<typeof RotationSpec>;

/** Whether there is a stage that judges a newer value or follows it up: each rotation is a run then, with a record. */
export const hasStages = (rotation: RotationSpec | undefined): boolean =>
  rotation?.approval?.required === true ||
  [rotation?.validate, rotation?.hold, rotation?.restart].some(stage => stage !== undefined);

/** The same, for the rules of the CRD: one line a stage. */
const stagesAsked = [
  'has(self.rotation.approval) && self.rotation.approval.required',
  'has(self.rotation.validate)',
  'has(self.rotation.hold)',
  'has(self.rotation.restart)',
];
const unlessStages = (cel: string): string =>
  `!has(self.rotation) || !has(self.target) || !(${stagesAsked.map(asked => `(${asked})`).join(' || ')}) || ${cel}`;

/** Each content is an immutable Secret of its own: for delivery Pinned, and where stages judge it. */
export const keepsRevisions = ({ delivery, rotation }: Kept): boolean =>
  delivery.mode === 'Pinned' || hasStages(rotation);

interface Kept {
  readonly delivery: { readonly mode: string };
  readonly rotation?: RotationSpec | undefined;
}

interface Rotated {
  readonly rotation?: RotationSpec | undefined;
  readonly target: {
    readonly name?: string | undefined;
    readonly creationPolicy: string;
    readonly deletionPolicy: string;
    readonly immutable?: boolean | undefined;
  };
}

const isRun = ({ rotation }: Rotated): boolean => hasStages(rotation);

/** What a reference may say of its target where newer values wait. */
export const rotationRules: readonly Rule<Rotated>[] = [
  {
    // The host of a Merge is written by others too, at their own times.
    cel: "!has(self.rotation) || !has(self.rotation.window) || !has(self.target) || self.target.creationPolicy != 'Merge'",
    message:
      "rotation.window does not go with creationPolicy Merge, because the Secret is somebody else's then: leave it out",
    holds: ({ rotation, target }) => rotation?.window === undefined || target.creationPolicy !== 'Merge',
  },
  {
    cel: unlessStages("self.target.creationPolicy == 'Owner'"),
    message:
      'the stages of rotation need target.creationPolicy Owner, because what they judge is a revision that goes with the reference: use Owner, or leave them out',
    holds: spec => !isRun(spec) || spec.target.creationPolicy === 'Owner',
  },
  {
    cel: unlessStages("self.target.deletionPolicy == 'Retain'"),
    message:
      'the stages of rotation do not go with target.deletionPolicy Delete, because nobody can judge what is not there: use Retain, or leave them out',
    holds: spec => !isRun(spec) || spec.target.deletionPolicy === 'Retain',
  },
  {
    cel: unlessStages('!has(self.target.immutable) || !self.target.immutable'),
    message:
      'target.immutable does not go with the stages of rotation, because the Secret changes when they are passed: leave it out',
    holds: spec => !isRun(spec) || spec.target.immutable !== true,
  },
  {
    cel: unlessStages(`!has(self.target.name) || size(self.target.name) <= ${longestPinned}`),
    message: `target.name must have at most ${longestPinned} characters with the stages of rotation, because revisions are named after it (NAME-r7)`,
    holds: spec => !isRun(spec) || (spec.target.name ?? '').length <= longestPinned,
  },
];
