import type { Condition, ConditionType, Reason } from '../api/conditions.ts';
import { timestamp } from '../core/clock.ts';

/** A condition as a report wants it; times and generations are filled in here. */
export interface WantedCondition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
}

/** One that is wanted, or that stays what it was. */
export type NextCondition = WantedCondition | Condition;

/**
 * The new list. A condition that is not wanted any more is gone: Reconciling and Stalled are there only while they are True,
 * as kstatus asks. `lastTransitionTime` moves with the status alone.
 */
export function withConditions(
  before: readonly Condition[],
  wanted: readonly NextCondition[],
  generation: number,
  wallMs: number,
): readonly Condition[] {
  return wanted.map(condition => {
    const earlier = before.find(({ type }) => type === condition.type);
    const since = earlier?.status === condition.status ? earlier.lastTransitionTime : timestamp(wallMs);
    return { ...condition, lastTransitionTime: since, observedGeneration: generation };
  });
}

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: ConditionType,
): Condition | undefined {
  return conditions?.find(condition => condition.type === type);
}
