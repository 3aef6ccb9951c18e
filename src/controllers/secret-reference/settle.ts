import { objectKey } from '../../core/object-key.ts';
import { lastApplied } from '../../core/object-meta.ts';
import { andThen, ok, type Result } from '../../core/result.ts';
import type { Secrets } from '../../kube/secrets.ts';
import { apply } from './apply.ts';
import type { Current, Wish } from './changes.ts';
import { compare } from './compare.ts';
import type { Answer } from './desired.ts';
import { fingerprint } from './fingerprint.ts';
import type { History } from './history.ts';
import { lastContent } from './history.ts';
import type { Observed } from './observed.ts';
import type { Settled } from './outcome.ts';
import { deletePrevious } from './previous-targets.ts';
import { servedAgain } from './reads/served.ts';
import { type Applied, retryOnConflict, writeFault } from './retry-on-conflict.ts';

/** Looks at the target, decides, writes once; a renamed target's former Secret goes when the new one is there. */
export async function settle(wish: Wish, secrets: Secrets, signal: AbortSignal): Promise<Result<Settled>> {
  const { observed, desired, answers, token } = wish;
  const history: History = {
    reference: observed.reference.metadata,
    revision: observed.reference.status?.target?.revision ?? 0,
    token,
    last: desired.kind === 'none' ? undefined : lastContent(observed, desired.type, desired.data, answers),
  };
  let known = knownTarget(wish);
  const settled = await retryOnConflict(objectKey(observed.namespace.name, observed.targetName), async () => {
    const current = known ?? (await readTarget(observed, secrets, signal));
    known = undefined;
    if (current === 'conflict' || !current.ok) return current;
    const change = compare(current.value, desired, history);
    return change.ok ? apply(change.value, secrets, signal) : change;
  });
  return andThen(settled, value => deletePrevious(observed, value, secrets, signal));
}

type Looked = Applied<Current | undefined>;

/** Saves the GET where the bytes are known already. Undefined: they are not. */
function knownTarget({ observed, desired, answers }: Wish): Looked | undefined {
  const { target, state, reference } = observed;
  if (target === undefined) return reference.status?.target === undefined ? ok(undefined) : undefined;
  // The cache does not hold this annotation of somebody else's: writing without it would take it away.
  if (target.annotations[lastApplied] !== undefined) return undefined;
  if (state.target?.uid === target.uid && state.target.resourceVersion === target.resourceVersion)
    return ok({ metadata: target, fingerprint: state.target.fingerprint });
  if (desired.kind === 'secret' && worldUnchanged(observed, answers))
    return ok({ metadata: target, fingerprint: fingerprint(desired.type, desired.data) });
  return undefined;
}

/** The Secret, the spec and the served versions are those of the last write: so are the bytes. */
function worldUnchanged(observed: Observed, answers: readonly Answer[]): boolean {
  const { target, reference } = observed;
  return target?.resourceVersion === reference.status?.target?.resourceVersion && servedAgain(observed, answers);
}

async function readTarget({ namespace, targetName }: Observed, secrets: Secrets, signal: AbortSignal): Promise<Looked> {
  const key = objectKey(namespace.name, targetName);
  const found = await secrets.get(key, signal);
  if (found.ok) {
    const { metadata, type, immutable, data } = found.value;
    return ok({ metadata, type, immutable, fingerprint: fingerprint(type, data) });
  }
  if (found.fault.kind === 'not-found') return ok(undefined);
  return writeFault(found.fault, key);
}
