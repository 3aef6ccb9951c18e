import type { ReferenceMemory } from './memory.ts';
import { type SyncPlan, sourcesOf } from './plan.ts';
import { allowance, isRequested } from './rotation.ts';

/** What is remembered when the store is asked. A repair asks for what is served already: that refreshes nothing. */
export function remember(
  { reads, searches, asked, repair }: SyncPlan,
  memory: ReferenceMemory,
  now: number,
): ReferenceMemory {
  const checked = repair ? {} : { checkedAt: now };
  const spent = isRequested(asked) ? { bucket: allowance(memory.bucket, now).bucket } : {};
  return { sources: sourcesOf([...reads, ...searches]), ...checked, ...spent };
}
