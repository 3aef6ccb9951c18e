import type { SecretReference, SourceRef } from '../../../api/secret-reference/secret-reference.ts';
import type { AnySecretSource, ClusterSecretSource, SecretSource } from '../../../api/secret-source/secret-source.ts';
import { servesNamespace } from '../../../api/secret-source/served-namespaces.ts';
import { invalid, invalidSpec, kubernetesUnavailable } from '../../../core/fault.ts';
import { objectKey } from '../../../core/object-key.ts';
import { failed, flatMap, ok, type Result } from '../../../core/result.ts';
import type { Informer } from '../../../kube/api.ts';
import { indexBy } from '../../../kube/index-by.ts';
import { labelsUnread, type Namespace } from '../nouns/observed.ts';
import type { DefaultSources, SourceListers } from '../ports.ts';
import { isDefault, tookClusterDefault, usesEarlierDefault } from '../wake/predicates.ts';

/** Kept up to date by the watches: without it each reconcile that asks for a default would look at all sources. */
export function indexDefaults(
  sources: Pick<Informer<SecretSource>, 'get' | 'values' | 'onChange'>,
  clusterSources: Pick<Informer<ClusterSecretSource>, 'get' | 'values' | 'onChange'>,
): DefaultSources {
  const namespaceOf = (source: AnySecretSource) => (isDefault(source) ? [source.metadata.namespace] : []);
  const own = indexBy(sources, namespaceOf);
  const shared = indexBy(clusterSources, namespaceOf);
  return {
    in: namespace => own.keys(namespace).flatMap(key => sources.get(key) ?? []),
    ofCluster: () => shared.keys('').flatMap(key => clusterSources.get(key) ?? []),
  };
}

/**
 * Finds the source that a sourceRef names, or the default where there is none:
 * the one that the reference used before, else the namespace's own default, else a cluster default that serves it.
 * So a default that appears later than the reference moves nobody.
 */
export function resolveSource(
  ref: SourceRef | undefined,
  reference: SecretReference,
  namespace: Namespace,
  listers: SourceListers,
): Result<AnySecretSource> {
  if (!namespace.known) return failed(notKnownYet(namespace));
  if (ref !== undefined)
    return flatMap(namedSource(ref, namespace.name, listers), source => ifServed(source, namespace));
  const kept = reference.status?.source;
  if (kept === undefined || hasEarlierDefault(reference, listers)) return defaultSource(namespace, listers);
  return flatMap(namedSource(kept, namespace.name, listers), source => ifServed(source, namespace));
}

/** To be waited for: the namespace wakes its references when it arrives. */
const notKnownYet = ({ name }: Namespace) =>
  kubernetesUnavailable(
    `namespace ${name} is not known to the operator yet: nothing is read for it until its labels are`,
  );

const hasEarlierDefault = (reference: SecretReference, { defaults }: SourceListers): boolean =>
  tookClusterDefault(reference) &&
  defaults.in(reference.metadata.namespace).some(own => usesEarlierDefault(reference, own));

function namedSource(ref: SourceRef, namespace: string, listers: SourceListers): Result<AnySecretSource> {
  const source =
    ref.kind === 'SecretSource'
      ? listers.sources.get(objectKey(namespace, ref.name))
      : listers.clusterSources.get(objectKey('', ref.name));
  if (source !== undefined) return ok(source);
  if (ref.kind === 'ClusterSecretSource' && !listers.servesClusterSources) return failed(servesNone(ref.name));
  const where = ref.kind === 'SecretSource' ? ` in namespace ${namespace}` : '';
  return failed(
    invalid('SourceNotFound', `there is no ${ref.kind} ${ref.name}${where}: create it, or change spec.sourceRef`),
  );
}

const servesNone = (name: string) =>
  invalid(
    'SourceNotFound',
    `the operator serves no ClusterSecretSources, so ${name} is not known: ` +
      'let spec.sourceRef name a SecretSource, or ask for --cluster-sources (scope.clusterSources of the chart)',
  );

function ifServed(source: AnySecretSource, namespace: Namespace): Result<AnySecretSource> {
  if (source.kind === 'SecretSource') return ok(source);
  // A spec that does not parse is refused for that reason by the next check.
  if (!source.spec.ok || servesNamespace(source.spec.value.namespaces, namespace)) return ok(source);
  const remedy =
    namespace.labels === undefined
      ? `its owner can name it in spec.namespaces.names; ${labelsUnread}`
      : 'its owner can add the namespace to spec.namespaces, or a label that spec.namespaces.selector asks for to the namespace';
  const { name } = source.metadata;
  return failed(
    invalid('NamespaceNotAllowed', `ClusterSecretSource ${name} does not serve namespace ${namespace.name}: ${remedy}`),
  );
}

function defaultSource(namespace: Namespace, { defaults }: SourceListers): Result<AnySecretSource> {
  const own = defaults.in(namespace.name);
  const shared = defaults
    .ofCluster()
    .filter(({ spec }) => spec.ok && servesNamespace(spec.value.namespaces, namespace));
  const candidates = own.length > 0 ? own : shared;
  const [first, second] = candidates.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  if (first === undefined) return failed(noDefault(namespace));
  if (second === undefined) return ok(first);
  return failed(
    invalidSpec(
      `both ${first.kind} ${first.metadata.name} and ${second.kind} ${second.metadata.name} are the default of namespace ` +
        `${namespace.name}: set spec.sourceRef, or take default: true from one of them`,
    ),
  );
}

function noDefault({ name, labels }: Namespace) {
  const unread = labels === undefined ? ` (a shared one has to name the namespace: ${labelsUnread})` : '';
  return invalid(
    'SourceNotFound',
    `namespace ${name} has no default source: set spec.sourceRef, or default: true on one${unread}`,
  );
}
