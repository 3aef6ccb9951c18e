import type { Fault } from '../../core/fault.ts';
import { flatMap } from '../../core/result.ts';
import type { Next, Reconcile, Work } from '../../runtime/reconcile.ts';
import { audited, auditWrite } from './audit.ts';
import { refuseToken } from './events.ts';
import { addFinalizer, finalize, needsFinalizer } from './finalize.ts';
import { look } from './look.ts';
import { settleMerge } from './merge.ts';
import { observe } from './observe.ts';
import type { Observed } from './observed.ts';
import type { Outcome, SettledThere } from './outcome.ts';
import { plan, sourcesOf } from './plan.ts';
import type { Plan, SyncPlan } from './planned.ts';
import type { Ports } from './ports.ts';
import { readAll } from './read-all.ts';
import type { ReferenceState } from './reference-state.ts';
import { render } from './render.ts';
import { allowance, isRequested } from './rotation.ts';
import { settle } from './settle.ts';
import { updateStatus } from './update-status.ts';
import { valuesOf } from './values.ts';

/** One turn of one reference: observe → plan → fetch → render → compare → apply → report. */
export const secretReferenceReconciler =
  (ports: Ports): Reconcile =>
  async work => {
    if (ports.sawSecret !== undefined) await look(work, ports.sawSecret, ports);
    const observed = observe(work.key, ports);
    if (observed === undefined) return { kind: 'on-change' };
    refuseToken(observed, ports);
    const now = ports.clock.steady();
    const todo = plan(observed, { now, requestedAt: work.requestedAt });
    return carryOut(observed, todo, now, work, ports);
  };

async function carryOut(observed: Observed, todo: Plan, now: number, work: Work, ports: Ports): Promise<Next> {
  switch (todo.kind) {
    case 'idle':
      return { kind: 'on-change' };
    case 'wait':
      return { kind: 'at', time: todo.until, lane: todo.lane };
    case 'suspended':
      return updateStatus(observed, todo, todo.kind, now, work, ports);
    case 'refuse':
      return updateStatus(observed, failedOutcome(todo.fault), todo.kind, now, work, ports);
    case 'finalize': {
      const finalized = await finalize(observed, ports, work.signal);
      if (finalized.ok) return finalized.value;
      return updateStatus(observed, failedOutcome(finalized.fault), todo.kind, now, work, ports);
    }
    case 'sync': {
      if (needsFinalizer(observed)) return addFinalizer(observed, ports, work.signal);
      const inLine = waitForCapacity(todo, work, ports);
      if (inLine !== undefined) return inLine;
      const outcome = await sync(observed, todo, now, work, ports);
      return updateStatus(observed, outcome, todo.because, now, work, ports);
    }
    default:
      return todo satisfies never;
  }
}

/** Behind the others that read from the same source; of several, the first speaks for all. */
function waitForCapacity({ reads, searches }: SyncPlan, work: Work, { remote }: Ports): Next | undefined {
  const [first] = [...reads, ...searches];
  return first && work.takePlace(remote.places(first.source.access.uid));
}

async function sync(observed: Observed, todo: SyncPlan, now: number, work: Work, ports: Ports): Promise<Outcome> {
  const { reference, targetName } = observed;
  const { uid } = reference.metadata;
  ports.states.update(uid, remember(todo, observed.state, now));
  const context = { observed, because: todo.because, token: todo.asked.rotate ?? todo.asked.forceSync };
  const remote = audited(context, ports);
  const gathered = await work.outside(() => readAll(observed, todo, { ...ports, remote }, work));
  if (!gathered.ok) return failedOutcome(gathered.fault);
  const { answers, leftOut } = gathered.value;
  const desired = flatMap(valuesOf(answers), material => render(reference.metadata, targetName, todo.spec, material));
  if (!desired.ok) return failedOutcome(desired.fault);
  ports.states.update(uid, { names: [targetName, ...observed.previousNames] });
  const put = todo.spec.target.creationPolicy === 'Merge' ? settleMerge : settle;
  const settled = await put(observed, desired.value, answers, todo.asked.rotate, ports.secrets, work.signal);
  if (!settled.ok) return failedOutcome(settled.fault);
  ports.states.update(uid, { names: [targetName] });
  if (settled.value.kind === 'gone') {
    if (settled.value.deleted) auditWrite(context, 'deleted', ports);
    return { kind: 'gone', fault: settled.value.proof, deleted: settled.value.deleted };
  }
  if (settled.value.change !== 'kept') auditWrite(context, settled.value.change, ports);
  rememberTarget(uid, settled.value, ports);
  const keys = desired.value.kind === 'secret' ? desired.value.data.size : 0;
  return { kind: 'synced', plan: todo, answers, leftOut, keys, settled: settled.value };
}

/** Memory first: the change of the cache is seen by handlers that ask it whether the write was ours. */
function rememberTarget(
  uid: string,
  { change, fingerprint, metadata, revision }: SettledThere,
  { states, wroteTarget }: Ports,
): void {
  states.update(uid, {
    target: { uid: metadata.uid, resourceVersion: metadata.resourceVersion, fingerprint, revision },
  });
  if (change !== 'kept') wroteTarget(metadata);
}

const failedOutcome = (fault: Fault): Outcome => ({ kind: 'failed', fault });

/** What is remembered when the store is asked. A repair asks for what is served already: that refreshes nothing. */
function remember({ reads, searches, asked, repair }: SyncPlan, memory: ReferenceState, now: number): ReferenceState {
  const checked = repair ? {} : { checkedAt: now };
  const spent = isRequested(asked) ? { bucket: allowance(memory.bucket, now).bucket } : {};
  return { sources: sourcesOf([...reads, ...searches]), ...checked, ...spent };
}
