import { mergeFinalizer } from '../../api/annotations.ts';
import type { Fault } from '../../core/fault.ts';
import { findCondition } from '../conditions.ts';
import { isUntouched, type Observed, type Wanted } from './nouns/observed.ts';
import { type Because, type Plan, sourcesOf, type Timing } from './nouns/planned.ts';
import { ownedByAnother, ownership, revisionOf } from './nouns/target-marks.ts';
import { allowance, isRequested } from './rotation.ts';

/** What holds for every reference; first match wins. */
const gates: readonly Check<Observed>[] = [isBeingDeleted, isSuspended, namespaceTerminating];

/** What holds for one whose spec and sources can be used. First match wins. The order is the policy. */
const checks: readonly Check<Usable>[] = [
  targetOwnedByAnother,
  rotationTooSoon,
  syncBecause('RotationRequested', ({ asked }) => isRequested(asked)),
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

type Check<T> = (observed: T, timing: Timing) => Plan | undefined;
type Usable = Omit<Observed, 'wanted'> & { readonly wanted: Wanted };

export function plan(observed: Observed, timing: Timing): Plan {
  const { wanted, dueAt } = observed;
  const gate = firstOf(gates, observed, timing);
  if (gate !== undefined) return gate;
  if (!wanted.ok) return refuse(wanted.fault);
  const found = firstOf(checks, { ...observed, wanted: wanted.value }, timing);
  return found ?? (dueAt === undefined ? { kind: 'idle' } : { kind: 'wait', until: dueAt, priority: 'low' });
}

function firstOf<T>(list: readonly Check<T>[], observed: T, timing: Timing): Plan | undefined {
  for (const check of list) {
    const found = check(observed, timing);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isBeingDeleted({ reference: { metadata } }: Observed): Plan | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  return metadata.finalizers.includes(mergeFinalizer) ? { kind: 'finalize' } : { kind: 'idle' };
}

function isSuspended({ suspended }: Observed): Plan | undefined {
  return suspended ? { kind: 'suspended' } : undefined;
}

function namespaceTerminating({ namespace }: Observed): Plan | undefined {
  return namespace.terminating ? { kind: 'idle' } : undefined;
}

function targetOwnedByAnother({ creationPolicy, target, targetName, reference }: Usable): Plan | undefined {
  if (target === undefined || creationPolicy === 'Merge') return undefined;
  const found = ownership(target, reference.metadata);
  return found.kind === 'foreign' ? refuse(ownedByAnother(targetName, found)) : undefined;
}

function rotationTooSoon({ asked, state }: Usable, { now }: Timing): Plan | undefined {
  if (!isRequested(asked)) return undefined;
  const { readyAt } = allowance(state.bucket, now);
  return readyAt <= now ? undefined : { kind: 'wait', until: readyAt, priority: 'high' };
}

/** Status knows an older revision than the Secret: we stopped between the two writes, or somebody restored the reference. */
function writeUnreported({ reference, target }: Usable): boolean {
  return target !== undefined && revisionOf(target) > (reference.status?.target?.revision ?? 0);
}

/** We put back what is no content (a label, an owner), and status does not say so: after a restart it would look tampered with. */
function repairUnreported({ reference, target }: Usable): boolean {
  return target !== undefined && target.resourceVersion !== reference.status?.target?.resourceVersion;
}

function sourceChanged({ state, wanted: { reads, searches } }: Usable): boolean {
  return state.sources !== undefined && state.sources !== sourcesOf([...reads, ...searches]);
}

/** Also when a Secret may be left under another name: that is how a spec looked when it was written there. */
function specChanged({ reference, previousNames }: Usable): boolean {
  return reference.status?.target?.generation !== reference.metadata.generation || previousNames.length > 0;
}

function targetTampered(observed: Usable): boolean {
  return observed.target !== undefined && !isUntouched(observed);
}

/** The last values were read but could not be written: whoever clears the way waits for them, not for those before. */
function writeIsOverdue({ reference }: Usable): boolean {
  const reason = findCondition(reference.status?.conditions, 'Synced')?.reason;
  return reason === 'TargetConflict' || reason === 'TargetWriteRefused';
}

const repairs: readonly Because[] = ['TargetMissing', 'TargetTampered', 'RepairUnreported'];

function syncBecause(because: Because, holds: (observed: Usable, timing: Timing) => boolean): Check<Usable> {
  return (observed, timing) => {
    if (!holds(observed, timing)) return undefined;
    const { wanted, asked, dueAt } = observed;
    return {
      ...wanted,
      kind: 'sync',
      because,
      repair: repairs.includes(because) && !writeIsOverdue(observed),
      notBefore: because === 'RefreshDue' && dueAt !== undefined ? dueAt : timing.requestedAt,
      asked,
    };
  };
}

const refuse = (fault: Fault): Plan => ({ kind: 'refuse', fault });
