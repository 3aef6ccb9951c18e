import { invalidSpec } from '../core/fault.ts';
import { failed, type Result } from '../core/result.ts';
import { awsSm } from './aws-sm/index.ts';
import { awsSsm } from './aws-ssm/index.ts';
import { azureKv } from './azure-kv/index.ts';
import { databricks } from './databricks/index.ts';
import { defineProvider, type ListedProvider } from './define.ts';
import { gcpSm } from './gcp-sm/index.ts';
import { http } from './http/index.ts';
import { kubernetes } from './kubernetes/index.ts';
import type { BoundProvider } from './remote-reader.ts';
import { vault } from './vault/index.ts';

/** The one list of providers: a new one is an entry here. Schema, docs and dispatch follow from it. */
export const providers: readonly ListedProvider[] = [
  defineProvider(vault),
  defineProvider(awsSm),
  defineProvider(awsSsm),
  defineProvider(gcpSm),
  defineProvider(azureKv),
  defineProvider(databricks),
  defineProvider(kubernetes),
  defineProvider(http),
];

/** `spec.provider` of a source: exactly one field is set, of the name of its provider. */
export type ProviderFields = Readonly<Record<string, unknown>>;

/** A provider with the spec of one source, after the rules that the schema cannot say. */
export function bindProvider(fields: ProviderFields): Result<BoundProvider> {
  const set = providers.filter(({ name }) => fields[name] !== undefined);
  const [only] = set;
  if (only && set.length === 1) return only.bind(fields[only.name]);
  return failed(invalidSpec(`provider must have exactly one of: ${providers.map(({ name }) => name).join(', ')}`));
}
