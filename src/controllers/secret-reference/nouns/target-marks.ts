import { type MetadataNames, managedNames, mergeStateOf, annotations as names } from '../../../api/annotations.ts';
import { group } from '../../../api/group.ts';
import { conflict, type Fault } from '../../../core/fault.ts';
import type { ObjectMeta, OwnerReference } from '../../../core/object-meta.ts';
import { fieldOf, parseUntyped, textOf, textsOf } from '../../../core/untyped.ts';

/** The revision on a target; 0 where somebody wrote what is none. */
export function revisionOf({ annotations }: ObjectMeta): number {
  const text = annotations[names.revision] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** What earlier specs put there. What is still wanted is put back by the spread that follows. */
export function staleMetadata(before: ObjectMeta | undefined): MetadataNames {
  const { labels, annotations } = managedNames(before?.annotations ?? {});
  return { labels, annotations: [...annotations, names.managedMetadata] };
}

/** All but these names. By a set: whoever may edit the target may write tens of thousands of names, and as many annotations. */
export function without(
  map: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const left = new Set(names);
  return Object.fromEntries(Object.entries(map ?? {}).filter(([name]) => !left.has(name)));
}

/** What a reference keeps in a host, written down on the host in an annotation of that reference's own. */
export interface MergeState {
  /** Goes up by one with each change of content. */
  readonly revision: number;
  readonly keys: readonly string[];
  /** The rotation token that the last change answered. */
  readonly token?: string;
}

/** Undefined when the host has nothing of that reference. A text that somebody tampered with counts as an empty state. */
export function mergeStateIn(host: ObjectMeta, referenceUid: string): MergeState | undefined {
  const text = host.annotations[mergeStateOf(referenceUid)];
  return text === undefined ? undefined : parsed(text);
}

function parsed(text: string): MergeState {
  const raw = parseUntyped(text);
  const [revision, token] = [fieldOf(raw, 'revision'), textOf(fieldOf(raw, 'token'))];
  return {
    revision: isCount(revision) ? revision : 0,
    keys: textsOf(fieldOf(raw, 'keys')),
    ...(token === undefined ? {} : { token }),
  };
}

/** `1e999` is a number for JSON.parse, and for no status. */
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** `ours` also covers a Secret of an earlier life of the reference: the next write makes it owned again. */
export type Ownership = { readonly kind: 'ours' } | { readonly kind: 'foreign'; readonly owner: string };

export const ownerMark = (reference: ObjectMeta): string => `SecretReference/${reference.name}/${reference.uid}`;

/**
 * Ours if the recorded UID matches, or if kind and name match: the reference of that name is the one at hand,
 * so another UID recorded under its name belongs to an object that is gone (a restore, a GitOps re-creation).
 * There is at most one controller, so where there is one it decides; the annotation speaks for what has none (Orphan).
 */
export function ownership(target: ObjectMeta, reference: ObjectMeta): Ownership {
  const controller = target.ownerReferences.find(owner => owner.controller === true);
  if (controller !== undefined)
    return pointsAt(controller, reference) ? ours : foreign(controller.kind, controller.name);
  const [kind, name] = target.annotations[names.owner]?.split('/') ?? [];
  return kind === 'SecretReference' && name === reference.name ? ours : foreign(kind, name);
}

const ours: Ownership = { kind: 'ours' };
const foreign = (kind = '', name = ''): Ownership => ({
  kind: 'foreign',
  owner: `${kind} ${name}`.trim() || 'somebody else',
});

/** Neither a controller nor a reference says that it is theirs. */
export const isNobodys = ({ ownerReferences, annotations }: ObjectMeta): boolean =>
  annotations[names.owner] === undefined && ownerReferences.every(owner => owner.controller !== true);

/** Of this life of the reference or an earlier one. */
export const pointsAt = ({ apiVersion, kind, name, uid }: OwnerReference, reference: ObjectMeta): boolean =>
  uid === reference.uid ||
  (apiVersion.startsWith(`${group}/`) && kind === 'SecretReference' && name === reference.name);

export const ownedByAnother = (name: string, { owner }: Extract<Ownership, { kind: 'foreign' }>): Fault =>
  conflict(
    `Secret ${name} belongs to ${owner} and was left as it is: choose another spec.target.name, delete that Secret, ` +
      'or use creationPolicy Merge with the consent of its owner; it is looked at again within 5 minutes, or when a rotation is asked for',
  );

/** Which labels and annotations come from the spec: what leaves the spec later must leave the Secret too. */
export function managedMetadata(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const managed = { labels: Object.keys(labels).toSorted(), annotations: Object.keys(annotations).toSorted() };
  return managed.labels.length + managed.annotations.length === 0
    ? {}
    : { [names.managedMetadata]: JSON.stringify(managed) };
}

/** The reference that a target names as its owner; at most one. */
export const ownerUidsIn = ({ annotations }: ObjectMeta): readonly string[] =>
  annotations[names.owner]?.split('/').slice(2, 3) ?? [];

/** The references that keep keys in a host. */
export const mergedUidsIn = ({ annotations }: ObjectMeta): readonly string[] =>
  Object.keys(annotations)
    .filter(name => name.startsWith(mergeStateOf('')))
    .map(name => name.slice(mergeStateOf('').length));
