import { conflict, type Fault, kubernetesUnavailable, writeRefused } from '../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { KubeFault, KubeResult, RefusalCause } from '../../kube/port.ts';
import type { Secrets } from '../../kube/secrets.ts';
import type { Change, Write } from './compare.ts';
import type { AbsentFault } from './fetch.ts';

/** How things stand after the turn. */
export type Settled = SettledThere | SettledGone;

export interface SettledThere {
  readonly kind: 'there';
  readonly change: 'kept' | 'created' | 'updated';
  readonly contentChanged: boolean;
  readonly revision: number;
  readonly fingerprint: string;
  /** Of the Secret as it is now. */
  readonly metadata: ObjectMeta;
}

export interface SettledGone {
  readonly kind: 'gone';
  readonly proof: AbsentFault;
  /** False when nothing was there that could be deleted. */
  readonly deleted: boolean;
}

/** `look-again`: somebody else was faster, so the decision was made on an old Secret. */
export type Applied<T> = Result<T> | 'look-again';

/** Exactly the write that was decided on: under the UID and resourceVersion that were looked at, or as a POST. */
export async function apply(change: Change, secrets: Secrets, signal: AbortSignal): Promise<Applied<Settled>> {
  switch (change.kind) {
    case 'nothing':
      return ok({ kind: 'gone', proof: change.proof, deleted: false });
    case 'keep':
      return ok(standing('kept', false, change.revision, change.current.fingerprint, change.current.metadata));
    case 'create':
      return written('created', change.write, await secrets.create(change.write.manifest, signal));
    case 'update':
      return written('updated', change.write, await secrets.replace(change.write.manifest, signal));
    case 'recreate': {
      const gone = await remove(keyOf(change.write), { uid: change.uid }, secrets, signal);
      return gone === undefined
        ? written('created', change.write, await secrets.create(change.write.manifest, signal))
        : gone;
    }
    case 'delete': {
      const { namespace, name, uid, resourceVersion } = change.current.metadata;
      const gone = await remove(objectKey(namespace, name), { uid, resourceVersion }, secrets, signal);
      return gone ?? ok({ kind: 'gone', proof: change.proof, deleted: true });
    }
    default:
      return change satisfies never;
  }
}

const keyOf = ({ manifest }: Write): ObjectKey => objectKey(manifest.metadata.namespace, manifest.metadata.name);

function written(change: 'created' | 'updated', write: Write, answer: KubeResult<ObjectMeta>): Applied<Settled> {
  if (!answer.ok) return refused(answer.fault, keyOf(write));
  return ok(standing(change, write.contentChanged, write.revision, write.fingerprint, answer.value));
}

export const standing = (
  change: SettledThere['change'],
  contentChanged: boolean,
  revision: number,
  fingerprint: string,
  metadata: ObjectMeta,
): Settled => ({ kind: 'there', change, contentChanged, revision, fingerprint, metadata });

/** Undefined when it is gone. */
async function remove(
  key: ObjectKey,
  preconditions: { readonly uid: string; readonly resourceVersion?: string },
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Applied<never> | undefined> {
  const answer = await secrets.delete(key, preconditions, signal);
  if (answer.ok || answer.fault.kind === 'not-found') return undefined;
  return refused(answer.fault, key);
}

/** What a user reads when the API server does not take a write to a Secret. */
export function refused(fault: KubeFault, key: ObjectKey): Applied<never> {
  switch (fault.kind) {
    case 'already-exists':
    case 'conflict':
    case 'not-found':
      return 'look-again';
    case 'refused':
      return failed(refusals[fault.cause](key));
    case 'throttled':
    case 'unavailable':
      return failed(kubernetesUnavailable(`the API server did not answer for Secret ${key}: it is tried again`));
    default:
      return fault satisfies never;
  }
}

const refusals: Readonly<Record<RefusalCause, (key: ObjectKey) => Fault>> = {
  forbidden: key =>
    writeRefused(`the operator may not write Secret ${key}: give its ServiceAccount the rights of deploy/install.yaml`),
  unauthenticated: key => writeRefused(`the API server did not accept the operator's own login for Secret ${key}`),
  quota: key => writeRefused(`a ResourceQuota refuses Secret ${key}: raise it, or delete Secrets that are not needed`),
  admission: key => writeRefused(`an admission policy refuses Secret ${key}: ask its owner, or change spec.target`),
  invalid: key => writeRefused(`the API server finds Secret ${key} invalid: compare spec.target.type with the keys`),
  immutable: key =>
    conflict(`Secret ${key} is immutable and holds an older value: delete it, it is made again at once`),
  'field-owned': key =>
    conflict(
      `a key that the reference wants in Secret ${key}, or what it noted there, was set by somebody else: ` +
        'choose another secretKey, or take it out of the Secret',
    ),
  'too-large': key => ({
    kind: 'unusable',
    reason: 'TargetTooLarge',
    message: `Secret ${key} is larger than the API server takes`,
  }),
  'namespace-terminating': key => ({
    kind: 'denied',
    reason: 'NamespaceTerminating',
    message: `Secret ${key} cannot be made: its namespace is being deleted`,
  }),
};
