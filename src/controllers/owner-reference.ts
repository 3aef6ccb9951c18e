import type { ObjectMeta, OwnerReference } from '../core/object-meta.ts';

/**
 * Says that the object is its controller: what it owns goes with it. `blockOwnerDeletion` would need rights on the
 * finalizers of the owner, and would block for nothing.
 */
export const ownerReferenceTo = (
  { apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>,
  { name, uid }: Pick<ObjectMeta, 'name' | 'uid'>,
): OwnerReference => ({ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: false });
