import type { SecretReferenceStatus } from '../../api/secret-reference-status.ts';
import type { ReferenceMemory } from './memory.ts';

/** Where a Secret of ours may stand beside the wanted one: under the name that status tells, or one that it never came to tell. */
export function formerNames(
  wanted: string,
  status: SecretReferenceStatus | undefined,
  { names = [] }: ReferenceMemory,
): readonly string[] {
  const told = status?.target?.name;
  return [...new Set(told === undefined ? names : [told, ...names])].filter(name => name !== wanted);
}
