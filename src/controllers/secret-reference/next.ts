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
      return atNextDue(observed, now);
    case 'failed':
    case 'deleted':
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

function atNextDue({ schedule }: Observed, now: number): Next {
  const time = dueAt(schedule, now, { startedAt: now });
  return time === undefined ? { kind: 'on-change' } : { kind: 'at', time, lane: 'refresh' };
}
