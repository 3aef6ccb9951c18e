import type { Fault } from '../../core/fault.ts';
import { flatMap } from '../../core/result.ts';
import type { Next, Reconcile, Work } from '../../runtime/work.ts';
import type { SettledThere } from './apply.ts';
import { audited, auditWrite } from './audit.ts';
import { conclude } from './conclude.ts';
import { addFinalizer, finalize, needsFinalizer } from './finalize.ts';
import { gather } from './gather.ts';
import { look } from './look.ts';
import { settleMerge } from './merge.ts';
import { type Observed, observe } from './observe.ts';
import type { Outcome } from './outcome.ts';
import { type Plan, plan, type SyncPlan } from './plan.ts';
import type { Ports } from './ports.ts';
import { refuseToken } from './refuse-token.ts';
import { remember } from './remember.ts';
import { render } from './render.ts';
import { settle } from './settle.ts';
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
      return conclude(observed, todo, todo.kind, now, work, ports);
    case 'refuse':
      return conclude(observed, failing(todo.fault), todo.kind, now, work, ports);
    case 'finalize': {
      const finalized = await finalize(observed, ports, work.signal);
      if (finalized.ok) return finalized.value;
      return conclude(observed, failing(finalized.fault), todo.kind, now, work, ports);
    }
    case 'sync': {
      if (needsFinalizer(observed)) return addFinalizer(observed, ports, work.signal);
      const inLine = standInLine(todo, work, ports);
      if (inLine !== undefined) return inLine;
      const outcome = await sync(observed, todo, now, work, ports);
      return conclude(observed, outcome, todo.because, now, work, ports);
    }
    default:
      return todo satisfies never;
  }
}

/** Behind the others that read from the same source; of several, the first speaks for all. */
function standInLine({ reads, searches }: SyncPlan, work: Work, { remote }: Ports): Next | undefined {
  const [first] = [...reads, ...searches];
  return first && work.takePlace(remote.places(first.source.access.uid));
}

async function sync(observed: Observed, todo: SyncPlan, now: number, work: Work, ports: Ports): Promise<Outcome> {
  const { reference, targetName } = observed;
  const { uid } = reference.metadata;
  ports.memory.update(uid, remember(todo, observed.memory, now));
  const context = { observed, because: todo.because, token: todo.asked.rotate ?? todo.asked.forceSync };
  const remote = audited(context, ports);
  const gathered = await work.outside(() => gather(observed, todo, { ...ports, remote }, work));
  if (!gathered.ok) return failing(gathered.fault);
  const { entries, answers, leftOut } = gathered.value;
  const desired = flatMap(valuesOf(entries, answers), material =>
    render(reference.metadata, targetName, todo.spec, material),
  );
  if (!desired.ok) return failing(desired.fault);
  ports.memory.update(uid, { names: [targetName, ...observed.formerNames] });
  const put = todo.spec.target.creationPolicy === 'Merge' ? settleMerge : settle;
  const settled = await put(observed, desired.value, answers, todo.asked.rotate, ports.secrets, work.signal);
  if (!settled.ok) return failing(settled.fault);
  ports.memory.update(uid, { names: [targetName] });
  if (settled.value.kind === 'gone') {
    if (settled.value.deleted) auditWrite(context, 'deleted', ports);
    return { kind: 'gone', fault: settled.value.proof, deleted: settled.value.deleted };
  }
  if (settled.value.change !== 'kept') auditWrite(context, settled.value.change, ports);
  tell(uid, settled.value, ports);
  const keys = desired.value.kind === 'secret' ? desired.value.data.size : 0;
  return { kind: 'synced', plan: todo, answers, leftOut, keys, settled: settled.value };
}

/** Memory first: the change of the cache is seen by handlers that ask it whether the write was ours. */
function tell(
  uid: string,
  { change, fingerprint, metadata, revision }: SettledThere,
  { memory, wroteTarget }: Ports,
): void {
  memory.update(uid, {
    target: { uid: metadata.uid, resourceVersion: metadata.resourceVersion, fingerprint, revision },
  });
  if (change !== 'kept') wroteTarget(metadata);
}

const failing = (fault: Fault): Outcome => ({ kind: 'failed', fault });
