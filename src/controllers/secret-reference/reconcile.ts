import { secretReferenceKind } from '../../api/secret-reference/secret-reference.ts';
import { type Fault, invalidSpec } from '../../core/fault.ts';
import { parseMetadataObject } from '../../core/object-meta.ts';
import { type Next, noLaterThan, type Reconcile, type ReconcileRequest } from '../../runtime/reconcile.ts';
import { beforeOpening } from '../secret-rotation/gate.ts';
import { type AuditContext, audited, auditWrite } from './audit.ts';
import { type Collected, collect } from './collect.ts';
import { desire } from './desire.ts';
import { publication } from './kept-revision.ts';
import { look } from './look.ts';
import type { Answer } from './nouns/desired.ts';
import type { Observed } from './nouns/observed.ts';
import { type Failed, type Outcome, type SettledThere, type Waiting, writtenIn } from './nouns/outcome.ts';
import type { Pins } from './nouns/pins.ts';
import type { Plan, SyncPlan } from './nouns/planned.ts';
import type { Revision } from './nouns/revisions.ts';
import { beforeAsking } from './nouns/safe-to-revoke.ts';
import { revisionOf } from './nouns/target-marks.ts';
import { observe } from './observe.ts';
import { pinsBefore, settlePins } from './pins.ts';
import { plan } from './plan.ts';
import type { Ports, Reports } from './ports.ts';
import { postponed, readsAt } from './read-budget.ts';
import { tokenEvents } from './report/events.ts';
import { remember } from './report/remember.ts';
import { isNews, updateStatus } from './report/update-status.ts';
import { addFinalizer, finalize, needsFinalizer } from './write/finalize.ts';
import { settleMerge } from './write/merge.ts';
import { settle } from './write/settle.ts';

/** One reconcile of one reference: observe → plan → read → render → compare → apply → report. */
export const secretReferenceReconciler =
  (ports: Ports): Reconcile =>
  async work => {
    const { api, clock, reports } = ports;
    if (api.sawSecret !== undefined) await look(work, api.sawSecret, ports);
    const observed = observe(work.key, ports);
    if (observed === undefined) return { kind: 'on-change' };
    for (const event of tokenEvents(observed)) reports.events.record(event);
    const startedAt = clock.steady();
    const todo = plan(observed, { now: startedAt, wall: clock.wall(), requestedAt: work.requestedAt });
    const carried = await carryOut(observed, todo, work, ports);
    const collected = await collect(observed, carried, ports, work.signal);
    const pins = await pinsBefore(observed, carried, ports, work.signal);
    const pinned = pins.ok && pins.value !== undefined ? { pins: pins.value } : {};
    const outcome = outcomeOf(observed, todo, carried, { ...collected, ...pinned }, clock.wall());
    const done = { observed, plan: todo, startedAt, readers: collected.readers };
    const state = remember({ ...done, outcome }, clock.steady(), ports);
    // Status as it was still sends everybody to one revision.
    if (!pins.ok) return { kind: 'backoff', pace: 'short' };
    const next =
      outcome.kind === 'waiting' ? outcome.next : await updateStatus({ ...done, outcome }, state, work, ports);
    const lookAt = await settlePins(work.key, pins.value !== undefined && next.kind !== 'backoff', ports, work.signal);
    const leavesMore = outcome.kind === 'ended' || (outcome.kind === 'synced' && outcome.plan.leavesMore);
    if (leavesMore && (next.kind === 'on-change' || next.kind === 'at'))
      return { kind: 'at', time: startedAt, priority: 'high' };
    const planned = carried.kind === 'waiting' ? soonest(next, carried.next) : next;
    const reference = ports.caches.references.get(work.key);
    const untilAsking = beforeAsking(beforeOpening(planned, reference, clock), reference, clock);
    return noLaterThan(noLaterThan(untilAsking, collected.lookAt, 'low'), lookAt, 'normal');
  };

/** With what the look at pods gave. Where nothing else happened, it is told only when it is news. */
function outcomeOf(
  observed: Observed,
  todo: Plan,
  carried: Outcome | Waiting,
  { readers, unseen = 0, pins }: Collected & { readonly pins?: Pins },
  wallMs: number,
): Outcome | Waiting {
  if (carried.kind === 'synced')
    return { ...carried, unseenRevisions: unseen, ...(pins === undefined ? {} : { pins }) };
  const isQuiet = todo.kind === 'idle' || todo.kind === 'wait';
  return isQuiet && isNews(observed, readers, wallMs) ? { kind: 'aged' } : carried;
}

const soonest = (next: Next, other: Next): Next =>
  other.kind === 'at' ? noLaterThan(next, other.time, other.priority) : next;

async function carryOut(
  observed: Observed,
  todo: Plan,
  work: ReconcileRequest,
  ports: Ports,
): Promise<Outcome | Waiting> {
  switch (todo.kind) {
    case 'idle':
      return waiting({ kind: 'on-change' });
    case 'wait':
      return waiting({ kind: 'at', time: todo.until, priority: todo.priority });
    case 'suspended':
    case 'aged':
    case 'ended':
      return todo;
    case 'refuse':
      return failedOutcome(todo.fault);
    case 'finalize': {
      const finalized = await finalize(observed, ports.api, work.signal);
      return finalized.ok ? waiting(finalized.value) : failedOutcome(finalized.fault);
    }
    case 'sync': {
      if (await isSeenLate(observed, todo, ports, work.signal)) return waiting({ kind: 'backoff', pace: 'short' });
      if (needsFinalizer(observed)) return waiting(await addFinalizer(observed, ports.api, work.signal));
      if (observed.keepsRevisions && ports.api.sawSecret !== undefined) return failedOutcome(revisionsUnseen);
      if (todo.publishes !== undefined) return publish(observed, todo, todo.publishes, work, ports);
      return drawReads(observed, todo, ports) ?? sync(observed, todo, work, ports);
    }
    default:
      return todo satisfies never;
  }
}

/** What somebody brings about by edits and tampering is read within the budget of the namespace. */
function drawReads(observed: Observed, todo: SyncPlan, { budgets, clock }: Ports): Failed | undefined {
  const now = clock.steady();
  const time = readsAt(observed, todo, budgets, now);
  return time <= now ? undefined : { ...failedOutcome(postponed(observed, time - now, clock.wall())), readsAt: time };
}

async function sync(
  observed: Observed,
  todo: SyncPlan,
  work: ReconcileRequest,
  ports: Ports,
): Promise<Outcome | Waiting> {
  const { reports, api } = ports;
  const context = { observed, because: todo.because, token: todo.asked.rotate ?? todo.asked.forceSync };
  const wish = await desire(observed, todo, { ...ports, remote: audited(context, ports) }, work);
  // A rotation waits for this key, or somebody else leads soon: what was read is of no use.
  if (work.readSignal.aborted || hasGone(observed, ports)) return waiting({ kind: 'on-change' });
  if (!wish.ok) return failedOutcome(wish.fault);
  const { answers, leftOut, desired } = wish.value;
  const put = observed.creationPolicy === 'Merge' ? settleMerge : settle;
  const settled = await put(
    {
      observed,
      answers,
      desired,
      token: todo.asked.rotate,
      holds: mustAcquire(observed, todo, answers) ? 'acquires' : todo.holdsUntil !== undefined,
    },
    api.secrets,
    work.signal,
  );
  if (!settled.ok) return { ...failedOutcome(settled.fault), mayBeWritten: true };
  if (settled.value.kind === 'held') {
    const { acquired } = settled.value;
    if (acquired !== undefined) record(context, acquired, reports);
    return { kind: 'held', plan: todo, until: todo.holdsUntil ?? 0, answers, acquired };
  }
  if (settled.value.kind === 'gone') {
    if (settled.value.deleted) auditWrite(context, observed.targetName, 'deleted', reports);
    return { kind: 'gone', fault: settled.value.proof, deleted: settled.value.deleted };
  }
  record(context, settled.value, reports);
  const keys = desired.kind === 'secrets' ? desired.secrets[0].data.size : 0;
  return { kind: 'synced', plan: todo, answers, leftOut, keys, settled: settled.value };
}

/** Also an edit for which the store has not the versions any more that are served: the newest nobody has judged. */
const mustAcquire = ({ isJudged, reference }: Observed, todo: SyncPlan, answers: readonly Answer[]): boolean =>
  todo.acquires || (isJudged && reference.status?.target !== undefined && answers.some(({ movedOn }) => movedOn));

async function publish(
  observed: Observed,
  todo: SyncPlan,
  revision: Revision,
  work: ReconcileRequest,
  { reports, api }: Ports,
): Promise<Outcome> {
  const found = await publication(observed, todo, revision, api.secrets, work.signal);
  if (!found.ok) return failedOutcome(found.fault);
  const wish = { observed, answers: [], token: undefined, holds: false, ...found.value };
  const settled = await settle(wish, api.secrets, work.signal);
  if (!settled.ok) return { ...failedOutcome(settled.fault), mayBeWritten: true };
  if (settled.value.kind !== 'there') throw new Error('what is kept is published, and nothing else');
  record({ observed, because: todo.because, token: undefined }, settled.value, reports);
  const keys = found.value.desired.secrets[0].data.size;
  return { kind: 'synced', plan: todo, answers: [], leftOut: [], keys, settled: settled.value };
}

function record(context: AuditContext, settled: SettledThere, reports: Reports): void {
  for (const { change, metadata } of writtenIn(settled))
    if (change !== 'kept') auditWrite(context, metadata.name, change, reports);
}

/** Its Secret goes with it: the garbage collector may be faster than the watch, and what it deletes would come back. */
const hasGone = ({ key, reference }: Observed, { caches }: Ports): boolean =>
  caches.references.get(key)?.metadata.uid !== reference.metadata.uid;

/**
 * Two watches, and that of the reference may be the later one, so it is asked for: where the Secret is gone, which the garbage
 * collector may have taken together with it, again and again; and where what was served is to be put back over a revision that
 * status does not know, which the leader before may have published.
 */
async function isSeenLate(
  { key, reference: { metadata, status }, target, state }: Observed,
  { publishes, repair, keepsVersions }: SyncPlan,
  { api }: Ports,
  signal: AbortSignal,
): Promise<boolean> {
  const isGone = target === undefined && (status?.target !== undefined || state.target !== undefined);
  const isAhead = target !== undefined && revisionOf(target) > (status?.target?.revision ?? 0);
  const undoes = isAhead && (publishes !== undefined || repair || keepsVersions);
  if (!isGone && !undoes) return false;
  const found = await api.client.get(secretReferenceKind, key, { signal, answer: 'metadata' });
  // While nobody can say, a reference is there, and a Secret stays as it is.
  if (!found.ok) return undoes || found.fault.kind === 'not-found';
  const now = parseMetadataObject(found.value)?.metadata;
  return now?.uid !== metadata.uid || (undoes && now.resourceVersion !== metadata.resourceVersion);
}

/** Without the watch nobody knows which revisions there are, and so which may go. */
const revisionsUnseen = invalidSpec(
  'spec.delivery.mode Pinned and the stages of spec.rotation need an operator that watches Secrets: set driftDetection: watch in its chart, or leave them out',
);

const failedOutcome = (fault: Fault): Failed => ({ kind: 'failed', fault });
const waiting = (next: Next): Waiting => ({ kind: 'waiting', next });
