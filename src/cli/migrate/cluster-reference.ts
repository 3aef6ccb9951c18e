import { isJsonObject, type JsonObject } from '../../core/untyped.ts';
import { apiVersion } from './emit.ts';
import type { Fields } from './fields.ts';
import type { Findings } from './findings.ts';
import { defined } from './providers/store.ts';
import { type Around, translateReference } from './reference.ts';

/** ClusterExternalSecret → ClusterSecretReference. */
export function translateClusterReference(spec: Fields, metadata: JsonObject, around: Around): JsonObject {
  const { findings } = around;
  const name = spec.text('externalSecretName');
  const made = spec.object('externalSecretMetadata');
  // Namespaces are watched here, so nothing is looked at by time.
  spec.raw('refreshTime');
  const reference = translateReference(spec.object('externalSecretSpec'), { name: name ?? metadata.name }, around);
  return {
    apiVersion,
    kind: 'ClusterSecretReference',
    metadata,
    spec: defined({
      namespaces: namespacesOf(spec, findings),
      name: name === metadata.name ? undefined : name,
      metadata: nonEmpty(
        defined({ labels: nonEmpty(made.map('labels')), annotations: nonEmpty(made.map('annotations')) }),
      ),
      reference: reference.spec,
    }),
  };
}

/** Theirs are those of all selectors and all names together; ours is one choice. */
function namespacesOf(spec: Fields, findings: Findings): JsonObject | undefined {
  const names = spec.texts('namespaces');
  const selectors = [spec.raw('namespaceSelector'), ...selectorsOf(spec)].filter(isJsonObject);
  if (selectors.length + Math.min(names.length, 1) > 1)
    findings.left(
      spec.at('namespaceSelectors'),
      'only the first choice is kept: make one ClusterSecretReference for each',
    );
  const [first] = selectors;
  if (first === undefined) return names.length > 0 ? { names } : undefined;
  return Object.values(first).some(each => nonEmpty(each) !== undefined) ? { selector: first } : { all: true };
}

function selectorsOf(spec: Fields): readonly unknown[] {
  const all = spec.raw('namespaceSelectors');
  return Array.isArray(all) ? all : [];
}

/** Undefined for a map or list without entries. */
const nonEmpty = <T>(value: T): T | undefined =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? value : undefined;
