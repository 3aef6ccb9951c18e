import { createHash } from 'node:crypto';
import { secretReferenceKind } from '../../../api/secret-reference/secret-reference.ts';
import type { ValidationJob } from '../../../api/secret-reference/validate.ts';
import type { ValidationPod } from '../../../api/secret-reference/validation-pod.ts';
import { parseTime } from '../../../core/clock.ts';
import { parseMetadataObject } from '../../../core/object-meta.ts';
import { fieldOf, listOf, textOf } from '../../../core/untyped.ts';
import { ownerReferenceTo } from '../../owner-reference.ts';
import type { Run } from './stage.ts';

/** The Job of a run: what is written, and how it is read. */

/** Its pods carry the name in a label, which has 63 characters. */
const longestName = 63;

/** The same for a run whoever asks: by it one Job is found, and never a second one made. */
export function jobName({ record }: Pick<Run, 'record'>): string {
  const name = `${record.metadata.name}-validate`;
  if (name.length <= longestName) return name;
  const hash = createHash('sha256').update(record.metadata.name).digest('hex').slice(0, 10);
  return `${record.metadata.name.slice(0, longestName - 20).replace(/[^a-z0-9]+$/, '')}-${hash}-validate`;
}

/** The owner is the reference: a record that somebody deletes does not take the Job along, which would then run again. */
export function validationJob(run: Run, job: ValidationJob, timeoutMs: number) {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(run),
      namespace: run.reference.metadata.namespace,
      ownerReferences: [ownerReferenceTo(secretReferenceKind, run.reference.metadata)],
    },
    spec: {
      backoffLimit: job.backoffLimit ?? 0,
      activeDeadlineSeconds: Math.ceil(timeoutMs / 1000),
      template: podTemplate(job, run.candidate),
    },
  };
}

const mounted = 'shearline-candidate';

function podTemplate({ template, env, mountPath }: ValidationJob, candidate: string) {
  const { metadata = {}, spec } = template;
  const given = { env: env === true, mountPath, candidate };
  return {
    metadata,
    spec: {
      automountServiceAccountToken: false,
      ...spec,
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, ...spec.securityContext },
      containers: spec.containers.map(each => container(each, given)),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(each => container(each, given)) }),
      volumes: [
        ...(spec.volumes ?? []),
        ...(mountPath === undefined ? [] : [{ name: mounted, secret: { secretName: candidate } }]),
      ],
    },
  };
}

type Container = ValidationPod['spec']['containers'][number];

interface Given {
  readonly env: boolean;
  readonly mountPath: string | undefined;
  readonly candidate: string;
}

/** What the template leaves out of the restricted standard is as that asks. */
const container = (each: Container, { env, mountPath, candidate }: Given) => ({
  ...each,
  securityContext: { allowPrivilegeEscalation: false, ...each.securityContext, capabilities: { drop: ['ALL'] } },
  ...(env && { envFrom: [...(each.envFrom ?? []), { secretRef: { name: candidate } }] }),
  ...(mountPath !== undefined && {
    volumeMounts: [...(each.volumeMounts ?? []), { name: mounted, mountPath, readOnly: true }],
  }),
});

/** Whether the reference of the run owns it. */
export const isJobOf = ({ reference }: Pick<Run, 'reference'>, raw: unknown): boolean =>
  parseMetadataObject(raw)?.metadata.ownerReferences.some(({ uid }) => uid === reference.metadata.uid) ?? false;

/** How far a Job is, as its status says. */
export interface JobState {
  readonly uid: string;
  /** Milliseconds since it was made. */
  readonly ageMs: number;
  readonly end: 'succeeded' | 'failed' | 'deadline' | undefined;
}

export function jobStateOf(raw: unknown, wallMs: number): JobState {
  const metadata = parseMetadataObject(raw)?.metadata;
  const made = parseTime(metadata?.creationTimestamp ?? '') ?? wallMs;
  return { uid: metadata?.uid ?? '', ageMs: Math.max(0, wallMs - made), end: jobEnd(raw) };
}

/** `FailureTarget` comes first, while its pods are still being ended. */
function jobEnd(raw: unknown): JobState['end'] {
  if (conditionOf(raw, 'Complete') !== undefined) return 'succeeded';
  const failure = conditionOf(raw, 'Failed') ?? conditionOf(raw, 'FailureTarget');
  if (failure === undefined) return undefined;
  return textOf(fieldOf(failure, 'reason')) === 'DeadlineExceeded' ? 'deadline' : 'failed';
}

/** Whether none of its pods runs any more, nor will. */
export const hasFinished = (raw: unknown): boolean =>
  conditionOf(raw, 'Complete') !== undefined || conditionOf(raw, 'Failed') !== undefined;

const conditionOf = (raw: unknown, type: string): unknown =>
  listOf(fieldOf(fieldOf(raw, 'status'), 'conditions')).find(
    each => textOf(fieldOf(each, 'type')) === type && textOf(fieldOf(each, 'status')) === 'True',
  );
