import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, withRules } from '../../schema/rule.ts';

/** `spec.provider.fake`: the values themselves. */
const value = z.string().max(65_536);

const Entry = withRules(
  z
    .object({
      key: z.string().min(1).max(1024).meta({ description: 'The remote key.' }),
      version: z
        .string()
        .min(1)
        .max(128)
        .regex(/^[A-Za-z0-9._:+=-]+$/)
        .exactOptional()
        .meta({ description: 'A version of the value. Of several entries with one key the last is the newest.' }),
      value: value.exactOptional().meta({ description: 'The value: any text.' }),
      valueMap: z
        .record(z.string(), value)
        .refine(map => Object.keys(map).length <= 256, { error: 'must have at most 256 entries' })
        .meta({ maxProperties: 256, 'x-kubernetes-map-type': 'atomic' })
        .exactOptional()
        .meta({ description: 'The value as pairs of names and texts.' }),
      tags: z
        .record(z.string(), z.string().max(256))
        .refine(map => Object.keys(map).length <= 64, { error: 'must have at most 64 entries' })
        .meta({ maxProperties: 64, 'x-kubernetes-map-type': 'atomic' })
        .exactOptional()
        .meta({ description: 'What find.tags looks for.' }),
    })
    .meta({ description: 'One remote secret: a key, and exactly one of value and valueMap.' }),
  exactlyOne('value', 'valueMap'),
);

export const FakeSpec = z
  .object({
    data: z
      .array(Entry)
      .min(1)
      .max(256)
      .meta({ description: 'The remote secrets.', 'x-kubernetes-list-type': 'atomic' }),
  })
  .meta({
    description:
      'Values that stand in the spec itself, for laptops, CI and tests. In a cluster everybody who can read the source can read them, so the operator has to be started with --allow-insecure-providers (for a SecretSource --allow-insecure-namespaced-providers).',
  });
export type FakeSpec = Parsed<typeof FakeSpec>;
