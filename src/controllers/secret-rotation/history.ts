import type { RotationSpec } from '../../api/secret-reference/rotation.ts';
import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import type { SecretRotation } from '../../api/secret-rotation/secret-rotation.ts';
import { parseTime } from '../../core/clock.ts';

const defaultHistory = 10;

/** Which records of runs that have ended go, and in how many milliseconds the next one does by its age. */
export interface History {
  readonly expired: readonly SecretRotation[];
  readonly nextMs: number;
}

/** By count and by age. That of the candidate stays as long as it does. */
export function historyOf(
  records: readonly SecretRotation[],
  { status }: SecretReference,
  { history = defaultHistory, historyAge = Number.POSITIVE_INFINITY }: RotationSpec,
  wallMs: number,
): History {
  const leftMs = (record: SecretRotation): number =>
    (parseTime(record.status?.time ?? '') ?? wallMs) + historyAge - wallMs;
  const ended = records
    .filter(record => record.status?.result !== undefined && runIn(record) !== status?.candidate?.run)
    .toSorted((a, b) => runIn(b) - runIn(a));
  const isExpired = (record: SecretRotation, index: number): boolean => index >= history || leftMs(record) <= 0;
  const kept = ended.filter((record, index) => !isExpired(record, index));
  return { expired: ended.filter(isExpired), nextMs: Math.min(...kept.map(leftMs)) };
}

const runIn = ({ spec }: SecretRotation): number => (spec.ok ? spec.value.run : 0);
