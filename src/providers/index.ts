import { invalidSpec } from '../core/fault.ts';
import type { Result } from '../core/result.ts';
import { failed, mapOk } from '../core/result.ts';
import type { BoundProvider, Provider } from './provider.ts';
import { vault } from './vault/index.ts';
import type { VaultSpec } from './vault/spec.ts';

/** The one list of providers: a new one is an entry here and a line in `bindProvider`. */
export const providers = { vault };

/** `spec.provider` of a source: exactly one field is set, of the name of its provider. */
export interface ProviderSpec {
  readonly vault?: VaultSpec | undefined;
}

/** A provider with the spec of one source, after the rules that the schema cannot say. */
export function bindProvider(spec: ProviderSpec): Result<BoundProvider> {
  const bound = [spec.vault && bind(providers.vault, spec.vault)].filter(provider => provider !== undefined);
  const [only] = bound;
  if (only && bound.length === 1) return only;
  return failed(invalidSpec(`provider must have exactly one of: ${Object.keys(providers).join(', ')}`));
}

function bind<Spec>(provider: Provider<Spec>, unchecked: Spec): Result<BoundProvider> {
  return mapOk(provider.check(unchecked), spec => ({
    name: provider.name,
    needs: provider.needs(spec),
    canonicalKey: key => provider.canonicalKey(spec, key),
    login: (ports, signal) => provider.login(spec, ports, signal),
  }));
}
