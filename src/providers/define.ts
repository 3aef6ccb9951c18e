import type { ZodType } from 'zod';
import { invalidSpec } from '../core/fault.ts';
import { failed, mapOk, type Result } from '../core/result.ts';
import type { Capability, Provider, ProviderDocs } from './provider.ts';
import type { BoundProvider } from './remote-reader.ts';

/** A provider as the list holds it: the type of its spec is known to itself alone. */
export interface ListedProvider {
  readonly name: string;
  readonly docs: ProviderDocs;
  readonly capabilities: readonly Capability[];
  readonly spec: ZodType;
  /** The provider with the spec of one source, after the rules that the schema cannot say. */
  bind(spec: unknown): Result<BoundProvider>;
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
        login: (ports, signal) => provider.login(spec, ports, signal),
      }));
    },
  };
}
