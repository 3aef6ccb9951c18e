import type { Answer } from '../../src/controllers/secret-reference/nouns/desired.ts';
import type { SettledThere, Synced } from '../../src/controllers/secret-reference/nouns/outcome.ts';
import type { Because, SyncPlan } from '../../src/controllers/secret-reference/nouns/planned.ts';
import { ok, type Result } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import { password, reference, start } from './builders.ts';
import { parsedMetadata, target } from './objects.ts';
import type { World } from './world.ts';

export interface Facts {
  readonly because?: Because;
  readonly change?: SettledThere['change'];
  readonly contentChanged?: boolean;
  readonly movedOn?: boolean;
  /** The version that the store served. */
  readonly version?: string;
}

/** The plan of a sync of what the world shows. */
export function syncPlan(world: World, because: Because = 'RefreshDue', name = 'db'): SyncPlan {
  const { asked, wanted } = world.observe(name);
  return {
    ...unwrap(wanted),
    kind: 'sync',
    searches: [],
    because,
    repair: because === 'TargetMissing' || because === 'TargetTampered',
    keepsVersions: because === 'TargetMissing' || because === 'TargetTampered',
    notBefore: start.steady,
    asked,
    holdsUntil: undefined,
    acquires: false,
    leavesMore: false,
  };
}

/** What the store answered to all reads of a plan. */
export const answers = (plan: SyncPlan, { version = '2', movedOn = false }: Facts = {}): readonly Answer[] =>
  plan.reads.map(read => ({ read, movedOn, found: ok({ value: SecretValue.fromText(password), version }) }));

/** A sync that ended well; unless a fact says otherwise, it found nothing new. */
export function syncedOutcome(world: World, facts: Facts = {}): Synced {
  const plan = syncPlan(world, facts.because);
  const { contentChanged = false, change = contentChanged ? 'updated' : 'kept' } = facts;
  const { metadata } = parsedMetadata(target(reference(), { resourceVersion: '8' }));
  return {
    kind: 'synced',
    plan,
    answers: answers(plan, facts),
    leftOut: [],
    keys: 1,
    settled: { kind: 'there', change, contentChanged, revision: contentChanged ? 2 : 1, fingerprint: 'any', metadata },
  };
}

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
}
