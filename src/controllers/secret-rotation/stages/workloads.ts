import { annotations, restartMarkOf } from '../../../api/annotations.ts';
import type { RestartEntry, WorkloadKind } from '../../../api/secret-reference/restart.ts';
import { timestamp } from '../../../core/clock.ts';
import { objectKey } from '../../../core/object-key.ts';
import { type ObjectMeta, parseObjectMeta } from '../../../core/object-meta.ts';
import { failed, mapOk, ok, type Result } from '../../../core/result.ts';
import { fieldOf, textOf } from '../../../core/untyped.ts';
import type { KubeClient, KubeFault, Resource } from '../../../kube/api.ts';
import { labelSelectorOf, pagesOf } from '../../pages.ts';
import { type Rollout, rolloutOf } from './rollout.ts';

/** Workloads as the API server has them at this moment: none is watched or held. */

/** One workload, and what is known of its restarts. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly resourceVersion: string;
  /** It is being deleted, so nothing will become of a restart. */
  readonly isGoing: boolean;
  /** The last restart for the reference that was asked about, which stays known when somebody else restarts the workload. */
  readonly mark: Mark | undefined;
  /** The last restart by a rotation, of whichever reference, as the pod template says. */
  readonly template: Mark | undefined;
  /** Where its pods are described, if not in itself. */
  readonly describedElsewhere: boolean;
  readonly rollout: Rollout;
}

/** For which run a workload was restarted, and when: whole seconds. */
export interface Mark {
  readonly run: string;
  readonly time: string;
}

/** A call that was not answered as hoped, in the words of RBAC. */
export interface CallFault {
  readonly verb: 'get' | 'list' | 'patch';
  readonly kind: WorkloadKind;
  readonly fault: KubeFault;
}

const apps = (plural: string): Resource => ({ group: 'apps', version: 'v1', plural });

/** Where each kind is served. */
export const workloadResources: Readonly<Record<WorkloadKind, Resource>> = {
  Deployment: apps('deployments'),
  StatefulSet: apps('statefulsets'),
  DaemonSet: apps('daemonsets'),
  Rollout: { group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts' },
};

/** A namespace may have thousands: a page is parsed in one go. */
const pageSize = 50;

/** The reference whose workloads are looked at. */
export interface Owner {
  readonly namespace: string;
  readonly uid: string;
}

type Reads = Pick<KubeClient, 'get' | 'list'>;

/** What an entry names: empty when there is nothing of the kind. */
export async function workloadsOf(
  { kind, name, selector }: RestartEntry,
  { namespace, uid }: Owner,
  client: Reads,
  signal: AbortSignal,
): Promise<Result<readonly Workload[], CallFault>> {
  if (name === undefined) return listed(kind, namespace, selector?.matchLabels ?? {}, uid, client, signal);
  const found = await client.get(workloadResources[kind], objectKey(namespace, name), { signal });
  if (found.ok) return ok([parsed(kind, uid, found.value)].filter(workload => workload !== undefined));
  return isAbsent(found.fault) ? ok([]) : failed({ verb: 'get', kind, fault: found.fault });
}

async function listed(
  kind: WorkloadKind,
  namespace: string,
  matchLabels: Readonly<Record<string, string>>,
  uid: string,
  client: Reads,
  signal: AbortSignal,
): Promise<Result<readonly Workload[], CallFault>> {
  const page = { limit: pageSize, labelSelector: labelSelectorOf(matchLabels) };
  const all: Workload[] = [];
  for await (const found of pagesOf(client, workloadResources[kind], namespace, page, { signal })) {
    if (!found.ok) return isAbsent(found.fault) ? ok([]) : failed({ verb: 'list', kind, fault: found.fault });
    for (const item of found.value.items) {
      const workload = parsed(kind, uid, item);
      if (workload !== undefined) all.push(workload);
    }
  }
  return ok(all);
}

/** Nor is there one where the cluster has no such kind. */
const isAbsent = (fault: KubeFault): boolean =>
  fault.kind === 'not-found' || (fault.kind === 'unavailable' && fault.notServed === true);

function parsed(kind: WorkloadKind, uid: string, raw: unknown): Workload | undefined {
  const metadata = parseObjectMeta(fieldOf(raw, 'metadata'));
  if (metadata === undefined) return undefined;
  const spec = fieldOf(raw, 'spec');
  return {
    kind,
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
    isGoing: metadata.deletionTimestamp !== undefined,
    mark: markOf(metadata, uid),
    template: templateMark(fieldOf(fieldOf(fieldOf(spec, 'template'), 'metadata'), 'annotations')),
    describedElsewhere: fieldOf(spec, 'workloadRef') !== undefined,
    rollout: rolloutOf(kind, raw),
  };
}

function markOf({ annotations }: ObjectMeta, uid: string): Mark | undefined {
  const [run = '', time = ''] = (annotations[restartMarkOf(uid)] ?? '').split(' ');
  return run === '' || time === '' ? undefined : { run, time };
}

function templateMark(annotated: unknown): Mark | undefined {
  const run = textOf(fieldOf(annotated, annotations.restartedFor));
  const time = textOf(fieldOf(annotated, annotations.restartedAt));
  return run === undefined || time === undefined ? undefined : { run, time };
}

/**
 * Restarts it, in one write that touches nothing else: the annotations of the pod template make its controller roll out,
 * the one of the workload itself says so for as long as nobody restarts it for this reference again. The time is in the
 * template because a reference that was deleted and made again counts its runs from one.
 */
export async function restartWorkload(
  { kind, name, resourceVersion }: Workload,
  run: string,
  { namespace, uid }: Owner,
  wallMs: number,
  client: Pick<KubeClient, 'patch'>,
  signal: AbortSignal,
): Promise<Result<void, CallFault>> {
  const time = timestamp(wallMs);
  const template = { [annotations.restartedFor]: run, [annotations.restartedAt]: time };
  const body = {
    // Whoever changed it meanwhile may have restarted it: then it is looked at again.
    metadata: { resourceVersion, annotations: { [restartMarkOf(uid)]: `${run} ${time}` } },
    spec: { template: { metadata: { annotations: template } } },
  };
  const patch = { type: 'application/merge-patch+json', body } as const;
  const answer = await client.patch(workloadResources[kind], objectKey(namespace, name), patch, {
    signal,
    answer: 'metadata',
  });
  return answer.ok ? mapOk(answer, () => undefined) : failed({ verb: 'patch', kind, fault: answer.fault });
}
