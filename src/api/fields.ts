import * as z from 'zod';
import { daysPattern, durationPattern, parseDuration, parseLongDuration } from '../core/duration.ts';
import type { Parsed } from '../schema/parsed.ts';
import { type Rule, withRules } from '../schema/rule.ts';

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

const minimumMs = 10_000;

const zeroOrTenSeconds: Rule<string> = {
  cel: `self != '' && self.matches('${durationPattern}') && (duration(self) == duration('0s') || duration(self) >= duration('10s'))`,
  message: 'must be a duration such as "1h", "90s" or "1h30m", at least "10s", or "0s" to never refresh by time',
  holds: text => {
    const ms = parseDuration(text);
    return ms === 0 || (ms !== undefined && ms >= minimumMs);
  },
};

/** Text in the object, milliseconds once parsed; 0 when time alone never causes a refresh. */
export const RefreshInterval = withRules(z.string().max(32), zeroOrTenSeconds).transform(
  text => parseDuration(text) ?? 0,
);

const daysOrTenSeconds: Rule<string> = {
  cel: `self.matches('${daysPattern}') || (self != '' && self.matches('${durationPattern}') && duration(self) >= duration('10s'))`,
  message: 'must be a number of days such as "30d", or a duration such as "12h" or "1h30m", at least "10s"',
  holds: text => (parseLongDuration(text) ?? 0) >= minimumMs,
};

/** For what is counted in weeks: text in the object, milliseconds once parsed. */
export const LongDuration = withRules(z.string().max(32), daysOrTenSeconds).transform(
  text => parseLongDuration(text) ?? 0,
);

/** Text in the object and once parsed. */
export function boundedDuration(shortest: string, longest: string): z.ZodString {
  return withRules(z.string().max(32), {
    cel: `self != '' && self.matches('${durationPattern}') && duration(self) >= duration('${shortest}') && duration(self) <= duration('${longest}')`,
    message: `must be a duration such as "10m" or "1h30m", from "${shortest}" to "${longest}"`,
    holds: text => {
      const ms = parseDuration(text) ?? 0;
      return ms >= (parseDuration(shortest) ?? 0) && ms <= (parseDuration(longest) ?? 0);
    },
  });
}
