import { mergeFinalizer } from '../../api/annotations.ts';
import type { SecretReferenceSpec } from '../../api/secret-reference.ts';
import type { Fault } from '../../core/fault.ts';
import type { Lane } from '../../core/lane.ts';
import { findCondition } from '../conditions.ts';
import { revisionOf } from './compare.ts';
import type { Observed } from './observe.ts';
import { ownedByAnother, ownership } from './ownership.ts';
import type { PlannedRead } from './planned-read.ts';
import type { PlannedSearch } from './planned-search.ts';
import { allowance, isRequested, type Requested, requested } from './rotation.ts';

/** What to do about a reference; a value that can be printed. */
export type Plan =
  | { readonly kind: 'idle' }
  /** Steady milliseconds. */
  | { readonly kind: 'wait'; readonly until: number; readonly lane: Lane }
  | { readonly kind: 'suspended' }
  | { readonly kind: 'refuse'; readonly fault: Fault }
  | SyncPlan
  /** Merge only: takes the own keys out of the host, then the finalizer off the reference. */
  | { readonly kind: 'finalize' };

export interface SyncPlan {
  readonly kind: 'sync';
  readonly because: Because;
  readonly spec: SecretReferenceSpec;
  readonly reads: readonly PlannedRead[];
  /** What has to be looked for before all reads are known. */
  readonly searches: readonly PlannedSearch[];
  /** Repair is not rotation: a target is put back with the versions that it was served from. */
  readonly repair: boolean;
  /** Steady milliseconds: no older read will do. */
  readonly notBefore: number;
  readonly asked: Requested;
}

export type Because =
  | 'NeverSynced'
  | 'SpecChanged'
  | 'RotationRequested'
  | 'SourceChanged'
  | 'WriteUnreported'
  | 'TargetMissing'
  | 'TargetTampered'
  | 'LastAttemptFailed'
  | 'RefreshDue'
  | 'RepairUnreported';

/** The turn: `now` and `requestedAt`, the event or due time it answers, in steady milliseconds. */
export interface Turn {
  readonly now: number;
  readonly requestedAt: number;
}

type Check = (observed: Observed, turn: Turn) => Plan | undefined;

/** First match wins. The order is the policy. */
const checks: readonly Check[] = [
  isBeingDeleted,
  isSuspended,
  namespaceTerminating,
  specInvalid,
  readRefused,
  targetOwnedByAnother,
  rotationTooSoon,
  because('RotationRequested', ({ reference }) => isRequested(requested(reference))),
  because('NeverSynced', ({ reference }) => reference.status?.target === undefined),
  because('SpecChanged', specChanged),
  because('SourceChanged', sourceChanged),
  because('WriteUnreported', writeUnreported),
  because('TargetMissing', ({ target }) => target === undefined),
  because('TargetTampered', targetTampered),
  because(
    'LastAttemptFailed',
    ({ reference }) => findCondition(reference.status?.conditions, 'Synced')?.status !== 'True',
  ),
  because('RefreshDue', ({ dueAt }, { now }) => dueAt !== undefined && dueAt <= now),
  because('RepairUnreported', repairUnreported),
];

export function plan(observed: Observed, turn: Turn): Plan {
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

function rotationTooSoon({ reference, memory }: Observed, { now }: Turn): Plan | undefined {
  if (!isRequested(requested(reference))) return undefined;
  const { readyAt } = allowance(memory.bucket, now);
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

function sourceChanged({ memory, reads, searches }: Observed): boolean {
  if (memory.sources === undefined || !reads.ok || !searches.ok) return false;
  return memory.sources !== sourcesOf([...reads.value, ...searches.value]);
}

/** Who was asked, as memory keeps it. */
export const sourcesOf = (asked: readonly Pick<PlannedRead, 'source'>[]): string =>
  [...new Set(asked.map(({ source: { access } }) => `${access.uid}/${access.generation}`))].join();

/** Also when a Secret may be left under another name: that is how a spec looked when it was written there. */
function specChanged({ reference, formerNames }: Observed): boolean {
  return reference.status?.target?.generation !== reference.metadata.generation || formerNames.length > 0;
}

function targetTampered(observed: Observed): boolean {
  return observed.target !== undefined && !isUntouched(observed);
}

/** Nobody wrote the target since we did. Status may lag one write behind what this process remembers. */
export function isUntouched({ reference, target, memory }: Observed): boolean {
  const ours = [reference.status?.target?.resourceVersion, memory.target?.resourceVersion];
  return target !== undefined && ours.includes(target.resourceVersion);
}

/** The last values were read but could not be written: whoever clears the way waits for them, not for those before. */
function writeIsOverdue({ reference }: Observed): boolean {
  const reason = findCondition(reference.status?.conditions, 'Synced')?.reason;
  return reason === 'TargetConflict' || reason === 'TargetWriteRefused';
}

const repairs: readonly Because[] = ['TargetMissing', 'TargetTampered', 'RepairUnreported'];

function because(reason: Because, holds: (observed: Observed, turn: Turn) => boolean): Check {
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
