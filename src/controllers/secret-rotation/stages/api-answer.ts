import { kubernetesUnavailable, throttled } from '../../../core/fault.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import type { KubeFault, RefusalCause } from '../../../kube/api.ts';
import type { Progress } from './stage.ts';

/** What was asked for, in the words of a rule of RBAC. */
export interface ApiCall {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
}

/** What it means for a run that the API server did not do what a stage asked for. */
export function ofKubeFault(fault: KubeFault, call: ApiCall): Result<Progress> {
  const what = `${call.verb} ${call.resource} in namespace ${call.namespace}`;
  switch (fault.kind) {
    case 'refused':
      return ofRefusal(fault.cause, call, what);
    case 'throttled':
      return failed(throttled(`the API server asked to wait before: ${what}`, fault.retryAfterMs));
    case 'unavailable':
    case 'not-found':
    case 'already-exists':
    case 'conflict':
      return failed(kubernetesUnavailable(`the API server did not do it: ${what}; it will be asked again`));
    default:
      return fault satisfies never;
  }
}

function ofRefusal(cause: RefusalCause, call: ApiCall, what: string): Result<Progress> {
  switch (cause) {
    case 'forbidden':
      return ok(rbacMissing(call));
    case 'unauthenticated':
      return failed(kubernetesUnavailable('the API server does not accept the login of the operator'));
    case 'namespace-terminating':
      // The run goes with its reference.
      return ok({
        kind: 'waiting',
        reason: 'NamespaceTerminating',
        message: `namespace ${call.namespace} is being deleted, so nothing can be created in it`,
      });
    default:
      return ok({
        kind: 'failed',
        reason: 'StageRefused',
        message: `Kubernetes refused to ${what}: ${refusals[cause]}`,
      });
  }
}

const refusals: Readonly<
  Record<Exclude<RefusalCause, 'forbidden' | 'unauthenticated' | 'namespace-terminating'>, string>
> = {
  quota: 'a ResourceQuota of the namespace is used up',
  admission: 'an admission policy or webhook says no; the same by kubectl shows what it says',
  invalid: 'its fields do not go together; the same by kubectl with --dry-run=server shows which',
  immutable: 'it cannot be changed',
  'field-owned': 'somebody else has set the same field',
  'too-large': 'it is too large',
};

const rbacMissing = ({ verb, group, resource, namespace }: ApiCall): Progress => ({
  kind: 'waiting',
  reason: 'RbacMissing',
  message:
    `the operator may not ${verb} ${resource} in namespace ${namespace}: set rotation.enabled in its chart, ` +
    `which allows {apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`,
  lookAgainMs: 30_000,
});

/** Milliseconds until the next look: a tenth of the time that was waited already, within these bounds. */
export const lookAgainMs = (waitedMs: number, leastMs: number, mostMs: number): number =>
  Math.min(mostMs, Math.max(leastMs, Math.round(waitedMs / 10)));
