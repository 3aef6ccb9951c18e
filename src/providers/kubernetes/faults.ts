import type { Fault } from '../../core/fault.ts';
import { accessDenied, throttled, unavailable } from '../../core/fault.ts';
import type { HttpAnswer } from '../../net/http.ts';
import type { LoginExpired } from '../provider.ts';
import type { Resource } from './keys.ts';
import type { Store } from './store.ts';

/** One right in RBAC's words. Without a namespace: in all of them. */
export interface Right {
  readonly verb: 'get' | 'list';
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
}

/** What a status means for a call that needed this right; what it means otherwise is for the caller to say first. */
export function statusFault(store: Store, right: Right, answer: HttpAnswer): Fault | LoginExpired {
  const { status } = answer;
  if (status === 401) return { kind: 'login-expired' };
  if (status === 403) return refused(store, right);
  return storeFault(store, answer) ?? notKubernetes(store, status);
}

/** What a status means wherever it appears. */
export function storeFault({ name }: Pick<Store, 'name'>, { status, retryAfterMs }: HttpAnswer): Fault | undefined {
  if (status === 429) return throttled(`${name} asks for fewer requests (429)`, retryAfterMs);
  if (status === 410)
    return unavailable(`${name} changed so much that a long list broke off; it will be asked for again`);
  return status >= 500 ? unavailable(`${name} has a problem of its own (status ${status})`) : undefined;
}

/** An answer that the API does not have. */
export const notKubernetes = ({ name }: Pick<Store, 'name'>, status: number): Fault =>
  unavailable(`${name} gave an answer (status ${status}) that is not the Kubernetes API's: is a proxy in between?`);

/** The API server says 403 before it looks: the object may be there or not. */
function refused({ name: store, subject }: Store, { verb, resource, namespace, name }: Right): Fault {
  const what = [resource, namespace, name].filter(part => part !== undefined).join('/');
  const names = name === undefined ? '' : `, resourceNames: [${name}]`;
  const rule = `{apiGroups: [""], resources: [${resource}]${names}, verbs: [${verb}]}`;
  const role = namespace === undefined ? 'a ClusterRole' : `a Role in namespace ${namespace}`;
  return accessDenied(`${store} does not let ${subject} ${verb} ${what}: bind it to ${role} with the rule ${rule}`);
}
