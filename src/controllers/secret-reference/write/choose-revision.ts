import { type Fault, writeRefused } from '../../../core/fault.ts';
import { objectKey } from '../../../core/object-key.ts';
import { largestRevision } from '../../../core/pod-revisions.ts';
import { failed, ok } from '../../../core/result.ts';
import type { Current, KeptRevision } from '../nouns/changes.ts';
import type { DesiredSecret } from '../nouns/desired.ts';
import { fingerprint } from '../nouns/fingerprint.ts';
import { type History, type Numbered, numbered } from '../nouns/history.ts';
import { isUntouched, type Observed } from '../nouns/observed.ts';
import { asRevision, newestNumber, revisionName } from '../nouns/revisions.ts';
import { ownership, revisionOf } from '../nouns/target-marks.ts';
import type { Applied } from './retry-on-conflict.ts';

/** The target that is wanted, and as it is. */
export interface Sought {
  readonly observed: Observed;
  readonly target: DesiredSecret;
  readonly live: Current | undefined;
  readonly history: History;
  /** Until a write has failed on what it shows. */
  readonly trustsCache: boolean;
}

/** The revision that the wanted content has or gets, and what is there under its name. */
export interface Chosen {
  readonly numbered: Numbered;
  readonly secret: DesiredSecret;
  readonly there: Current | undefined;
}

/** Reads a Secret of that name. */
export type Look = (name: string) => Promise<Applied<Current | undefined>>;

/** Names in a row that hold another content: more are left to the next reconcile. */
const mostTaken = 10;

/**
 * A name never means two contents, because nodes keep immutable Secrets by name. So a number is used again only for the
 * very content that it stands for: a revision that was acquired and not published yet, or one that somebody deleted.
 *
 *   status 7, live 7 │ r7 has it         → 7: nothing to do
 *   status 7, live 7 │ r7 deleted        → 7: made again with the same bytes
 *   status 7, live 7 │ r8 has it         → 8: killed between the two writes; only the live Secret is missing
 *   status 7, live 7 │ r8 has another    → 9: the store moved on while nobody led
 *   status 7, live 7 │ r8 waits for a run → 7 for the content of 7, 8 for that of 8, whatever came since
 */
export async function chooseRevision(sought: Sought, look: Look): Promise<Applied<Chosen>> {
  const { observed, target, live, history, trustsCache } = sought;
  const wanted = fingerprint(target.type, target.data);
  const there = { holds: live?.fingerprint === wanted, revision: live === undefined ? 0 : revisionOf(live.metadata) };
  const counted = numbered(there, history, wanted);
  const newest = Math.max(newestNumber(observed), there.revision);
  const isCounted =
    wanted === history.last?.fingerprint || (there.holds && isUntouched({ ...observed, target: live?.metadata }));
  const { isJudged, reference } = observed;
  const known = isJudged ? [isCounted ? counted.revision : undefined, reference.status?.candidate?.revision] : [];
  const first = Math.max(counted.revision, newest);
  for (const number of numbers(known, first)) {
    if (number > largestRevision) return failed(noNumberLeft(observed));
    const name = revisionName(target.name, number);
    const found = await (trustsCache ? fromCache(sought, number, wanted, look) : look(name));
    if (found === 'conflict' || !found.ok) return found;
    const isFree = number > newest || (number === counted.revision && isCounted);
    const fits = found.value === undefined ? isFree : holds(found.value, wanted, observed);
    if (fits)
      return ok({ numbered: { ...counted, revision: number }, secret: asRevision(target, number), there: found.value });
  }
  return trustsCache ? 'conflict' : failed(namesTaken(observed, first));
}

const nameOf = ({ namespace, targetName }: Observed, number: number): string =>
  objectKey(namespace.name, revisionName(targetName, number));

const namesTaken = (observed: Observed, first: number): Fault =>
  writeRefused(
    `Secrets ${nameOf(observed, first)} to ${nameOf(observed, first + mostTaken - 1)}, whose names the next revisions would have, ` +
      'are not of this reference: delete them',
  );
const noNumberLeft = (observed: Observed): Fault =>
  writeRefused(
    `Secret ${nameOf(observed, largestRevision)} has the largest number that there is, and was not made by this operator: delete it; ` +
      'if status.newestRevision says the same, make the reference again',
  );

/** Those whose content may be the wanted one, then those that may be free. */
const numbers = (known: readonly (number | undefined)[], first: number): ReadonlySet<number> =>
  new Set([...known.filter(each => each !== undefined), ...Array.from({ length: mostTaken }, (_, at) => first + at)]);

/** The number of a rollback is that of the revision that it publishes. */
export const keptAs = ({ target, live }: Sought, { number, current }: KeptRevision): Chosen => ({
  numbered: { revision: number, contentChanged: live?.fingerprint !== current.fingerprint },
  secret: asRevision(target, number),
  there: current,
});

/** Ours, with the wanted bytes, and not on its way out. */
const holds = ({ metadata, fingerprint }: Current, wanted: string, { reference }: Observed): boolean =>
  fingerprint === wanted &&
  metadata.deletionTimestamp === undefined &&
  ownership(metadata, reference.metadata).kind === 'ours';

/** The bytes of an immutable Secret are those of its UID, so the one that status names is not read again. */
async function fromCache(
  { observed, target, history }: Sought,
  number: number,
  wanted: string,
  look: Look,
): Promise<Applied<Current | undefined>> {
  const { revisions, reference } = observed;
  const cached = revisions.find(each => each.of === target.name && each.number === number);
  if (cached === undefined) return ok(undefined);
  const { pinned } = reference.status?.target ?? {};
  const isKnown = pinned?.uid === cached.metadata.uid && wanted === history.last?.fingerprint;
  if (!isKnown || history.last?.revision !== number) return look(cached.metadata.name);
  return ok({ metadata: cached.metadata, fingerprint: wanted, type: target.type, immutable: true });
}
