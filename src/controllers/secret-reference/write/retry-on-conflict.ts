import { conflict, type Fault, kubernetesUnavailable, writeRefused } from '../../../core/fault.ts';
import type { ObjectKey } from '../../../core/object-key.ts';
import { failed, type Result } from '../../../core/result.ts';
import type { KubeFault, RefusalCause } from '../../../kube/api.ts';

/** `conflict`: somebody else was faster, so the decision was made on an old Secret. */
export type Applied<T> = Result<T> | 'conflict';

/** What a user reads when the API server does not take a write to a Secret. */
export function writeFault(fault: KubeFault, key: ObjectKey): Applied<never> {
  switch (fault.kind) {
    case 'already-exists':
    case 'conflict':
    case 'not-found':
      return 'conflict';
    case 'refused':
      return failed(writeFaults[fault.cause](key));
    case 'throttled':
    case 'unavailable':
      return failed(kubernetesUnavailable(`the API server did not answer for Secret ${key}: it is tried again`));
    default:
      return fault satisfies never;
  }
}

const writeFaults: Readonly<Record<RefusalCause, (key: ObjectKey) => Fault>> = {
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

const tries = 3;

/** Decides again on a fresh read when somebody else was faster; gives up for this reconcile after three times. */
export async function retryOnConflict<T>(key: ObjectKey, attempt: () => Promise<Applied<T>>): Promise<Result<T>> {
  for (let count = 0; count < tries; count++) {
    const applied = await attempt();
    if (applied !== 'conflict') return applied;
  }
  return failed(kubernetesUnavailable(`Secret ${key} was changed by somebody else again and again: it is tried again`));
}
