import { type ObjectKey, objectKey } from '../../../core/object-key.ts';
import { lastApplied } from '../../../core/object-meta.ts';
import { mapOk, ok, type Result } from '../../../core/result.ts';
import type { Secrets } from '../../../kube/secrets.ts';
import type { Current, Wish } from '../nouns/changes.ts';
import type { Answer } from '../nouns/desired.ts';
import { fingerprint } from '../nouns/fingerprint.ts';
import type { History } from '../nouns/history.ts';
import { lastContent } from '../nouns/history.ts';
import type { Observed } from '../nouns/observed.ts';
import type { Settled } from '../nouns/outcome.ts';
import { servedAgain } from '../reads/served.ts';
import { apply } from './apply.ts';
import { compare } from './compare.ts';
import { type Applied, retryOnConflict, writeFault } from './retry-on-conflict.ts';

/** Looks at what is there, decides, and writes: what should be there first, then what should be there no longer goes. */
export async function settle(wish: Wish, secrets: Secrets, signal: AbortSignal): Promise<Result<Settled>> {
  const { observed, desired, answers, token } = wish;
  const reference = observed.reference.metadata;
  const target = desired.kind === 'none' ? undefined : desired.secrets[0];
  const history: History = {
    reference,
    revision: observed.reference.status?.target?.revision ?? 0,
    token,
    last: target && lastContent(observed, target.type, target.data, answers),
  };
  let known = knownTarget(wish);
  const done = await retryOnConflict(objectKey(observed.namespace.name, observed.targetName), async () => {
    const current = await readCurrent(wish, known, secrets, signal);
    known = undefined;
    if (current === 'conflict' || !current.ok) return current;
    const changes = compare({ current: current.value, owned: observed.previousNames }, desired, history);
    return changes.ok ? apply(changes.value, reference, secrets, signal) : changes;
  });
  return mapOk(done, ({ there, deleted }) => {
    if (desired.kind === 'none') return { kind: 'gone', proof: desired.proof, deleted };
    const settled = there.find(({ metadata }) => metadata.name === observed.targetName);
    if (settled === undefined) throw new Error('the target is not among what was written');
    return settled;
  });
}

type Looked = Applied<Current | undefined>;

/** The Secrets that should be there, and the target in any case. */
async function readCurrent(
  { observed: { namespace, targetName }, desired }: Wish,
  target: Looked | undefined,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Applied<ReadonlyMap<string, Current>>> {
  const names = desired.kind === 'none' ? [targetName] : desired.secrets.map(({ name }) => name);
  const found = new Map<string, Current>();
  for (const name of names) {
    const known = name === targetName ? target : undefined;
    const current = known ?? (await readSecret(objectKey(namespace.name, name), secrets, signal));
    if (current === 'conflict' || !current.ok) return current;
    if (current.value !== undefined) found.set(name, current.value);
  }
  return ok(found);
}

/** Saves the GET where the bytes are known already. Undefined: they are not. */
function knownTarget({ observed, desired, answers }: Wish): Looked | undefined {
  const { target, state, reference } = observed;
  if (target === undefined) return reference.status?.target === undefined ? ok(undefined) : undefined;
  // The cache does not hold this annotation of somebody else's: writing without it would take it away.
  if (target.annotations[lastApplied] !== undefined) return undefined;
  if (state.target?.uid === target.uid && state.target.resourceVersion === target.resourceVersion)
    return ok({ metadata: target, fingerprint: state.target.fingerprint });
  if (desired.kind === 'none' || !worldUnchanged(observed, answers)) return undefined;
  const [{ type, data }] = desired.secrets;
  return ok({ metadata: target, fingerprint: fingerprint(type, data) });
}

/** The Secret, the spec and the served versions are those of the last write: so are the bytes. */
function worldUnchanged(observed: Observed, answers: readonly Answer[]): boolean {
  const { target, reference } = observed;
  return target?.resourceVersion === reference.status?.target?.resourceVersion && servedAgain(observed, answers);
}

async function readSecret(key: ObjectKey, secrets: Secrets, signal: AbortSignal): Promise<Looked> {
  const found = await secrets.get(key, signal);
  if (found.ok) {
    const { metadata, type, immutable, data } = found.value;
    return ok({ metadata, type, immutable, fingerprint: fingerprint(type, data) });
  }
  if (found.fault.kind === 'not-found') return ok(undefined);
  return writeFault(found.fault, key);
}
