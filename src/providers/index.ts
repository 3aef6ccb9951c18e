import { invalidSpec } from '../core/fault.ts';
import { failed, type Result } from '../core/result.ts';
import { defineProvider, type ListedProvider } from './define.ts';
import type { BoundProvider } from './provider.ts';
import { vault } from './vault/index.ts';

/** The one list of providers: a new one is an entry here. Schema, docs and dispatch follow from it. */
export const providers: readonly ListedProvider[] = [defineProvider(vault)];

/** `spec.provider` of a source: exactly one field is set, of the name of its provider. */
export type ProviderFields = Readonly<Record<string, unknown>>;

/** A provider with the spec of one source, after the rules that the schema cannot say. */
export function bindProvider(fields: ProviderFields): Result<BoundProvider> {
  const set = providers.filter(({ name }) => fields[name] !== undefined);
  const [only] = set;
  if (only && set.length === 1) return only.bind(fields[only.name]);
  return failed(invalidSpec(`provider must have exactly one of: ${providers.map(({ name }) => name).join(', ')}`));
}
