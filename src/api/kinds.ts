import type { KindDefinition } from '../schema/define-kind.ts';
import { clusterSecretReferenceKind } from './cluster-secret-reference/cluster-secret-reference.ts';
import { secretReferenceKind } from './secret-reference/secret-reference.ts';
import { secretRotationKind } from './secret-rotation/secret-rotation.ts';
import { clusterSecretSourceKind, secretSourceKind } from './secret-source/secret-source.ts';

/** Every kind that there is. CRDs, docs and RBAC follow from this list. */
export const kinds: readonly KindDefinition[] = [
  secretReferenceKind,
  clusterSecretReferenceKind,
  secretRotationKind,
  secretSourceKind,
  clusterSecretSourceKind,
];
