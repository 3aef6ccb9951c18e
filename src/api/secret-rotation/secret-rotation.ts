import * as z from 'zod';
import { defineKind, type KubeObject } from '../../schema/define-kind.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { type Rule, withRules } from '../../schema/rule.ts';
import { ageColumn } from '../conditions.ts';
import { count, objectName, observedGeneration, time } from '../fields.ts';
import { categories, group, version } from '../group.ts';
import { remoteVersion } from '../secret-reference/served.ts';
import { maxCandidate, token, user } from '../secret-reference/status.ts';

/** `SecretRotation`: the record of one run, from the moment a newer value is found until it is published or given up. */

/** The one field that people write, and once: who may is the verb `approve` on secretrotations, which a policy asks for. */
const ApprovalSpec = z
  .object({
    decision: z.enum(['Approved', 'Denied']).meta({ description: 'Whether these values may be published.' }),
    by: user.meta({
      description: 'Who says so: the user name that the API server knows. The admission policy holds it to that.',
    }),
  })
  .meta({ description: 'Written by whoever approves, and by nobody a second time.' });
export type ApprovalSpec = Parsed<typeof ApprovalSpec>;

const writtenOnce: Rule<{ readonly approval?: unknown }> = {
  cel: '!has(oldSelf.approval) || (has(self.approval) && self.approval == oldSelf.approval)',
  message: 'approval cannot be changed: ask for another rotation, which gets a record of its own',
};
const runStays: Rule<{ readonly run: number }> = {
  cel: ['reference', 'run', 'revision'].map(name => `self.${name} == oldSelf.${name}`).join(' && '),
  message: 'a record is of one run: only approval can be written',
};
const askedStays: Rule<{ readonly run: number }> = {
  cel: ['token', 'requestedBy', 'remote']
    .map(name => `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || self.${name} == oldSelf.${name})`)
    .join(' && '),
  message: 'a record is of one run: only approval can be written',
};

export const SecretRotationSpec = withRules(
  z.object({
    reference: objectName.meta({ description: 'The SecretReference, in the same namespace.' }),
    run: count.meta({ description: 'Counts the runs of the reference. The name of the record ends with it.' }),
    revision: count.meta({
      description: 'What is to be published: the bytes of the immutable Secret whose name ends with -rN.',
    }),
    remote: z
      .array(remoteVersion)
      .max(maxCandidate)
      .exactOptional()
      .meta({
        description: `Where it comes from: the newer versions of at most ${maxCandidate} remote secrets.`,
        'x-kubernetes-list-type': 'atomic',
      }),
    token: token.exactOptional().meta({ description: 'The token of the annotation that asked for it.' }),
    requestedBy: user.exactOptional().meta({
      description:
        'Who set the token, where the annotation shearline.dev/requested-by says so. A policy holds it to that.',
    }),
    approval: ApprovalSpec.exactOptional(),
  }),
  runStays,
  askedStays,
  writtenOnce,
).meta({ description: 'Which run.' });
export type SecretRotationSpec = Parsed<typeof SecretRotationSpec>;

export const runResults = ['Rotated', 'NoChange', 'Failed', 'RolledBack', 'Superseded'] as const;
export type RunResult = (typeof runResults)[number];

/** In the order in which a run passes them. Rollback only where one fails after Publish. */
export const stageNames = ['Validate', 'Approval', 'Window', 'Hold', 'Publish', 'Restart', 'Rollback'] as const;
export type StageName = (typeof stageNames)[number];

const StageStatus = z.object({
  name: z.enum(stageNames).meta({ description: 'Which.' }),
  start: time.meta({ description: 'When the run came to it.' }),
  end: time.exactOptional().meta({ description: 'When it was passed, or failed.' }),
  failed: z.literal(true).exactOptional().meta({ description: 'That it failed.' }),
  reason: z.string().max(1024).exactOptional().meta({ description: 'Why it waits or failed, in one word.' }),
  message: z.string().max(32_768).exactOptional().meta({ description: 'What it waits for, and what to do.' }),
});
export type StageStatus = Parsed<typeof StageStatus>;

export const SecretRotationStatus = z
  .object({
    observedGeneration,
    stage: z.enum(stageNames).exactOptional().meta({ description: 'Where the run is, or where it ended.' }),
    stages: z
      .array(StageStatus)
      .max(16)
      .default([])
      .meta({ description: 'Those that it has come to, in their order.', 'x-kubernetes-list-type': 'atomic' }),
    from: count.exactOptional().meta({ description: 'The revision that was served before.' }),
    to: count.exactOptional().meta({ description: 'The revision that was published.' }),
    result: z.enum(runResults).exactOptional().meta({
      description:
        'How it ended; absent while it runs. Superseded: another run took its place before anybody had judged it.',
    }),
    reason: z.string().max(1024).exactOptional().meta({ description: 'Why it waits or ended so, in one word.' }),
    message: z.string().max(32_768).exactOptional().meta({ description: 'Why, in a sentence, and what to do.' }),
    time: time.exactOptional().meta({ description: 'When it ended.' }),
  })
  .meta({ description: 'How far the run is. Never holds a value or a hash of one.' });
export type SecretRotationStatus = Parsed<typeof SecretRotationStatus>;

export type SecretRotation = KubeObject<'SecretRotation', SecretRotationSpec, SecretRotationStatus>;

/** Two runs of a reference never share a name, so a record is made once. */
export const recordName = (reference: string, run: number): string => `${reference}-${run}`;

export const secretRotationKind = defineKind<'SecretRotation', SecretRotationSpec, SecretRotationStatus>({
  group,
  version,
  kind: 'SecretRotation',
  plural: 'secretrotations',
  singular: 'secretrotation',
  shortNames: ['srot'],
  categories,
  scope: 'Namespaced',
  description: 'One rotation of a SecretReference: what was found, who asked, who approved, and how it ended.',
  spec: SecretRotationSpec,
  status: SecretRotationStatus,
  columns: [
    { name: 'Reference', type: 'string', jsonPath: '.spec.reference', description: 'Of which reference.' },
    { name: 'Revision', type: 'integer', jsonPath: '.spec.revision', description: 'What is to be published.' },
    { name: 'Stage', type: 'string', jsonPath: '.status.stage', description: 'Where it is, or where it ended.' },
    { name: 'Result', type: 'string', jsonPath: '.status.result', description: 'How it ended.' },
    { name: 'Reason', type: 'string', jsonPath: '.status.reason', description: 'Why, in one word.' },
    ageColumn,
    {
      name: 'Approved',
      type: 'string',
      jsonPath: '.spec.approval.decision',
      description: 'What somebody decided.',
      wide: true,
    },
    { name: 'By', type: 'string', jsonPath: '.spec.approval.by', description: 'Who decided.', wide: true },
    { name: 'Requested-By', type: 'string', jsonPath: '.spec.requestedBy', description: 'Who asked.', wide: true },
  ],
  selectableFields: ['.spec.reference', '.status.stage', '.status.result'],
  keeps: () => ({ labels: [], annotations: [] }),
});

export const parseSecretRotation = secretRotationKind.parse;
