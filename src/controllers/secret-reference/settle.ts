import { kubernetesUnavailable } from '../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import { lastApplied } from '../../core/object-meta.ts';
import { andThen, failed, ok, type Result } from '../../core/result.ts';
import type { Secrets } from '../../kube/secrets.ts';
import { type Applied, apply, refused, type Settled } from './apply.ts';
import { type Current, compare, type History, type LastContent } from './compare.ts';
import type { Answer } from './fetch.ts';
import { fingerprint } from './fingerprint.ts';
import { withoutFormer } from './former.ts';
import type { Observed } from './observe.ts';
import type { Desired, DesiredSecret } from './render.ts';
import { servedAgain } from './served.ts';

/** Looks at the target, decides, writes once; a renamed target's former Secret goes when the new one is there. */
export async function settle(
  observed: Observed,
  desired: Desired,
  answers: readonly Answer[],
  token: string | undefined,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Result<Settled>> {
  const history: History = {
    reference: observed.reference.metadata,
    revision: observed.reference.status?.target?.revision ?? 0,
    token,
    last: desired.kind === 'none' ? undefined : lastContent(observed, desired.type, desired.data, answers),
  };
  let known = remembered(observed, desired, answers);
  const settled = await lookAgainAndAgain(objectKey(observed.namespace.name, observed.targetName), async () => {
    const current = known ?? (await look(observed, secrets, signal));
    known = undefined;
    if (current === 'look-again' || !current.ok) return current;
    const change = compare(current.value, desired, history);
    return change.ok ? apply(change.value, secrets, signal) : change;
  });
  return andThen(settled, value => withoutFormer(observed, value, secrets, signal));
}

const tries = 3;

/** Decides again on a fresh look when somebody else was faster; gives up for this turn after three times. */
export async function lookAgainAndAgain<T>(key: ObjectKey, attempt: () => Promise<Applied<T>>): Promise<Result<T>> {
  for (let count = 0; count < tries; count++) {
    const applied = await attempt();
    if (applied !== 'look-again') return applied;
  }
  return failed(kubernetesUnavailable(`Secret ${key} was changed by somebody else again and again: it is tried again`));
}

type Looked = Applied<Current | undefined>;

/** Saves the GET where the bytes are known already. Undefined: they are not. */
function remembered(observed: Observed, desired: Desired, answers: readonly Answer[]): Looked | undefined {
  const { target, memory, reference } = observed;
  if (target === undefined) return reference.status?.target === undefined ? ok(undefined) : undefined;
  // The cache does not hold this annotation of somebody else's: writing without it would take it away.
  if (target.annotations[lastApplied] !== undefined) return undefined;
  if (memory.target?.uid === target.uid && memory.target.resourceVersion === target.resourceVersion)
    return ok({ metadata: target, fingerprint: memory.target.fingerprint });
  if (desired.kind === 'secret' && worldUnchanged(observed, answers))
    return ok({ metadata: target, fingerprint: fingerprint(desired.type, desired.data) });
  return undefined;
}

/** The Secret, the spec and the served versions are those of the last write: so are the bytes. */
function worldUnchanged(observed: Observed, answers: readonly Answer[]): boolean {
  const { target, reference } = observed;
  return target?.resourceVersion === reference.status?.target?.resourceVersion && servedAgain(observed, answers);
}

/** Undefined where nobody knows, and for a target of another name, which is a new one: it is counted on. */
export function lastContent(
  observed: Observed,
  type: string,
  data: DesiredSecret['data'],
  answers: readonly Answer[],
): LastContent | undefined {
  const { reference, targetName, memory } = observed;
  const last = reference.status?.target;
  if (last?.name !== targetName) return undefined;
  if (memory.target !== undefined) return memory.target;
  return servedAgain(observed, answers) ? { revision: last.revision, fingerprint: fingerprint(type, data) } : undefined;
}

async function look({ namespace, targetName }: Observed, secrets: Secrets, signal: AbortSignal): Promise<Looked> {
  const key = objectKey(namespace.name, targetName);
  const found = await secrets.get(key, signal);
  if (found.ok) {
    const { metadata, type, immutable, data } = found.value;
    return ok({ metadata, type, immutable, fingerprint: fingerprint(type, data) });
  }
  if (found.fault.kind === 'not-found') return ok(undefined);
  return refused(found.fault, key);
}
