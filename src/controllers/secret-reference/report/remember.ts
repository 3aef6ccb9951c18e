import type { Observed } from '../nouns/observed.ts';
import { type Done, type Outcome, writtenIn } from '../nouns/outcome.ts';
import { type SyncPlan, sourcesOf } from '../nouns/planned.ts';
import { isChanged, type ReferenceState } from '../nouns/reference-state.ts';
import type { Ports } from '../ports.ts';
import { allowance, isRequested, unusableToken } from '../rotation.ts';

/**
 * The one place of a reconcile that writes what is remembered of its reference, but for `pins`, which come after it. Before the cache hears of a write, because
 * its handlers ask whether that was ours. Of a reference that went meanwhile nothing is remembered.
 */
export function remember(reconciled: Done, now: number, { api, caches, states }: Ports): ReferenceState {
  const { observed, outcome } = reconciled;
  const { uid } = observed.reference.metadata;
  const change = stateAfter(reconciled, now);
  if (caches.references.get(observed.key)?.metadata.uid === uid) states.update(uid, change);
  if (outcome.kind === 'synced')
    for (const { change, metadata } of writtenIn(outcome.settled)) if (change !== 'kept') api.wroteTarget(metadata);
  if (outcome.kind === 'held' && outcome.acquired !== undefined) api.wroteTarget(outcome.acquired.metadata);
  return { ...observed.state, ...change };
}

function stateAfter({ observed, plan, outcome, startedAt }: Done, now: number): ReferenceState {
  const refused = refusedTokenOf(observed);
  const readsAt = outcome.kind === 'failed' ? outcome.readsAt : undefined;
  // What happened while this reconcile ran is for the next one.
  const answered = { ...refused, readsAt, ...changesAfter(observed, startedAt) };
  if (outcome.kind === 'waiting') return plan.kind === 'sync' ? refused : answered;
  return {
    ...answered,
    ...(plan.kind === 'sync' && plan.publishes === undefined && readsAt === undefined
      ? askedAt(observed, plan, startedAt)
      : {}),
    ...namesAfter(observed, outcome),
    ...targetAfter(outcome),
    ...failingAfter(observed, outcome, now),
  };
}

function changesAfter({ state }: Observed, startedAt: number): ReferenceState {
  return isChanged(state) ? { counted: state.touches ?? 0, changedAt: startedAt } : {};
}

/** The token that an event said cannot be answered. */
function refusedTokenOf({ reference }: Observed): ReferenceState {
  const name = unusableToken(reference);
  const refusedToken = name && reference.metadata.annotations[name];
  return refusedToken === undefined ? {} : { refusedToken };
}

/** What is remembered when the store was asked. A repair asks for what is served already: that refreshes nothing. */
function askedAt({ state }: Observed, { reads, searches, asked, repair }: SyncPlan, startedAt: number): ReferenceState {
  const checked = repair ? {} : { checkedAt: startedAt };
  const spent = isRequested(asked) ? { bucket: allowance(state.bucket, startedAt).bucket } : {};
  return { sources: sourcesOf([...reads, ...searches]), ...checked, ...spent };
}

/** A write that failed may have been done all the same, so that a Secret may be left under each of these names. */
function namesAfter({ targetName, previousNames }: Observed, outcome: Outcome): ReferenceState {
  if (outcome.kind === 'failed') return outcome.mayBeWritten ? { names: [targetName, ...previousNames] } : {};
  return outcome.kind === 'suspended' || outcome.kind === 'aged' || outcome.kind === 'ended'
    ? {}
    : { names: [targetName] };
}

function targetAfter(outcome: Outcome): ReferenceState {
  if (outcome.kind !== 'synced') return {};
  const { fingerprint, metadata, revision, pinned } = outcome.settled;
  const { uid, resourceVersion } = metadata;
  const beside = pinned && { pinnedVersion: pinned.metadata.resourceVersion };
  return { target: { uid, resourceVersion, fingerprint, revision, ...beside } };
}

/** How it fails, and since when; another fault, or the same after an edit, begins again. */
function failingAfter({ reference, state }: Observed, outcome: Outcome, now: number): ReferenceState {
  if (outcome.kind !== 'failed' && outcome.kind !== 'gone') return { failing: undefined };
  const how = `${outcome.fault.reason} in generation ${reference.metadata.generation}`;
  return state.failing?.how === how ? {} : { failing: { how, since: now } };
}
