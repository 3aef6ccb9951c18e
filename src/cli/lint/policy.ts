import type { SecretReferenceSpec, SourceRef } from '../../api/secret-reference/secret-reference.ts';
import { SecretReferenceSpec as ReferenceSchema } from '../../api/secret-reference/secret-reference.ts';
import { deniedTest, keyTest, parseKeyPatterns } from '../../api/secret-source/allowed-keys.ts';
import { ClusterSecretSourceSpec, SecretSourceSpec } from '../../api/secret-source/secret-source.ts';
import { servesNamespace } from '../../api/secret-source/served-namespaces.ts';
import { brokenRule } from '../../controllers/secret-reference/source-policy.ts';
import { isJsonObject, textOf } from '../../core/untyped.ts';
import { bindProvider } from '../../providers/index.ts';
import type { ManifestDocument, Path } from '../documents.ts';
import { ownKind, pathText } from '../own-kinds.ts';
import type { LintFinding } from './finding.ts';

/** References that no policy allows, as far as the files show it: a source that is not among them may allow anything. */

interface Namespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

interface Source {
  readonly label: string;
  readonly isDefault: boolean;
  readonly allows: (key: string, namespace: Namespace) => string | undefined;
  /** The rule of its policy that a reference does not keep. */
  readonly asksFor: (spec: SecretReferenceSpec) => string | undefined;
  /** Undefined: the files do not say. */
  readonly serves: (namespace: Namespace) => boolean | undefined;
}
type Sources = ReadonlyMap<string, Source>;

export function notAllowed(documents: readonly ManifestDocument[]): readonly LintFinding[] {
  const labels = labelsOfNamespaces(documents);
  const sources: Sources = new Map(documents.flatMap(({ value }) => sourceIn(value)));
  return documents.flatMap(document => {
    const { value } = document;
    if (!isJsonObject(value) || ownKind(value)?.kind !== 'SecretReference' || !isJsonObject(value.metadata)) return [];
    const name = textOf(value.metadata.namespace);
    const spec = ReferenceSchema.safeParse(value.spec);
    if (name === undefined || !spec.success) return [];
    const namespace = { name, labels: labels.get(name) };
    return [...refusals(spec.data, namespace, sources)].map(({ path, message }) => ({
      ...document.placeOf(path),
      rule: 'not-allowed' as const,
      message: `${pathText(path)}: ${message}`,
    }));
  });
}

interface Refusal {
  readonly path: Path;
  readonly message: string;
}

function* refusals(spec: SecretReferenceSpec, namespace: Namespace, sources: Sources): Generator<Refusal> {
  const asked = new Set<Source>();
  for (const { key, path, own } of keysOf(spec)) {
    const source = sourceFor(own ?? spec.sourceRef, namespace, sources);
    if (source === undefined) continue;
    asked.add(source);
    const message = key === undefined ? undefined : (notServed(source, namespace) ?? source.allows(key, namespace));
    if (message !== undefined) yield { path, message };
  }
  for (const { label, asksFor } of asked) {
    const why = asksFor(spec);
    if (why !== undefined) yield { path: ['spec'], message: `${label} ${why}` };
  }
}

interface Asked {
  /** Absent for a search, which leaves out what is not allowed. */
  readonly key?: string;
  readonly path: Path;
  readonly own: SourceRef | undefined;
}

function* keysOf({ data, dataFrom }: SecretReferenceSpec): Generator<Asked> {
  for (const [at, { remoteRef, sourceRef }] of data.entries())
    yield { key: remoteRef.key, path: ['spec', 'data', at, 'remoteRef', 'key'], own: sourceRef };
  for (const [at, { extract, sourceRef }] of dataFrom.entries())
    yield { ...(extract && { key: extract.key }), path: ['spec', 'dataFrom', at, 'extract', 'key'], own: sourceRef };
}

const notServed = (source: Source, namespace: Namespace): string | undefined =>
  source.serves(namespace) === false ? `${source.label} does not serve namespace ${namespace.name}` : undefined;

/** Without a name, the default of the namespace; a namespaced one beats that of the cluster. */
function sourceFor(ref: SourceRef | undefined, namespace: Namespace, sources: Sources): Source | undefined {
  if (ref?.kind === 'ClusterSecretSource') return sources.get(`/${ref.name}`);
  if (ref) return sources.get(`${namespace.name}/${ref.name}`);
  const defaults = [...sources].filter(([, { isDefault }]) => isDefault);
  const [own] = defaults.filter(([id]) => id.startsWith(`${namespace.name}/`));
  const [shared] = defaults.filter(([id, { serves }]) => id.startsWith('/') && serves(namespace) === true);
  return (own ?? shared)?.[1];
}

function sourceIn(value: unknown): readonly (readonly [id: string, source: Source])[] {
  if (!isJsonObject(value) || !isJsonObject(value.metadata)) return [];
  const kind = ownKind(value)?.kind;
  const [name, namespace] = [textOf(value.metadata.name) ?? '', textOf(value.metadata.namespace) ?? ''];
  if (kind === 'SecretSource') {
    const { data } = SecretSourceSpec.safeParse(value.spec);
    const serves = () => true;
    return data && namespace ? [[`${namespace}/${name}`, { ...common(kind, name, data), serves }]] : [];
  }
  if (kind !== 'ClusterSecretSource') return [];
  const { data } = ClusterSecretSourceSpec.safeParse(value.spec);
  if (data === undefined) return [];
  const serves = (asking: Namespace): boolean | undefined =>
    data.namespaces.selector !== undefined && asking.labels === undefined
      ? undefined
      : servesNamespace(data.namespaces, asking);
  return [[`/${name}`, { ...common(kind, name, data), serves }]];
}

function common(kind: string, name: string, spec: SecretSourceSpec): Omit<Source, 'serves'> {
  const provider = bindProvider(spec.provider);
  const patterns = parseKeyPatterns(spec.allowedKeys ?? []);
  const denied = parseKeyPatterns(spec.policy?.deniedKeys ?? [], 'deniedKeys');
  const label = `${kind} ${name}`;
  const allows = (key: string, namespace: Namespace): string | undefined => {
    if (!provider.ok || !patterns.ok) return undefined; // It is invalid, and said to be so.
    const canonical = provider.value.canonicalKey(key);
    if (!canonical.ok) return canonical.fault.message;
    if (denied.ok && deniedTest(denied.value, namespace)(canonical.value))
      return `the policy.deniedKeys of ${label} cover it`;
    if (spec.allowedKeys === undefined || needsLabels(spec.allowedKeys, namespace)) return undefined;
    const test = keyTest(patterns.value, namespace, provider.value.keyPrefixes);
    return test(canonical.value)
      ? undefined
      : `the allowedKeys of ${label} do not let namespace ${namespace.name} read it`;
  };
  return { label, isDefault: spec.default, allows, asksFor: reference => brokenRule(reference, spec.policy ?? {}) };
}

const needsLabels = (patterns: readonly string[], { labels }: Namespace): boolean =>
  labels === undefined && patterns.some(pattern => pattern.includes('{labels.'));

function labelsOfNamespaces(documents: readonly ManifestDocument[]): ReadonlyMap<string, Namespace['labels']> {
  return new Map(
    documents.flatMap(({ value }) => {
      if (!isJsonObject(value) || value.kind !== 'Namespace' || !isJsonObject(value.metadata)) return [];
      const { name, labels } = value.metadata;
      const texts = Object.entries(isJsonObject(labels) ? labels : {}).map(([key, text]) => [key, String(text)]);
      return typeof name === 'string' ? [[name, Object.fromEntries(texts)]] : [];
    }),
  );
}
