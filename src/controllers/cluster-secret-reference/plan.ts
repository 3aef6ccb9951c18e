import { isDeepStrictEqual } from 'node:util';
import { generatorsOf, type SecretReference } from '../../api/secret-reference/secret-reference.ts';
import { servesNamespace } from '../../api/secret-source/served-namespaces.ts';
import { objectKey } from '../../core/object-key.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { manifestOf, metadataChanges, ownerOf, type Wanted } from './desired.ts';
import type { Caches } from './ports.ts';

/** One namespace of a ClusterSecretReference: what should be there, and what is. */
export interface Place {
  readonly wanted: Wanted;
  /** Undefined: the watch has not shown it yet, or not any more. */
  readonly namespace: ObjectMeta | undefined;
  /** What has the name, whosever it is. */
  readonly existing: SecretReference | undefined;
  /** Ours under other names, or in a namespace that is not chosen. */
  readonly strays: readonly SecretReference[];
}

export function observePlace(wanted: Wanted, namespace: string, caches: Caches): Place {
  const { references, namespaces, generated } = caches;
  const metadata = namespaces.get(objectKey('', namespace))?.metadata;
  const key = objectKey(namespace, wanted.name);
  const isChosen = metadata !== undefined && servesNamespace(wanted.spec.namespaces, metadata);
  const strays = generated.in(namespace, wanted.metadata.name).filter(each => !isChosen || each !== key);
  return {
    wanted,
    namespace: metadata,
    existing: references.get(key),
    strays: strays.flatMap(each => references.get(each) ?? []),
  };
}

/** What one write of a SecretReference changes. */
export type Patch =
  | { readonly type: 'application/merge-patch+json'; readonly body: object }
  | { readonly type: 'application/json-patch+json'; readonly body: readonly object[] };

/** What to do in one namespace: one write at most, after which it is looked at again. */
export type Todo =
  /** Nothing is wanted there, or nobody can say. */
  | { readonly kind: 'none' }
  | { readonly kind: 'in-step'; readonly reference: SecretReference }
  /** It is being deleted: it is made again when it is gone. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'conflict'; readonly owner: string }
  | { readonly kind: 'create'; readonly manifest: object }
  | { readonly kind: 'patch'; readonly reference: SecretReference; readonly patch: Patch }
  | { readonly kind: 'delete'; readonly reference: SecretReference };

/** First match wins. The order is the policy. */
export function planPlace(place: Place): Todo {
  const { wanted, namespace, existing, strays } = place;
  // A namespace that is not known is not one without labels, and one that is going takes all along.
  if (namespace === undefined || namespace.deletionTimestamp !== undefined) return { kind: 'none' };
  const stray = strays.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (stray !== undefined) return { kind: 'delete', reference: stray };
  if (!servesNamespace(wanted.spec.namespaces, namespace)) return { kind: 'none' };
  if (existing === undefined) return { kind: 'create', manifest: manifestOf(wanted, namespace.name) };
  if (!isOurs(existing, wanted)) return { kind: 'conflict', owner: ownerIn(existing) };
  if (existing.metadata.deletionTimestamp !== undefined) return { kind: 'wait' };
  const patch = changeOf(existing, wanted);
  return patch === undefined ? { kind: 'in-step', reference: existing } : { kind: 'patch', reference: existing, patch };
}

/** Also one of an earlier life of it: there is one object of that name, so another UID belongs to one that is gone. */
const isOurs = ({ metadata }: SecretReference, wanted: Wanted): boolean =>
  generatorsOf(metadata).includes(wanted.metadata.name);

function ownerIn({ metadata }: SecretReference): string {
  const controller = metadata.ownerReferences.find(owner => owner.controller === true);
  return controller === undefined ? '' : `${controller.kind} ${controller.name}`;
}

/** Under the version that was decided on: an object that has changed meanwhile is looked at again. */
function changeOf(existing: SecretReference, wanted: Wanted): Patch | undefined {
  const { resourceVersion } = existing.metadata;
  const owners = ownersOf(existing.metadata, wanted);
  if (owners !== undefined) return merge({ ownerReferences: owners, resourceVersion });
  if (!hasSpec(existing, wanted)) return replaceSpec(wanted, resourceVersion);
  const metadata = metadataChanges(wanted, existing);
  return metadata && merge({ ...metadata, resourceVersion });
}

const merge = (metadata: object): Patch => ({ type: 'application/merge-patch+json', body: { metadata } });

/** As a whole: what somebody added goes as well. */
const replaceSpec = ({ written }: Wanted, resourceVersion: string): Patch => ({
  type: 'application/json-patch+json',
  body: [
    { op: 'replace', path: '/spec', value: written },
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
  ],
});

/** Undefined when it names this life of the owner. Otherwise the garbage collector would take it for an orphan. */
function ownersOf({ ownerReferences }: ObjectMeta, wanted: Wanted): readonly object[] | undefined {
  const own = ownerOf(wanted);
  if (ownerReferences.some(each => isDeepStrictEqual(each, own))) return undefined;
  return [...ownerReferences.filter(({ kind, name }) => kind !== own.kind || name !== own.name), own];
}

/** Answers are kept with the spec, of which caches hold one object a generation: a status costs no comparison. */
const compared = new WeakMap<object, { readonly with: object; readonly same: boolean }>();

/** Compared as they are understood: a default that is written out is no difference. */
export function hasSpec({ spec }: Pick<SecretReference, 'spec'>, wanted: Wanted): boolean {
  if (!spec.ok) return false;
  const { reference } = wanted.spec;
  const known = compared.get(spec.value);
  if (known?.with === reference) return known.same;
  const same = isDeepStrictEqual(spec.value, reference);
  compared.set(spec.value, { with: reference, same });
  return same;
}
