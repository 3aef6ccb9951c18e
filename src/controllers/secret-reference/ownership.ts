import { annotations as names } from '../../api/annotations.ts';
import { conflict, type Fault } from '../../core/fault.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';

/** `ours` also covers a Secret of an earlier life of the reference: it is owned anew by the next write. */
export type Ownership = { readonly kind: 'ours' } | { readonly kind: 'foreign'; readonly owner: string };

export const ownerMark = (reference: ObjectMeta): string => `SecretReference/${reference.name}/${reference.uid}`;

/**
 * Ours if the recorded UID matches, or if kind and name match: the reference of that name is the one at hand,
 * so another UID recorded under its name belongs to an object that is gone (a restore, a GitOps re-creation).
 */
export function ownership(target: ObjectMeta, reference: ObjectMeta): Ownership {
  const controller = target.ownerReferences.find(owner => owner.controller === true);
  if (controller !== undefined && controller.uid !== reference.uid && !isSameReference(controller, reference))
    return { kind: 'foreign', owner: `${controller.kind} ${controller.name}` };
  const mark = target.annotations[names.owner];
  if (mark === undefined)
    return controller === undefined ? { kind: 'foreign', owner: 'somebody else' } : { kind: 'ours' };
  const [kind, name] = mark.split('/');
  if (kind === 'SecretReference' && name === reference.name) return { kind: 'ours' };
  return { kind: 'foreign', owner: `${kind ?? ''} ${name ?? ''}`.trim() || 'somebody else' };
}

const isSameReference = (owner: { readonly kind: string; readonly name: string }, reference: ObjectMeta): boolean =>
  owner.kind === 'SecretReference' && owner.name === reference.name;

export const ownedByAnother = (name: string, { owner }: Extract<Ownership, { kind: 'foreign' }>): Fault =>
  conflict(
    `Secret ${name} belongs to ${owner} and was left as it is: choose another spec.target.name, delete that Secret, ` +
      'or use creationPolicy Merge with the consent of its owner',
  );
