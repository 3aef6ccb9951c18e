import type { Fault } from '../../core/fault.ts';
import { flatMap } from '../../core/result.ts';
import type { Next, Reconcile, ReconcileRequest } from '../../runtime/reconcile.ts';
import { audited, auditWrite } from './audit.ts';
import { look } from './look.ts';
import type { Observed } from './nouns/observed.ts';
import type { Failed, Outcome, Waiting } from './nouns/outcome.ts';
import type { Plan, SyncPlan } from './nouns/planned.ts';
import { observe } from './observe.ts';
import { plan } from './plan.ts';
import type { Ports } from './ports.ts';
import { postponed, readsAt } from './read-budget.ts';
import { readAll } from './reads/read-all.ts';
import { render } from './render.ts';
import { tokenEvents } from './report/events.ts';
import { remember } from './report/remember.ts';
import { updateStatus } from './report/update-status.ts';
import { valuesOf } from './values.ts';
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
    const todo = plan(observed, { now: startedAt, requestedAt: work.requestedAt });
    const outcome = await carryOut(observed, todo, work, ports);
    const done = { observed, plan: todo, startedAt };
    const state = remember({ ...done, outcome }, clock.steady(), ports);
    return outcome.kind === 'waiting' ? outcome.next : updateStatus({ ...done, outcome }, state, work, ports);
  };

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
      return todo;
    case 'refuse':
      return failedOutcome(todo.fault);
    case 'finalize': {
      const finalized = await finalize(observed, ports.api, work.signal);
      return finalized.ok ? waiting(finalized.value) : failedOutcome(finalized.fault);
    }
    case 'sync': {
      if (needsFinalizer(observed)) return waiting(await addFinalizer(observed, ports.api, work.signal));
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
  const { reference, targetName } = observed;
  const { reports, api } = ports;
  const context = { observed, because: todo.because, token: todo.asked.rotate ?? todo.asked.forceSync };
  const remote = audited(context, ports);
  const read = await readAll(observed, todo, { ...ports, remote }, work);
  // A rotation waits for this key, or somebody else leads soon: what was read is of no use.
  if (work.readSignal.aborted || hasGone(observed, ports)) return waiting({ kind: 'on-change' });
  if (!read.ok) return failedOutcome(read.fault);
  const { answers, leftOut } = read.value;
  const values = await valuesOf(answers, ports.clock);
  const desired = flatMap(values, material => render(reference.metadata, targetName, todo.spec, material));
  if (!desired.ok) return failedOutcome(desired.fault);
  const put = observed.creationPolicy === 'Merge' ? settleMerge : settle;
  const wish = { observed, answers, desired: desired.value, token: todo.asked.rotate };
  const settled = await put(wish, api.secrets, work.signal);
  if (!settled.ok) return { ...failedOutcome(settled.fault), mayBeWritten: true };
  if (settled.value.kind === 'gone') {
    if (settled.value.deleted) auditWrite(context, 'deleted', reports);
    return { kind: 'gone', fault: settled.value.proof, deleted: settled.value.deleted };
  }
  if (settled.value.change !== 'kept') auditWrite(context, settled.value.change, reports);
  const keys = desired.value.kind === 'secrets' ? desired.value.secrets[0].data.size : 0;
  return { kind: 'synced', plan: todo, answers, leftOut, keys, settled: settled.value };
}

/** Its Secret goes with it: the garbage collector may be faster than the watch, and what it deletes would come back. */
const hasGone = ({ key, reference }: Observed, { caches }: Ports): boolean =>
  caches.references.get(key)?.metadata.uid !== reference.metadata.uid;

const failedOutcome = (fault: Fault): Failed => ({ kind: 'failed', fault });
const waiting = (next: Next): Waiting => ({ kind: 'waiting', next });
