import { isDeepStrictEqual } from 'node:util';
import { labels, mergeStateOf } from '../../../api/annotations.ts';
import { conflict, type Fault } from '../../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../../core/object-key.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import { andThen, failed, mapOk, ok, type Result } from '../../../core/result.ts';
import type { SecretValue } from '../../../core/secret-value.ts';
import type { SecretObject, SecretPart, Secrets } from '../../../kube/secrets.ts';
import type { Wish } from '../nouns/changes.ts';
import { fingerprint } from '../nouns/fingerprint.ts';
import { type History, lastContent, numbered } from '../nouns/history.ts';
import type { Observed } from '../nouns/observed.ts';
import { type Settled, settledResult } from '../nouns/outcome.ts';
import { type MergeState, mergeStateIn } from '../nouns/target-marks.ts';
import { type Applied, retryOnConflict, writeFault } from './retry-on-conflict.ts';

/**
 * creationPolicy Merge: own keys in somebody else's Secret, with the consent of its owner (a label). Server-side apply
 * keeps the keys apart: each reference is a field manager of its own and never forces, so that a key of the host or of
 * another reference is a conflict and not a loss. What we keep there is written down in an annotation of our own.
 */
export async function settleMerge(
  { observed, desired, answers, token }: Wish,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Result<Settled>> {
  const { metadata, status } = observed.reference;
  const [key, ...former] = hostsOf(observed);
  if (desired.kind === 'none')
    return mapOk(await takeOut([key, ...former], metadata, secrets, signal), deleted => ({
      kind: 'gone',
      proof: desired.proof,
      deleted,
    }));
  const [{ data }] = desired.secrets;
  const part: Part = {
    history: {
      reference: metadata,
      revision: status?.target?.revision ?? 0,
      last: lastContent(observed, mergeType, data, answers),
      token,
    },
    data,
  };
  const settled = await retryOnConflict(key, () => putIn(key, part, secrets, signal));
  return andThen(settled, async value => mapOk(await takeOut(former, metadata, secrets, signal), () => value));
}

/** The wanted one first, then those that may still hold keys of ours. */
export function hostsOf({ reference, targetName, previousNames }: Observed): readonly [ObjectKey, ...ObjectKey[]] {
  const key = (name: string): ObjectKey => objectKey(reference.metadata.namespace, name);
  return [key(targetName), ...previousNames.map(key)];
}

interface Part {
  readonly history: History;
  readonly data: ReadonlyMap<string, SecretValue>;
}

/** In fingerprints: the type is the host's. */
const mergeType = '';

async function putIn(key: ObjectKey, part: Part, secrets: Secrets, signal: AbortSignal): Promise<Applied<Settled>> {
  const found = await secrets.get(key, signal);
  if (!found.ok) return found.fault.kind === 'not-found' ? failed(noHost(key)) : writeFault(found.fault, key);
  const { metadata } = found.value;
  if (metadata.labels[labels.merge] !== 'allowed') return failed(noConsent(key));
  if (metadata.labels[labels.managed] === 'true') return failed(isTarget(key));
  const { history, data } = part;
  const { uid } = history.reference;
  const before = mergeStateIn(metadata, uid);
  const keys = [...data.keys()].toSorted();
  const there = {
    holds: holds(found.value, data) && isDeepStrictEqual(before?.keys, keys),
    revision: before?.revision ?? 0,
  };
  const print = fingerprint(mergeType, data);
  const { revision, contentChanged } = numbered(there, history, print);
  if (there.holds && !contentChanged) return ok(settledResult('kept', false, revision, print, metadata));
  const token = contentChanged ? history.token : before?.token;
  const state: MergeState = { revision, keys, ...(token === undefined ? {} : { token }) };
  const answer = await secrets.apply(partOf(key, found.value, uid, data, JSON.stringify(state)), signal);
  return answer.ok
    ? ok(settledResult('updated', contentChanged, revision, print, answer.value))
    : writeFault(answer.fault, key);
}

/** Takes the own keys out of hosts, those of an earlier name too; answers whether there were any. */
export async function takeOut(
  hosts: readonly ObjectKey[],
  reference: ObjectMeta,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Result<boolean>> {
  let any = false;
  for (const key of hosts) {
    const taken = await retryOnConflict(key, () => takeOutOf(key, reference, secrets, signal));
    if (!taken.ok) return taken;
    any ||= taken.value;
  }
  return ok(any);
}

/** Nothing is to do when the host is gone, going, or another one by now. */
async function takeOutOf(
  key: ObjectKey,
  reference: ObjectMeta,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Applied<boolean>> {
  const found = await secrets.get(key, signal);
  if (!found.ok) return found.fault.kind === 'not-found' ? ok(false) : writeFault(found.fault, key);
  const { metadata } = found.value;
  if (metadata.deletionTimestamp !== undefined || mergeStateIn(metadata, reference.uid) === undefined) return ok(false);
  const answer = await secrets.apply(partOf(key, found.value, reference.uid, new Map(), undefined), signal);
  return answer.ok ? ok(true) : writeFault(answer.fault, key);
}

const partOf = (
  key: ObjectKey,
  host: SecretObject,
  referenceUid: string,
  data: ReadonlyMap<string, SecretValue>,
  state: string | undefined,
): SecretPart => ({
  key,
  uid: host.metadata.uid,
  fieldManager: `shearline-${referenceUid}`,
  annotations: state === undefined ? {} : { [mergeStateOf(referenceUid)]: state },
  data,
  hasOthers: hasOthers(host, mergeStateIn(host.metadata, referenceUid)),
});

function hasOthers({ data }: SecretObject, ours: MergeState | undefined): boolean {
  const own = new Set(ours?.keys);
  return [...data.keys()].some(name => !own.has(name));
}

const holds = (host: SecretObject, data: ReadonlyMap<string, SecretValue>): boolean =>
  [...data].every(([name, value]) => value.equals(host.data.get(name)));

const noHost = (key: ObjectKey): Fault =>
  conflict(
    `Secret ${key} does not exist: creationPolicy Merge adds keys to a Secret of somebody else. Create it with the label ` +
      `${labels.merge}: allowed, or use creationPolicy Owner`,
  );

const noConsent = (key: ObjectKey): Fault =>
  conflict(`Secret ${key} may not be merged into: its owner can allow it by the label ${labels.merge}: allowed`);

/** The reference whose target it is would take the keys out at once, and for ever. */
const isTarget = (key: ObjectKey): Fault =>
  conflict(
    `Secret ${key} is the target of another SecretReference: merge into a Secret that is not, or take the label ` +
      `${labels.managed} from it if that reference is gone`,
  );
