import { annotations } from '../../../api/annotations.ts';
import { servedId, versionId } from '../../../api/secret-reference/served.ts';
import {
  type Candidate,
  maxCandidate,
  maxWithheld,
  type SecretReferenceStatus,
} from '../../../api/secret-reference/status.ts';
import { recordName } from '../../../api/secret-rotation/secret-rotation.ts';
import { timestamp } from '../../../core/clock.ts';
import { objectKey } from '../../../core/object-key.ts';
import { waitingTokens } from '../../secret-rotation/gate.ts';
import type { Observed } from '../nouns/observed.ts';
import type { Ended, Held, Outcome, Synced } from '../nouns/outcome.ts';
import { remoteOf } from '../reads/served.ts';
import { isRequested } from '../rotation.ts';

type Holding = Pick<SecretReferenceStatus, 'candidate'>;
type Before = Pick<SecretReferenceStatus, 'candidate' | 'remote' | 'runs'>;

/** What waits after a reconcile. It goes when it was published, or when the store has nothing newer any more. */
export function candidateAfter(observed: Observed, outcome: Outcome, before: Before, wallMs: number): Holding {
  const { candidate } = before;
  switch (outcome.kind) {
    case 'held':
      return { candidate: candidateOf(observed, outcome, before, wallMs) };
    case 'gone':
      return {};
    case 'synced':
      return candidate === undefined ? {} : afterSync(observed, outcome, candidate, before.remote);
    case 'ended':
      return candidate === undefined ? {} : afterRun(outcome, candidate);
    case 'failed':
    case 'aged':
    case 'suspended':
      return kept(candidate);
    default:
      return outcome satisfies never;
  }
}

/** How many runs there have been: a record is named by it, so no number is used twice. */
export function runsAfter({ runs = 0 }: Before, { candidate }: Holding): Pick<SecretReferenceStatus, 'runs'> {
  const most = Math.max(runs, candidate?.run ?? 0);
  return most === 0 ? {} : { runs: most };
}

/** Revisions that were found and not published. One that is published after all is one of them no more. */
export function withheldAfter(
  { candidate, withheld = [] }: SecretReferenceStatus,
  holding: Holding,
  published: number | undefined,
): Pick<SecretReferenceStatus, 'withheld'> {
  const { revision, state } = candidate ?? {};
  const isGivenUp = state === 'Held' && revision !== undefined && holding.candidate?.revision !== revision;
  const all = new Set([...withheld, ...(isGivenUp ? [revision] : [])]);
  const left = [...all].filter(number => number !== published).slice(-maxWithheld);
  return left.length === 0 ? {} : { withheld: left };
}

/** What will happen, and when. */
export function heldText(observed: Observed, { answers, until, acquired }: Held, candidate?: Candidate): string {
  if (acquired !== undefined) return runText(observed, candidate);
  const { targetName } = observed;
  const opens = `when the window opens, at ${timestamp(until)}`;
  return answers.some(({ found }) => found.ok)
    ? `the store has newer values: Secret ${targetName} gets them ${opens}`
    : `all that is asked for is gone at the store: Secret ${targetName} is deleted ${opens}`;
}

/** What the run of the candidate waits for, or why it is not served. */
export function runText({ reference: { metadata }, targetName }: Observed, candidate: Candidate | undefined): string {
  const { run = 0, revision = 0, from = 0, result } = candidate ?? {};
  const record = `SecretRotation ${objectKey(metadata.namespace, recordName(metadata.name, run))}`;
  return result === undefined
    ? `the store has newer values: Secret ${targetName} gets them as revision ${revision} when ${record} has passed its stages, which says what it waits for`
    : `revision ${revision} is not served, ${record} says why: Secret ${targetName} keeps revision ${from} until the store has another value or a new token is set`;
}

const kept = (candidate: Candidate | undefined): Holding => (candidate === undefined ? {} : { candidate });

function candidateOf(observed: Observed, held: Held, before: Before, wallMs: number): Candidate {
  const { answers, until, plan, acquired } = held;
  const served = new Set(before.remote.map(versionId));
  const newer = remoteOf(answers).filter(each => !served.has(versionId(each)));
  const found = {
    time: before.candidate?.time ?? timestamp(wallMs),
    ...(newer.length === 0 ? {} : { remote: newer.slice(0, maxCandidate) }),
    ...waitingTokens(plan.asked),
  };
  if (acquired === undefined) return { ...found, opens: timestamp(until) };
  const { candidate } = before;
  const { asked, turn } = observed;
  const isSame = candidate?.revision === acquired.revision && !isRequested(asked) && turn.kind !== 'taken';
  const { target } = observed.reference.status ?? {};
  const rendered = {
    ...found,
    revision: acquired.revision,
    uid: acquired.metadata.uid,
    from: target?.revision ?? 0,
    ...(target?.pinned === undefined ? {} : { fromUid: target.pinned.uid }),
    generation: observed.reference.metadata.generation,
    ...(plan.templateInputs === undefined ? {} : { templateInputs: plan.templateInputs }),
  };
  return isSame ? { ...candidate, ...rendered } : { ...rendered, ...newRun(observed, candidate, wallMs) };
}

/** Another value, or another request: it gets a record of its own. */
function newRun({ reference, asked, nextRun }: Observed, before: Candidate | undefined, wallMs: number) {
  const named = reference.metadata.annotations[annotations.requestedBy];
  const requestedBy = isRequested(asked) ? named : whoWaits(before);
  const isKnown = requestedBy !== undefined && /^.{1,253}$/.test(requestedBy);
  return {
    time: timestamp(wallMs),
    run: nextRun,
    state: 'Held',
    ...(isKnown ? { requestedBy } : {}),
  } as const;
}

/** A token goes on to the run that takes the place of its own, and so does who set it. */
const whoWaits = (before: Candidate | undefined): string | undefined =>
  isRequested(waitingTokens(before)) ? before?.requestedBy : undefined;

/** An edit and a repair are made with what is served. What a run has published is its candidate until the run ends. */
function afterSync(
  { reference: { spec }, isJudged }: Observed,
  { plan: { because, keepsVersions, repair } }: Synced,
  candidate: Candidate,
  remote: SecretReferenceStatus['remote'],
): Holding {
  if (because === 'RunPublishes')
    return { candidate: { ...candidate, ...replacedIn(remote, candidate), state: 'Published' } };
  if (because === 'RunRollsBack') return { candidate: { ...candidate, state: 'RolledBack' } };
  const waits = isJudged || (spec.ok && spec.value.rotation?.window !== undefined);
  const isAside = keepsVersions || repair || (isJudged && because === 'RolledBack');
  return isAside && waits ? kept(candidate) : {};
}

/** One that failed stays, so that the same value is not tried again; who asked has got an answer. Unless it is served: nothing was left to go back to. */
function afterRun({ turn: { result } }: Ended, { rotate, forceSync, ...candidate }: Candidate): Holding {
  const isAway = candidate.state !== 'Published' && (result === 'Failed' || result === 'RolledBack');
  return isAway ? { candidate: { ...candidate, result } } : {};
}

/** What a run puts back was rendered before it: an edit since then is to be made again. */
export function renderedFrom(
  { reference, wanted }: Observed,
  { plan }: Synced,
  candidate: Pick<Candidate, 'generation' | 'templateInputs'> = {},
) {
  const { generation } = reference.metadata;
  if (plan.because === 'RunRollsBack')
    return { generation: candidate.generation ?? generation, templateInputs: candidate.templateInputs };
  return { generation, templateInputs: wanted.ok ? wanted.value.templateInputs : undefined };
}

/** The versions of what was published without reading. Of a rollback by hand nobody knows them. */
export function keptRemote({ publishes, because }: Synced['plan'], { remote, candidate }: SecretReferenceStatus) {
  if (publishes === undefined) return undefined;
  if (because === 'RunPublishes') return [...publishedRemote(remote, candidate?.remote)];
  if (because === 'RunRollsBack') return [...publishedRemote(remote, candidate?.replaced)];
  return because === 'RolledBack' ? [] : remote;
}

/** What is served once the candidate is published. */
const publishedRemote = (
  served: SecretReferenceStatus['remote'],
  newer: SecretReferenceStatus['remote'] = [],
): SecretReferenceStatus['remote'] => {
  const ids = new Set(newer.map(servedId));
  return [...served.filter(each => !ids.has(servedId(each))), ...newer];
};

function replacedIn(served: SecretReferenceStatus['remote'], { remote = [] }: Candidate): Pick<Candidate, 'replaced'> {
  const ids = new Set(remote.map(servedId));
  const replaced = served.filter(each => ids.has(servedId(each))).slice(0, maxCandidate);
  return replaced.length === 0 ? {} : { replaced };
}
