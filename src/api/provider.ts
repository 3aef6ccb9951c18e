import { z } from 'zod';
import { VaultSpec } from '../providers/vault/spec.ts';
import type { Parsed } from '../schema/parsed.ts';
import { exactlyOne, withRules } from '../schema/rule.ts';

/** `spec.provider` of both kinds of source: exactly one store, each under the name of its folder. */
export const ProviderSpec = withRules(
  z.object({ vault: VaultSpec.exactOptional() }).meta({ description: 'The store: exactly one of the fields.' }),
  exactlyOne('vault'),
);
export type ProviderSpec = Parsed<typeof ProviderSpec>;
