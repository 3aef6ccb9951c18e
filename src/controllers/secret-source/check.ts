import { type KeyPattern, parseKeyPatterns } from '../../api/allowed-keys.ts';
import type { AnySecretSource } from '../../api/secret-source.ts';
import { invalid, invalidSpec } from '../../core/fault.ts';
import { failed, flatMap, mapOk, ok, type Result } from '../../core/result.ts';
import { bindProvider } from '../../providers/index.ts';
import type { SourceAccess } from '../../providers/provider.ts';

/** A source whose spec holds together: what references may use of it. */
export interface CheckedSource {
  readonly access: SourceAccess;
  /** Absent: every key is allowed. */
  readonly allowedKeys: readonly KeyPattern[] | undefined;
}

/** What the operator was started with. */
export interface SourceRules {
  /** Home of CA bundles and shared credentials of cluster sources. */
  readonly operatorNamespace: string;
  /** The egress rule that closes an address, in our words; undefined when it is open or only resolution can tell. */
  readonly closedAddress: (address: string, namespaced: boolean) => string | undefined;
}

export type CheckSource = (source: AnySecretSource) => Result<CheckedSource>;

/**
 * Decides whether a spec can be used at all, without asking anybody. References refuse a source that fails here,
 * and only here: that a store or a CA cannot be reached now is no reason to stop trying.
 * The reflector keeps one object per version of a source, so the answer is kept with the object.
 */
export function sourceChecker(house: SourceRules): CheckSource {
  const known = new WeakMap<AnySecretSource, Result<CheckedSource>>();
  return source => {
    const answer = known.get(source) ?? check(source, house);
    known.set(source, answer);
    return answer;
  };
}

function check(source: AnySecretSource, { operatorNamespace, closedAddress }: SourceRules): Result<CheckedSource> {
  return flatMap(source.spec, spec =>
    flatMap(bindProvider(spec.provider), provider => {
      if (source.kind === 'ClusterSecretSource' && provider.needs.credentials.length > 0 && !spec.allowedKeys?.length)
        return failed(
          invalidSpec(
            'spec.allowedKeys must be set: the credentials of this source are shared by the namespaces it serves',
          ),
        );
      const namespaced = source.kind === 'SecretSource';
      const closed = closedAddress(provider.needs.address, namespaced);
      if (closed !== undefined)
        return failed(invalidSpec(`the address of spec.provider.${provider.name} cannot be used: ${closed}`));
      const access: SourceAccess = {
        uid: source.metadata.uid,
        generation: source.metadata.generation,
        label: labelOf(source),
        namespaced,
        homeNamespace: namespaced ? source.metadata.namespace : operatorNamespace,
        provider,
      };
      const patterns = spec.allowedKeys === undefined ? ok(undefined) : parseKeyPatterns(spec.allowedKeys);
      return mapOk(patterns, allowedKeys => ({ access, allowedKeys }));
    }),
  );
}

/** How a source is named in messages. */
export const labelOf = (source: AnySecretSource): string => `${source.kind} ${source.metadata.name}`;

/** The fault that references show for an invalid source. */
export const sourceInvalid = (source: AnySecretSource, why: string): Result<never> =>
  failed(invalid('SourceInvalid', `${labelOf(source)} cannot be used: ${why}`));
