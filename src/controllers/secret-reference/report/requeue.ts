import { type Fault, type FaultPolicy, faultPolicy, isApiServerTrouble, type Waits } from '../../../core/fault.ts';
import type { RemoteReader } from '../../../remote/ports.ts';
import type { Next } from '../../../runtime/reconcile.ts';
import type { Observed } from '../nouns/observed.ts';
import type { Outcome } from '../nouns/outcome.ts';
import { dueAt } from '../schedule.ts';

const tenMinutes = 10 * 60_000;

/** When the reference is reconciled next, if nothing happens before. `failingMs`: how long it has failed in this way. */
export function requeue(
  observed: Observed,
  outcome: Outcome,
  now: number,
  failingMs: number,
  remote: RemoteReader,
): Next {
  switch (outcome.kind) {
    case 'suspended':
      return { kind: 'on-change' };
    case 'aged':
    case 'ended':
      return refreshAt(observed.dueAt);
    case 'synced':
      return outcome.plan.repair ? refreshAt(observed.dueAt) : atNextDue(observed, now);
    case 'held':
      return atNextDue(observed, now);
    case 'failed':
      return outcome.readsAt === undefined
        ? afterFault(observed, outcome.fault, now, failingMs, remote)
        : { kind: 'at', time: outcome.readsAt, priority: 'normal' };
    case 'gone':
      return afterFault(observed, outcome.fault, now, failingMs, remote);
    default:
      return outcome satisfies never;
  }
}

function afterFault(observed: Observed, fault: Fault, now: number, failingMs: number, remote: RemoteReader): Next {
  const { interval } = observed.schedule;
  const { retry, keepsToken }: FaultPolicy = faultPolicy[fault.kind];
  if (retry === 'on-change') return refreshAt(now + Math.max(interval, tenMinutes));
  if (isApiServerTrouble(fault)) return { kind: 'backoff', pace: 'short' };
  const { namespace } = observed.reference.metadata;
  const wait = waitOf(retry, failingMs, interval);
  const payer = payerOf(observed, fault);
  const time =
    payer === undefined ? now + wait : remote.retryAt(payer, namespace, observed.reference.metadata.uid, wait);
  return { kind: 'retry-at', time, ...(keepsToken ? {} : { priority: 'low' }) };
}

/** As long again as it has failed already, so that waits double: 5 s, 10 s, 20 s… Zero is no interval. */
function waitOf({ firstMs, mostMs, withinInterval }: Waits, failingMs: number, interval: number): number {
  const most = withinInterval && interval > 0 ? Math.min(mostMs, interval) : mostMs;
  return Math.min(firstMs + failingMs, most);
}

/** Every attempt costs a read: the source that gave the fault pays, or the first that is asked. */
function payerOf({ wanted }: Observed, { sourceUid }: Fault): string | undefined {
  const [first] = wanted.ok ? [...wanted.value.reads, ...wanted.value.searches] : [];
  return sourceUid ?? first?.source.access.uid;
}

const atNextDue = ({ schedule }: Observed, now: number): Next => refreshAt(dueAt(schedule, now, { startedAt: now }));

/** A repair leaves the due time as it was, even if that has passed. */
const refreshAt = (time: number | undefined): Next =>
  time === undefined ? { kind: 'on-change' } : { kind: 'at', time, priority: 'low' };
