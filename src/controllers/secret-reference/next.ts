import { type Fault, faultPolicy } from '../../core/fault.ts';
import type { RemoteReader } from '../../providers/remote-reader.ts';
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
      // Nothing tells when a Secret of somebody else goes: it is not watched.
      return {
        kind: 'at',
        time: now + (fault.kind === 'conflict' ? tenMinutes : Math.max(interval, tenMinutes)),
        lane: 'refresh',
      };
    case 'at-interval': {
      const due = dueAt(observed.schedule, now, { startedAt: now });
      return due === undefined
        ? { kind: 'on-change' }
        : { kind: 'at', time: placeInLine(observed, attempt, remote, due) ?? due, lane: 'refresh' };
    }
    case 'long-backoff': {
      const notBefore = isOfStore(fault) ? placeInLine(observed, attempt, remote) : undefined;
      return { kind: 'backoff', pace: 'long', ...(notBefore === undefined ? {} : { notBefore }) };
    }
    case 'source-budget': {
      const time = isOfStore(fault) ? placeInLine(observed, attempt, remote) : undefined;
      return time === undefined ? { kind: 'backoff', pace: 'short' } : { kind: 'retry-at', time };
    }
  }
}

/** Whatever fails at the store stands in one line with all others that fail there, so that it costs a flat number of calls. */
const placeInLine = (
  { source, reference }: Observed,
  attempt: number,
  remote: RemoteReader,
  earliest = 0,
): number | undefined =>
  source.ok ? remote.retryAt(source.value.access.uid, reference.metadata.uid, attempt, earliest) : undefined;

/** The rest is the API server's. */
const isOfStore = ({ reason }: Fault): boolean =>
  reason !== 'KubernetesUnavailable' && reason !== 'TargetWriteRefused' && reason !== 'NamespaceTerminating';

const atNextDue = ({ schedule }: Observed, now: number): Next => refreshAt(dueAt(schedule, now, { startedAt: now }));

/** A repair leaves the due time as it was, even if that has passed. */
const refreshAt = (time: number | undefined): Next =>
  time === undefined ? { kind: 'on-change' } : { kind: 'at', time, lane: 'refresh' };
