import * as z from 'zod';
import type { Column } from '../schema/define-kind.ts';
import type { Parsed } from '../schema/parsed.ts';
import { count, listMap, time } from './fields.ts';

export { type Reason, reasons } from './reasons.ts';

/** The conditions of every kind, as kstatus reads them (`kubectl wait`, Flux, Argo CD). */
export const conditionTypes = {
  Ready:
    'True while the target exists, is untouched and was rendered from the current generation (for a source: while its spec can be used). Stays True through an outage of the store.',
  Synced: 'Whether the last sync succeeded; if not, why, and since when.',
  Reconciling: 'True while work for the current generation is under way or will be tried again.',
  Stalled: 'True when trying again cannot help until an object changes.',
  RotationDue:
    'Of a reference with `spec.rotation.every`: whether the oldest remote secret that is served is older than that.',
  SafeToRevoke:
    'Of a reference that keeps revisions (delivery Pinned, stages of rotation) or has `spec.rotation.overlap`, once it served a second value: True when no pod of its namespace reads an older one and the overlap has passed. Names who does, or how to revoke it.',
} as const;
export type ConditionType = keyof typeof conditionTypes;

export const Condition = z.object({
  type: z.string().max(316).meta({ description: 'Ready, Synced, Reconciling, Stalled, RotationDue or SafeToRevoke.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'True, False or Unknown.' }),
  reason: z.string().max(1024).meta({ description: 'Why, in one word: see the table of reasons.' }),
  message: z.string().max(32_768).meta({ description: 'Why, in a sentence, and how to fix it.' }),
  lastTransitionTime: time.meta({ description: 'When the status of this condition last changed.' }),
  observedGeneration: count.exactOptional().meta({ description: 'The generation that this condition speaks of.' }),
});
export type Condition = Parsed<typeof Condition>;

export const conditions = listMap(Condition, 'type', 16).default([]).meta({
  description: 'Ready, Synced, Reconciling and Stalled, as kstatus reads them, RotationDue and SafeToRevoke.',
});

/** Columns `NAME` (True, False) and `REASON` of one condition type. */
export const readyColumn: Column = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  description: 'Whether it is usable now.',
};
export const reasonColumn = (type: ConditionType): Column => ({
  name: 'Reason',
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=="${type}")].reason`,
  description: 'Why, in one word.',
});
export const ageColumn: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was created.',
};
