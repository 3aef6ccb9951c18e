import type { ReferenceMemory } from './memory.ts';
import { type SyncPlan, sourcesOf } from './plan.ts';
import { allowance, isRequested } from './rotation.ts';

/** What is remembered when the store is asked. */
export function remember({ reads, asked }: SyncPlan, memory: ReferenceMemory, now: number): ReferenceMemory {
  const spent = isRequested(asked) ? { bucket: allowance(memory.bucket, now).bucket } : {};
  return { checkedAt: now, sources: sourcesOf(reads), ...spent };
}
