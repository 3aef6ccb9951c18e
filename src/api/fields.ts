import { z } from 'zod';
import type { Parsed } from '../schema/parsed.ts';

/** Fields that more than one kind has. */

const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The name of an object, as Secrets, ServiceAccounts and most other kinds take it. */
export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(dnsName, { error: 'must be a name of lower-case letters, digits, "-" and ".", such as vault-prod' });

export const sourceKinds = ['SecretSource', 'ClusterSecretSource'] as const;

export const SourceRef = z
  .object({
    kind: z.enum(sourceKinds).default('SecretSource').meta({
      description: 'SecretSource (looked for in the namespace of the reference) or ClusterSecretSource.',
    }),
    name: objectName.meta({ description: 'Name of the source.' }),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });
export type SourceRef = Parsed<typeof SourceRef>;

/** A list in which each value of `field` occurs once, so that two people may each apply entries of their own. */
export function listMap<Entry extends z.ZodObject>(entry: Entry, field: string & keyof z.output<Entry>, max: number) {
  return z
    .array(entry)
    .max(max)
    .refine(entries => new Set(entries.map(each => each[field])).size === entries.length, {
      error: `has two entries with the same ${field}`,
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [field] });
}

/** A map of strings; `maxEntries` is in the CRD too, where it bounds the cost of the rules. */
export function stringMap(value: z.ZodString, maxEntries: number) {
  return (
    z
      .record(z.string(), value)
      .refine(map => Object.keys(map).length <= maxEntries, { error: `must have at most ${maxEntries} entries` })
      // Atomic: server-side apply of an emptied map would otherwise store null, which is no map.
      .meta({ maxProperties: maxEntries, 'x-kubernetes-map-type': 'atomic' })
  );
}

/** RFC 3339. Written by the operator only, so its form is not checked again. */
export const time = z.string().max(64).meta({ format: 'date-time' });

/** A count that Kubernetes keeps in 64 bits. */
export const count = z.int().min(0).meta({ format: 'int64' });
/** Of a status. */
export const observedGeneration = z.int().min(-1).exactOptional().meta({
  format: 'int64',
  description: 'The generation that the conditions speak of; -1 until the operator has seen the object.',
});
