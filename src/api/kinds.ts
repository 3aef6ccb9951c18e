import type { KindDefinition } from '../schema/define-kind.ts';
import { secretReferenceKind } from './secret-reference.ts';
import { clusterSecretSourceKind, secretSourceKind } from './secret-source.ts';

/** Every kind that there is. CRDs, docs and RBAC follow from this list. */
export const kinds: readonly KindDefinition[] = [secretReferenceKind, secretSourceKind, clusterSecretSourceKind];
