import type { Condition, ConditionType } from '../api/conditions.ts';
import type { ObjectMeta } from '../core/object-meta.ts';
import type { EventNote } from '../kube/api.ts';
import { findCondition } from './conditions.ts';

/** A note about an object of ours. */
export const eventAbout = (
  { apiVersion, kind }: Pick<EventNote['regarding'], 'apiVersion' | 'kind'>,
  { name, namespace, uid, resourceVersion }: ObjectMeta,
  { type, action, reason, note }: Pick<EventNote, 'type' | 'action' | 'reason' | 'note'>,
): EventNote => ({
  regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
  type,
  action,
  reason,
  note,
});

/** Events say what is new, so that an unchanged world is silent. */
export function isNews(
  type: ConditionType,
  before: readonly Condition[] | undefined,
  after: readonly Condition[],
): boolean {
  const [then, now] = [findCondition(before, type), findCondition(after, type)];
  return then?.reason !== now?.reason || then?.message !== now?.message;
}
