import { type ObjectKey, objectKey } from '../../../core/object-key.ts';
import { lastApplied } from '../../../core/object-meta.ts';
import { mapOk, ok, type Result } from '../../../core/result.ts';
import type { Secrets } from '../../../kube/secrets.ts';
import type { Changes, Current, Wish } from '../nouns/changes.ts';
import type { Answer, DesiredSecret } from '../nouns/desired.ts';
import { fingerprint } from '../nouns/fingerprint.ts';
import type { History } from '../nouns/history.ts';
import { lastContent } from '../nouns/history.ts';
import type { Observed } from '../nouns/observed.ts';
import type { Settled } from '../nouns/outcome.ts';
import { servedAgain } from '../reads/served.ts';
import { differingKeys } from './adopt.ts';
import { apply, type Done } from './apply.ts';
import { chooseRevision, keptAs, type Look } from './choose-revision.ts';
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
  const known = knownTarget(wish);
  let trustsCache = true;
  const done = await retryOnConflict(objectKey(observed.namespace.name, observed.targetName), async () => {
    const current = await readCurrent(wish, trustsCache ? known : undefined, secrets, signal);
    if (current === 'conflict' || !current.ok) return current;
    const look: Look = name => readSecret(objectKey(observed.namespace.name, name), undefined, secrets, signal);
    const changes = await decide(wish, { current: current.value, history, trustsCache }, look);
    trustsCache = false;
    if (changes === 'conflict' || !changes.ok) return changes;
    if (wish.holds === false || !changesContent(changes.value, current.value))
      return apply(changes.value, reference, secrets, signal);
    if (wish.holds === true) return ok(heldBack);
    const acquired = await apply(besideTarget(changes.value, observed), reference, secrets, signal);
    return acquired === 'conflict' ? acquired : mapOk(acquired, done => ({ ...done, held: true as const }));
  });
  return mapOk(done, ({ there, deleted, held }) => {
    if (held) return { kind: 'held', acquired: there.at(0) };
    if (desired.kind === 'none') return { kind: 'gone', proof: desired.proof, deleted };
    const settled = there.find(({ metadata }) => metadata.name === observed.targetName);
    if (settled === undefined) throw new Error('the target is not among what was written');
    const pinned = there.find(each => each !== settled);
    return pinned === undefined ? settled : { ...settled, pinned };
  });
}

interface Known {
  readonly current: ReadonlyMap<string, Current>;
  readonly history: History;
  /** Until a write has failed on what it shows. */
  readonly trustsCache: boolean;
}

/** Where revisions are kept, once it is clear that the target may be written, its revision is wanted as well. */
async function decide(
  { observed, desired, publishes }: Wish,
  { current, history, trustsCache }: Known,
  look: Look,
): Promise<Applied<Changes>> {
  const present = { current, owned: observed.previousNames };
  const changes = compare(present, desired, history);
  if (!changes.ok || !observed.keepsRevisions || desired.kind === 'none') return changes;
  const [target] = desired.secrets;
  const sought = { observed, target, live: current.get(target.name), history, trustsCache };
  const chosen = publishes === undefined ? await chooseRevision(sought, look) : ok(keptAs(sought, publishes));
  if (chosen === 'conflict' || !chosen.ok) return chosen;
  const { secret, there, numbered } = chosen.value;
  const all = there === undefined ? current : new Map([...current, [secret.name, there]]);
  const secrets = { kind: 'secrets', secrets: [target, secret] } as const;
  return compare({ ...present, current: all }, secrets, { ...history, chosen: numbered });
}

const heldBack: Done = { there: [], deleted: false, held: true };

/** For those who read the Secret now. Where there is none, nobody is waited for. */
const changesContent = ({ update, delete: names }: Changes, current: ReadonlyMap<string, Current>): boolean =>
  update.some(({ contentChanged }) => contentChanged) || names.some(name => current.has(name));

/** The revision alone: who reads the target reads what was there. */
function besideTarget({ create, update, keep }: Changes, { targetName }: Observed): Changes {
  const isBeside = ({ manifest }: Changes['update'][number]): boolean => manifest.metadata.name !== targetName;
  return {
    create: create.filter(isBeside),
    update: update.filter(isBeside),
    keep: keep.filter(({ current }) => current.metadata.name !== targetName),
    delete: [],
  };
}

type Looked = Applied<Current | undefined>;

/** The Secrets that should be there, and the target in any case. */
async function readCurrent(
  { observed: { namespace, targetName }, desired }: Wish,
  target: Looked | undefined,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Applied<ReadonlyMap<string, Current>>> {
  const wanted = desired.kind === 'none' ? [] : desired.secrets;
  const names = desired.kind === 'none' ? [targetName] : wanted.map(({ name }) => name);
  const found = new Map<string, Current>();
  for (const name of names) {
    const known = name === targetName ? target : undefined;
    const current =
      known ??
      (await readSecret(
        objectKey(namespace.name, name),
        wanted.find(each => each.name === name),
        secrets,
        signal,
      ));
    if (current === 'conflict' || !current.ok) return current;
    if (current.value !== undefined) found.set(name, current.value);
  }
  return ok(found);
}

/** Saves the GET where the bytes are known already. Undefined: they are not. */
function knownTarget({ observed, desired, answers }: Wish): Looked | undefined {
  const { target, state, reference, keepsRevisions } = observed;
  const { immutable, adopt } = desired.kind === 'none' ? {} : desired.secrets[0];
  // One that nobody owns is in no cache; a revision is made only where the target may be.
  const isNew = reference.status?.target === undefined && adopt === undefined && !keepsRevisions;
  if (target === undefined) return isNew ? ok(undefined) : undefined;
  // Whether it is immutable is known of what was written for this spec.
  if (immutable !== undefined && reference.status?.target?.generation !== reference.metadata.generation)
    return undefined;
  const sure = immutable === undefined ? {} : { immutable };
  // The cache does not hold this annotation of somebody else's: writing without it would take it away.
  if (target.annotations[lastApplied] !== undefined) return undefined;
  if (state.target?.uid === target.uid && state.target.resourceVersion === target.resourceVersion)
    return ok({ metadata: target, fingerprint: state.target.fingerprint, ...sure });
  if (desired.kind === 'none' || !worldUnchanged(observed, answers)) return undefined;
  const [{ type, data }] = desired.secrets;
  return ok({ metadata: target, fingerprint: fingerprint(type, data), ...sure });
}

/** The Secret, the spec and the served versions are those of the last write: so are the bytes. */
function worldUnchanged(observed: Observed, answers: readonly Answer[]): boolean {
  const { target, reference } = observed;
  return target?.resourceVersion === reference.status?.target?.resourceVersion && servedAgain(observed, answers);
}

async function readSecret(
  key: ObjectKey,
  wanted: DesiredSecret | undefined,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Looked> {
  const found = await secrets.get(key, signal);
  if (found.ok) {
    const { metadata, type, immutable, data } = found.value;
    const differs = wanted?.adopt === undefined ? {} : { differs: differingKeys(data, wanted.data) };
    return ok({ metadata, type, immutable, fingerprint: fingerprint(type, data), ...differs });
  }
  if (found.fault.kind === 'not-found') return ok(undefined);
  return writeFault(found.fault, key);
}
