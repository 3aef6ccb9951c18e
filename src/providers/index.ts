import type { ZodType } from 'zod';
import { invalidSpec } from '../core/fault.ts';
import { failed, mapOk, type Result } from '../core/result.ts';
import { awsSm } from './aws-sm/index.ts';
import { awsSsm } from './aws-ssm/index.ts';
import { azureKv } from './azure-kv/index.ts';
import { databricks } from './databricks/index.ts';
import { fake } from './fake/index.ts';
import { gcpSm } from './gcp-sm/index.ts';
import { http } from './http/index.ts';
import { kubernetes } from './kubernetes/index.ts';
import { local } from './local/index.ts';
import type { BoundProvider, Capability, Provider, ProviderDocs } from './provider.ts';
import { vault } from './vault/index.ts';

/** A provider as the list holds it: the type of its spec is known to itself alone. */
export interface ListedProvider {
  readonly name: string;
  readonly docs: ProviderDocs;
  readonly capabilities: readonly Capability[];
  readonly spec: ZodType;
  /** The provider with the spec of one source, after the rules that the schema cannot say. */
  bind(spec: unknown): Result<BoundProvider>;
}

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
  defineProvider(fake),
  defineProvider(local),
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

/** Makes a provider ready for the list. */
export function defineProvider<Spec>(provider: Provider<Spec>): ListedProvider {
  const { name, docs, capabilities, spec: schema } = provider;
  return {
    name,
    docs,
    capabilities,
    spec: schema,
    bind: given => {
      const parsed = schema.safeParse(given);
      // The source's own parser names the field; it has been here before.
      if (!parsed.success) return failed(invalidSpec(`spec.provider.${name} is not valid`));
      return mapOk(provider.check(parsed.data), spec => ({
        name,
        capabilities,
        keyPrefixes: provider.keyPrefixes ?? [],
        ...(provider.batch && { batch: provider.batch }),
        needs: provider.needs(spec),
        canonicalKey: key => provider.canonicalKey(spec, key),
        canonicalPrefix: prefix => provider.canonicalPrefix?.(prefix) ?? prefix,
        disableCommand: (key, version) => provider.disableCommand?.(spec, key, version),
        login: (ports, signal) => provider.login(spec, ports, signal),
      }));
    },
  };
}
