import { parseKeyPatterns } from '../../api/secret-source/allowed-keys.ts';
import type { KeyPattern } from '../../api/secret-source/key-pattern.ts';
import type { SourcePolicy } from '../../api/secret-source/policy.ts';
import type { AnySecretSource } from '../../api/secret-source/secret-source.ts';
import { invalid, invalidSpec } from '../../core/fault.ts';
import { failed, flatMap, mapOk, ok, type Result } from '../../core/result.ts';
import { bindProvider } from '../../providers/index.ts';
import type { BoundProvider, Needs } from '../../providers/provider.ts';
import type { SourceAccess } from '../../remote/ports.ts';

/** A source whose spec holds together: what references may use of it. */
export interface CheckedSource {
  readonly access: SourceAccess;
  /** Absent: every key is allowed. */
  readonly allowedKeys: readonly KeyPattern[] | undefined;
  readonly policy: CheckedPolicy;
}

/** What is asked of references. A field that is absent asks nothing. */
export interface CheckedPolicy extends Omit<SourcePolicy, 'deniedKeys'> {
  readonly deniedKeys: readonly KeyPattern[];
}

/** What the operator was started with. */
export interface SourceRules {
  /** Home of CA bundles and shared credentials of cluster sources. */
  readonly operatorNamespace: string;
  readonly allowOperatorIdentity: boolean;
  /** Whether sources of that kind may hold values in their spec. Absent: neither may. */
  readonly allowInsecure?: (asker: { readonly namespaced: boolean }) => boolean;
  /** Whether this is a command on a laptop, whose files and environment belong to whoever runs it. */
  readonly onMachine?: boolean;
  /** The egress rule that closes an address, in our words; undefined when it is open, or only resolution can show it. */
  readonly closedAddress: (
    address: string,
    asker: { readonly namespaced: boolean; readonly operatorIdentity?: boolean },
  ) => string | undefined;
}

export type CheckSource = (source: AnySecretSource) => Result<CheckedSource>;

/**
 * Decides whether a spec can be used at all, without asking anybody. References refuse a source that fails here,
 * and only here: that a store or a CA cannot be reached now is no reason to stop trying.
 * The informer keeps one object per version of a source, so the answer is kept with the object.
 */
export function sourceChecker(rules: SourceRules): CheckSource {
  const known = new WeakMap<AnySecretSource, Result<CheckedSource>>();
  return source => {
    const answer = known.get(source) ?? check(source, rules);
    known.set(source, answer);
    return answer;
  };
}

function check(source: AnySecretSource, rules: SourceRules): Result<CheckedSource> {
  const namespaced = source.kind === 'SecretSource';
  return flatMap(source.spec, spec =>
    flatMap(bindProvider(spec.provider), provider => {
      const wrong =
        insecureFault(provider, namespaced, rules) ??
        identityFault(provider.needs, namespaced, (spec.allowedKeys ?? []).length > 0, rules) ??
        addressFault(provider, namespaced, rules);
      if (wrong !== undefined) return failed(invalidSpec(wrong));
      const access: SourceAccess = {
        uid: source.metadata.uid,
        generation: source.metadata.generation,
        label: labelOf(source),
        namespaced,
        homeNamespace: namespaced ? source.metadata.namespace : rules.operatorNamespace,
        provider,
      };
      const patterns = spec.allowedKeys === undefined ? ok(undefined) : parseKeyPatterns(spec.allowedKeys);
      const denied = parseKeyPatterns(spec.policy?.deniedKeys ?? [], 'deniedKeys');
      return flatMap(patterns, allowedKeys =>
        mapOk(denied, deniedKeys => ({ access, allowedKeys, policy: { ...spec.policy, deniedKeys } })),
      );
    }),
  );
}

function insecureFault({ name, needs }: BoundProvider, namespaced: boolean, rules: SourceRules): string | undefined {
  if (needs.insecure === undefined || rules.onMachine) return undefined;
  if (needs.insecure === 'machine')
    return `spec.provider.${name} reads files and environment of a laptop, so no operator takes it: use a store`;
  if (rules.allowInsecure?.({ namespaced })) return undefined;
  const flag = namespaced ? '--allow-insecure-namespaced-providers' : '--allow-insecure-providers';
  return `spec.provider.${name} holds values in the open: the operator must run with ${flag} for that`;
}

/**
 * Who is read as is bounded by the store's own policy only where each namespace logs in with a ServiceAccount of its own.
 * What is shared is bounded by allowedKeys, and the operator's own identity takes the word of who runs it.
 */
function identityFault(
  { serviceAccount, credentials, operatorIdentity }: Needs,
  namespaced: boolean,
  bounded: boolean,
  { allowOperatorIdentity, onMachine }: SourceRules,
): string | undefined {
  if (operatorIdentity && namespaced)
    return 'only a ClusterSecretSource can log in as the operator: use a ServiceAccount of the namespace instead';
  if (operatorIdentity && !allowOperatorIdentity)
    return 'it logs in as the operator, which must run with --allow-operator-identity for that';
  // Whoever runs a command reads as themselves, whatever the source would do in a cluster.
  if (onMachine) return undefined;
  const shared = operatorIdentity || credentials.length > 0 || serviceAccount === undefined;
  if (!namespaced && shared && !bounded)
    return 'spec.allowedKeys must be set: all namespaces that it serves read as one, not each with a ServiceAccount of its own';
  return undefined;
}

function addressFault({ name, needs }: BoundProvider, namespaced: boolean, rules: SourceRules): string | undefined {
  const asker = { namespaced, operatorIdentity: needs.operatorIdentity ?? false };
  const closed = needs.addresses.map(address => rules.closedAddress(address, asker)).find(rule => rule !== undefined);
  return closed === undefined ? undefined : `the address of spec.provider.${name} cannot be used: ${closed}`;
}

/** How a source is named in messages. */
export const labelOf = (source: AnySecretSource): string => `${source.kind} ${source.metadata.name}`;

/** The fault that references show for an invalid source. */
export const sourceInvalid = (source: AnySecretSource, why: string): Result<never> =>
  failed(invalid('SourceInvalid', `${labelOf(source)} cannot be used: ${why}`));
