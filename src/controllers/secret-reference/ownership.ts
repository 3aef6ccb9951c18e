import { annotations as names } from '../../api/annotations.ts';
import { group } from '../../api/group.ts';
import { conflict, type Fault } from '../../core/fault.ts';
import type { ObjectMeta, OwnerReference } from '../../core/object-meta.ts';

/** `ours` also covers a Secret of an earlier life of the reference: it is owned anew by the next write. */
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

/** Of this life of the reference or an earlier one. */
export const pointsAt = ({ apiVersion, kind, name, uid }: OwnerReference, reference: ObjectMeta): boolean =>
  uid === reference.uid ||
  (apiVersion.startsWith(`${group}/`) && kind === 'SecretReference' && name === reference.name);

export const ownedByAnother = (name: string, { owner }: Extract<Ownership, { kind: 'foreign' }>): Fault =>
  conflict(
    `Secret ${name} belongs to ${owner} and was left as it is: choose another spec.target.name, delete that Secret, ` +
      'or use creationPolicy Merge with the consent of its owner; it is looked at again within 5 minutes, or when a rotation is asked for',
  );
