import * as z from 'zod';
import { providers } from '../../providers/index.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, withRules } from '../../schema/rule.ts';

/** `spec.provider` of both kinds of source: exactly one store, each under the name of its provider. */
export const ProviderSpec = withRules(
  z
    .object(Object.fromEntries(providers.map(({ name, spec }) => [name, spec.exactOptional()])))
    .meta({ description: 'The store: exactly one of the fields.' }),
  exactlyOne(...providers.map(({ name }) => name)),
);
export type ProviderSpec = Parsed<typeof ProviderSpec>;
