import { mergeFinalizer } from '../../api/annotations.ts';
import type { Fault } from '../../core/fault.ts';
import { findCondition } from '../conditions.ts';
import { isUntouched, type Observed, type PlannedRead } from './observed.ts';
import type { Because, Plan, Timing } from './planned.ts';
import { allowance, isRequested, requested } from './rotation.ts';
import { ownedByAnother, ownership, revisionOf } from './target-marks.ts';

type Check = (observed: Observed, turn: Timing) => Plan | undefined;

/** First match wins. The order is the policy. */
const checks: readonly Check[] = [
  isBeingDeleted,
  isSuspended,
  namespaceTerminating,
  specInvalid,
  readRefused,
  targetOwnedByAnother,
  rotationTooSoon,
  syncBecause('RotationRequested', ({ reference }) => isRequested(requested(reference))),
  syncBecause('NeverSynced', ({ reference }) => reference.status?.target === undefined),
  syncBecause('SpecChanged', specChanged),
  syncBecause('SourceChanged', sourceChanged),
  syncBecause('WriteUnreported', writeUnreported),
  syncBecause('TargetMissing', ({ target }) => target === undefined),
  syncBecause('TargetTampered', targetTampered),
  syncBecause(
    'LastAttemptFailed',
    ({ reference }) => findCondition(reference.status?.conditions, 'Synced')?.status !== 'True',
  ),
  syncBecause('RefreshDue', ({ dueAt }, { now }) => dueAt !== undefined && dueAt <= now),
  syncBecause('RepairUnreported', repairUnreported),
];

export function plan(observed: Observed, turn: Timing): Plan {
  for (const check of checks) {
    const found = check(observed, turn);
    if (found !== undefined) return found;
  }
  return observed.dueAt === undefined ? { kind: 'idle' } : { kind: 'wait', until: observed.dueAt, lane: 'refresh' };
}

function isBeingDeleted({ reference: { metadata } }: Observed): Plan | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  return metadata.finalizers.includes(mergeFinalizer) ? { kind: 'finalize' } : { kind: 'idle' };
}

function isSuspended({ spec }: Observed): Plan | undefined {
  return spec.ok && spec.value.suspend ? { kind: 'suspended' } : undefined;
}

function namespaceTerminating({ namespace }: Observed): Plan | undefined {
  return namespace.terminating ? { kind: 'idle' } : undefined;
}

function specInvalid({ spec }: Observed): Plan | undefined {
  return spec.ok ? undefined : refuse(spec.fault);
}

/** No source, one that is invalid or does not serve the namespace, a key that is not allowed. */
function readRefused({ reads, searches }: Observed): Plan | undefined {
  if (!reads.ok) return refuse(reads.fault);
  return searches.ok ? undefined : refuse(searches.fault);
}

function targetOwnedByAnother({ spec, target, targetName, reference }: Observed): Plan | undefined {
  if (target === undefined || !spec.ok || spec.value.target.creationPolicy === 'Merge') return undefined;
  const found = ownership(target, reference.metadata);
  return found.kind === 'foreign' ? refuse(ownedByAnother(targetName, found)) : undefined;
}

function rotationTooSoon({ reference, state }: Observed, { now }: Timing): Plan | undefined {
  if (!isRequested(requested(reference))) return undefined;
  const { readyAt } = allowance(state.bucket, now);
  return readyAt <= now ? undefined : { kind: 'wait', until: readyAt, lane: 'rotation' };
}

/** Status knows an older revision than the Secret: we stopped between the two writes, or somebody restored the reference. */
function writeUnreported({ reference, target }: Observed): boolean {
  return target !== undefined && revisionOf(target) > (reference.status?.target?.revision ?? 0);
}

/** We put back what is no content (a label, an owner), and status does not tell: after a restart it would look tampered with. */
function repairUnreported({ reference, target }: Observed): boolean {
  return target !== undefined && target.resourceVersion !== reference.status?.target?.resourceVersion;
}

function sourceChanged({ state, reads, searches }: Observed): boolean {
  if (state.sources === undefined || !reads.ok || !searches.ok) return false;
  return state.sources !== sourcesOf([...reads.value, ...searches.value]);
}

/** Who was asked, as memory keeps it. */
export const sourcesOf = (asked: readonly Pick<PlannedRead, 'source'>[]): string =>
  [...new Set(asked.map(({ source: { access } }) => `${access.uid}/${access.generation}`))].join();

/** Also when a Secret may be left under another name: that is how a spec looked when it was written there. */
function specChanged({ reference, previousNames }: Observed): boolean {
  return reference.status?.target?.generation !== reference.metadata.generation || previousNames.length > 0;
}

function targetTampered(observed: Observed): boolean {
  return observed.target !== undefined && !isUntouched(observed);
}

/** The last values were read but could not be written: whoever clears the way waits for them, not for those before. */
function writeIsOverdue({ reference }: Observed): boolean {
  const reason = findCondition(reference.status?.conditions, 'Synced')?.reason;
  return reason === 'TargetConflict' || reason === 'TargetWriteRefused';
}

const repairs: readonly Because[] = ['TargetMissing', 'TargetTampered', 'RepairUnreported'];

function syncBecause(reason: Because, holds: (observed: Observed, turn: Timing) => boolean): Check {
  return (observed, turn) => {
    if (!holds(observed, turn)) return undefined;
    if (!observed.spec.ok) return refuse(observed.spec.fault);
    if (!observed.reads.ok) return refuse(observed.reads.fault);
    if (!observed.searches.ok) return refuse(observed.searches.fault);
    const repair = repairs.includes(reason) && !writeIsOverdue(observed);
    return {
      kind: 'sync',
      because: reason,
      spec: observed.spec.value,
      reads: observed.reads.value,
      searches: observed.searches.value,
      repair,
      notBefore: reason === 'RefreshDue' && observed.dueAt !== undefined ? observed.dueAt : turn.requestedAt,
      asked: requested(observed.reference),
    };
  };
}

const refuse = (fault: Fault): Plan => ({ kind: 'refuse', fault });
