import { annotations, labels, pinnedTo } from '../../../api/annotations.ts';
import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import { longestGroup, maxPins } from '../../../api/secret-reference/status.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import { revisionNumber } from '../../../core/pod-revisions.ts';

/** The revision that new pods of a running application get, by the name of its group, where it is not the one for all others. */
export type Pins = Readonly<Record<string, number>>;

/** A pod that was pinned, as the admission policy wrote it down. */
export interface PinnedPod {
  /** Which application it is of; undefined: it stands alone. */
  readonly group: string | undefined;
  readonly revision: number;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Undefined: the label is not one that the policy writes. */
export function pinnedPod(pod: ObjectMeta, secret: string): PinnedPod | undefined {
  const revision = revisionNumber(pod.labels[pinnedTo(secret)] ?? '', secret);
  return revision === undefined ? undefined : { group: groupOf(pod), revision, createdAt: pod.creationTimestamp };
}

/** Found by the same rules in the admission policy of the chart. */
function groupOf({ annotations: asked, labels, ownerReferences }: ObjectMeta): string | undefined {
  const job = ownerReferences.find(
    ({ kind, apiVersion, controller }) => kind === 'Job' && apiVersion.startsWith('batch/') && controller === true,
  );
  const group = asked[annotations.pinGroup] ?? labels['spark-app-selector'] ?? job?.uid;
  return group === undefined || group === '' || group.length > longestGroup ? undefined : group;
}

/**
 * Who has pods that run and does not follow `current`. A group stays with what status promised it, or else with what its first
 * pod got; where two came in one second, that is the one that others do not get any more.
 */
export function pinsOf(pods: readonly PinnedPod[], before: Pins, current: number): Pins {
  const first = new Map<string, PinnedPod>();
  for (const pod of pods.toSorted(byAge(current)))
    if (pod.group !== undefined && !first.has(pod.group)) first.set(pod.group, pod);
  const promised = new Map(Object.entries(before));
  const pins = [...first].map(([group, { revision }]) => [group, promised.get(group) ?? revision] as const);
  const isPromised = ([group]: readonly [string, number]): boolean => promised.has(group);
  const [kept, added] = [pins.filter(isPromised), pins.filter(pin => !isPromised(pin))];
  return Object.fromEntries([...kept, ...added].filter(([, revision]) => revision !== current).slice(0, maxPins));
}

const byAge =
  (current: number) =>
  (one: PinnedPod, other: PinnedPod): number => {
    if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? -1 : 1;
    return Number(one.revision === current) - Number(other.revision === current);
  };

/** Pods may be sent to its revisions: there is one. */
export const isPinned = ({ spec, status }: SecretReference): boolean =>
  spec.ok && spec.value.delivery.mode === 'Pinned' && status?.target?.pinned !== undefined;

/** By the label the policy chooses references, so that the others cost nothing. What it says holds only with the spec. */
export const hasRightLabel = (reference: SecretReference): boolean =>
  !reference.spec.ok || reference.metadata.labels[labels.delivery] === (isPinned(reference) ? 'Pinned' : undefined);
