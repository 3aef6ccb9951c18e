import { failed, ok, type Result } from '../../core/result.ts';
import { fieldOf, listOf, textOf } from '../../core/untyped.ts';
import type { RoundTrip } from '../../kube/http.ts';

/** Pods of one page. One of them has some 10 kB, so a page of them is a few MB, and only what is wanted of it is kept. */
const pageSize = 200;
/** The API server forgets old pages after some minutes; then the list begins again. */
const mostLists = 3;

/** What `pick` makes of each pod of a namespace. The fault says why they cannot be listed. */
export async function eachPod<T>(
  call: RoundTrip,
  namespace: string,
  pick: (pod: unknown) => T | undefined,
): Promise<Result<readonly T[], string>> {
  for (let list = 0; list < mostLists; list++) {
    const found = await listOnce(call, namespace, pick);
    if (found !== 'expired') return found;
  }
  return failed(`the pods of namespace ${namespace} change faster than they can be listed: try again`);
}

async function listOnce<T>(
  call: RoundTrip,
  namespace: string,
  pick: (pod: unknown) => T | undefined,
): Promise<Result<readonly T[], string> | 'expired'> {
  const found: T[] = [];
  let next = '';
  do {
    const page = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?limit=${pageSize}${page}`;
    const answer = await call({ method: 'GET', path }, { signal: never, deadlineMs: 60_000 });
    if (answer.kind === 'no-response') return failed('the API server does not answer: try again');
    if (answer.status === 410 && next !== '') return 'expired';
    if (answer.status !== 200) return failed(whyNot(answer.status, namespace));
    for (const pod of listOf(fieldOf(answer.body, 'items'))) {
      const picked = pick(pod);
      if (picked !== undefined) found.push(picked);
    }
    next = textOf(fieldOf(fieldOf(answer.body, 'metadata'), 'continue')) ?? '';
  } while (next !== '');
  return ok(found);
}

const never = new AbortController().signal;

function whyNot(status: number, namespace: string): string {
  if (status === 401) return 'the API server does not take the login of your kubeconfig: log in again';
  if (status !== 403)
    return `the API server cannot list the pods of namespace ${namespace} (status ${status}): try again`;
  return `your kubeconfig lacks the rule apiGroups: [""], resources: ["pods"], verbs: ["list"] in namespace ${namespace}: ask for it, the ClusterRole view has it`;
}
