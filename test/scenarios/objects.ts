import * as z from 'zod';
import { parseSecretReference, type SecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import { type ObjectMeta, parseObjectMeta } from '../../src/core/object-meta.ts';

/** What a test reads of the objects in the cluster. */

export function referenceOf(raw: unknown): SecretReference {
  const reference = parseSecretReference(raw);
  if (reference === undefined) throw new Error('this is no SecretReference');
  return reference;
}

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string(),
  message: z.string(),
  observedGeneration: z.number().optional(),
});
/** Of any kind that has conditions. */
const Conditioned = z.object({ status: z.object({ conditions: z.array(Condition).default([]) }).optional() });

export const conditionOf = (object: unknown, type: string): z.infer<typeof Condition> | undefined =>
  Conditioned.parse(object).status?.conditions.find(condition => condition.type === type);

/** A Secret; `text` has its values as UTF-8. */
export interface SecretView {
  readonly metadata: ObjectMeta;
  readonly type: string;
  readonly data: Readonly<Record<string, Buffer>>;
  readonly text: Readonly<Record<string, string>>;
}

const SecretFields = z.object({
  metadata: z.unknown(),
  type: z.string(),
  data: z
    .record(
      z.string(),
      z.string().transform(text => Buffer.from(text, 'base64')),
    )
    .default({}),
});

export function secretOf(raw: unknown): SecretView {
  const { metadata, type, data } = SecretFields.parse(raw);
  const parsed = parseObjectMeta(metadata);
  if (parsed === undefined) throw new Error('this is no Secret');
  const text = Object.fromEntries(Object.entries(data).map(([key, bytes]) => [key, bytes.toString('utf8')]));
  return { metadata: parsed, type, data, text };
}

/** Any Event: those that Kubernetes itself writes may name no object, and say nothing. */
export const EventView = z.object({
  type: z.string().default(''),
  reason: z.string().default(''),
  note: z.string().default(''),
  regarding: z
    .object({ kind: z.string().optional(), name: z.string().optional(), namespace: z.string().optional() })
    .default({}),
});
export type EventView = z.infer<typeof EventView>;
