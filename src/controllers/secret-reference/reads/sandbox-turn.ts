import type { ObjectKey } from '../../../core/object-key.ts';
import type { ReconcileRequest } from '../../../runtime/reconcile.ts';
import type { Sandbox } from '../../../sandbox/task.ts';
import type { Observed } from '../nouns/observed.ts';
import type { Caches, Ports } from '../ports.ts';

/** For whom something is computed in the sandbox. */
export interface SandboxTurn {
  readonly key: ObjectKey;
  readonly sandbox: Sandbox;
  readonly signal: AbortSignal;
  /** Whether the reference still asks for it. */
  readonly isWanted: () => boolean;
}

/** Of one reconcile. */
export const sandboxTurn = (
  observed: Observed,
  { sandbox, caches }: Pick<Ports, 'sandbox' | 'caches'>,
  { readSignal }: Pick<ReconcileRequest, 'readSignal'>,
): SandboxTurn => ({
  key: observed.key,
  sandbox,
  signal: readSignal,
  isWanted: () => isStillWanted(observed, caches),
});

/** Not deleted, and not edited. */
function isStillWanted({ key, reference }: Observed, { references }: Caches): boolean {
  const { uid, generation, deletionTimestamp } = references.get(key)?.metadata ?? {};
  return uid === reference.metadata.uid && generation === reference.metadata.generation && !deletionTimestamp;
}
