import { type Fault, faultPolicy } from '../../core/fault.ts';
import type { RemoteReader } from '../../providers/provider.ts';
import type { Next } from '../../runtime/work.ts';
import { dueAt } from './due.ts';
import type { Observed } from './observe.ts';
import type { Outcome } from './outcome.ts';

const tenMinutes = 10 * 60_000;

/** When the reference has its next turn, if nothing happens before. */
export function nextTurn(
  observed: Observed,
  outcome: Outcome,
  now: number,
  attempt: number,
  remote: RemoteReader,
): Next {
  switch (outcome.kind) {
    case 'suspended':
      return { kind: 'on-change' };
    case 'synced':
      return outcome.plan.repair ? refreshAt(observed.dueAt) : atNextDue(observed, now);
    case 'failed':
    case 'gone':
      return afterFault(observed, outcome.fault, now, attempt, remote);
    default:
      return outcome satisfies never;
  }
}

function afterFault(observed: Observed, fault: Fault, now: number, attempt: number, remote: RemoteReader): Next {
  const { interval } = observed.schedule;
  switch (faultPolicy[fault.kind].retry) {
    case 'on-change':
      return { kind: 'at', time: now + Math.max(interval, tenMinutes), lane: 'refresh' };
    case 'at-interval':
      return atNextDue(observed, now);
    case 'long-backoff':
      return { kind: 'backoff', pace: 'long' };
    case 'source-budget':
      return fault.reason === 'KubernetesUnavailable' || !observed.source.ok
        ? { kind: 'backoff', pace: 'short' }
        : { kind: 'retry-at', time: remote.retryAt(observed.source.value.access.uid, attempt) };
  }
}

const atNextDue = ({ schedule }: Observed, now: number): Next => refreshAt(dueAt(schedule, now, { startedAt: now }));

/** A repair leaves the due time as it was, even if that has passed. */
const refreshAt = (time: number | undefined): Next =>
  time === undefined ? { kind: 'on-change' } : { kind: 'at', time, lane: 'refresh' };
