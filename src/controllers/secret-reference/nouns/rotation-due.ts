import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import type { SecretReferenceStatus } from '../../../api/secret-reference/status.ts';
import { parseTime, timestamp } from '../../../core/clock.ts';
import { findCondition, type NextCondition } from '../../conditions.ts';

/**
 * The oldest remote secret that is served, where spec.rotation.every says how old it may become. Wall times: they are
 * compared with those of stores, and say the same after a restart. A clock that jumps changes the answer, and nothing else.
 */
export interface Oldest {
  readonly source: string;
  readonly key: string;
  /** RFC 3339, as status has it. */
  readonly since: string;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
}

type Spec = SecretReference['spec'];
type Remote = SecretReferenceStatus['remote'];

/** Undefined where nobody asked, and while nothing is served. */
export function oldestServed(spec: Spec, remote: Remote): Oldest | undefined {
  const every = spec.ok ? spec.value.rotation?.every : undefined;
  if (every === undefined) return undefined;
  const all = remote.flatMap(({ source, key, since = '' }) => {
    const time = parseTime(since);
    return time === undefined ? [] : [{ source, key, since, dueAt: time + every }];
  });
  return all.reduce<Oldest | undefined>(
    (oldest, each) => (oldest !== undefined && oldest.dueAt <= each.dueAt ? oldest : each),
    undefined,
  );
}

const isOverdue = ({ dueAt }: Oldest, wallMs: number): boolean => dueAt <= wallMs;

/** Milliseconds until the condition has to say something new; undefined when time alone changes nothing. */
export function untilDue(spec: Spec, remote: Remote, wallMs: number): number | undefined {
  const oldest = oldestServed(spec, remote);
  return oldest === undefined || isOverdue(oldest, wallMs) ? undefined : oldest.dueAt - wallMs;
}

/** Whether the condition says something else than what is so by now. */
export function isDueUnreported({ spec, status }: SecretReference, wallMs: number): boolean {
  const oldest = oldestServed(spec, status?.remote ?? []);
  const reported = findCondition(status?.conditions, 'RotationDue')?.status === 'True';
  return oldest !== undefined && reported !== isOverdue(oldest, wallMs);
}

/** The condition, where it is asked for. A spec that cannot be read says neither; then it stays what it was. */
export function rotationDue(
  { spec, status }: SecretReference,
  remote: Remote,
  wallMs: number,
): readonly NextCondition[] {
  const before = findCondition(status?.conditions, 'RotationDue');
  if (!spec.ok) return before === undefined ? [] : [before];
  const oldest = oldestServed(spec, remote);
  if (oldest === undefined) return [];
  const { key, source, since, dueAt } = oldest;
  const what = `${key} of ${source} is unchanged since ${since}`;
  return isOverdue(oldest, wallMs)
    ? [
        {
          type,
          status: 'True',
          reason: 'TooOld',
          message: `${what}, longer than spec.rotation.every allows: ${whatToDo}`,
        },
      ]
    : [{ type, status: 'False', reason: 'RecentEnough', message: `${what}, and too old at ${timestamp(dueAt)}` }];
}

const type = 'RotationDue';
const whatToDo =
  'put a new value into the store; it is served at the next refresh, or at once when a rotation is asked for';
