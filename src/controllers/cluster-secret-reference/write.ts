import {
  parseSecretReference,
  type SecretReference,
  secretReferenceKind,
} from '../../api/secret-reference/secret-reference.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { KubeFault, KubeResult, RefusalCause } from '../../kube/api.ts';
import type { Next } from '../../runtime/reconcile.ts';
import type { Wanted } from './desired.ts';
import { hasSpec, type Todo } from './plan.ts';
import type { Ports } from './ports.ts';
import type { Trouble } from './states.ts';

/** What came of a write, and when it is tried again. */
export interface Written {
  readonly next: Next;
  readonly refusal?: Trouble;
}

type Writing = Extract<Todo, { kind: 'create' | 'patch' | 'delete' }>;

export const isWriting = (todo: Todo): todo is Writing => ['create', 'patch', 'delete'].includes(todo.kind);

/** The one write that a plan asks for. */
export async function write(
  todo: Writing,
  { wanted, namespace }: { readonly wanted: Wanted; readonly namespace: string },
  { client, clock, wroteReference }: Pick<Ports, 'client' | 'clock' | 'wroteReference'>,
  signal: AbortSignal,
): Promise<Written> {
  const key = objectKey(namespace, wanted.name);
  if (todo.kind === 'delete') return outcome(await remove(todo.reference, client, signal), key);
  const answer =
    todo.kind === 'create'
      ? await client.create(secretReferenceKind, namespace, todo.manifest, { signal })
      : await client.patch(secretReferenceKind, key, todo.patch, { signal });
  const left = answer.ok ? parseSecretReference(answer.value) : undefined;
  if (left !== undefined) wroteReference(left);
  if (left !== undefined && wroteSpec(todo) && !hasSpec(left, wanted)) return changedOnTheWay(key, clock.steady());
  return outcome(answer, key);
}

const wroteSpec = (todo: Writing): boolean =>
  todo.kind === 'create' || (todo.kind === 'patch' && todo.patch.type === 'application/json-patch+json');

function remove(
  { metadata: { namespace, name, uid, resourceVersion } }: SecretReference,
  client: Ports['client'],
  signal: AbortSignal,
): Promise<KubeResult<void>> {
  return client.delete(secretReferenceKind, objectKey(namespace, name), { uid, resourceVersion }, { signal });
}

function outcome(answer: KubeResult<unknown>, key: ObjectKey): Written {
  return answer.ok ? { next: { kind: 'on-change' } } : afterFault(answer.fault, key);
}

function afterFault(fault: KubeFault, key: ObjectKey): Written {
  switch (fault.kind) {
    // Decided on an old view: the watch is about to show the newer one.
    case 'not-found':
    case 'already-exists':
    case 'conflict':
      return { next: { kind: 'backoff', pace: 'short' } };
    case 'throttled':
    case 'unavailable':
      return { next: { kind: 'backoff', pace: 'short' }, refusal: noAnswer(key) };
    case 'refused':
      return fault.cause === 'namespace-terminating'
        ? { next: { kind: 'on-change' } }
        : refused(refusals[fault.cause](key));
    default:
      return fault satisfies never;
  }
}

/** Whoever lifts a quota or a policy changes nothing that is watched here. */
const refused = (message: string): Written => ({
  next: { kind: 'backoff', pace: 'long' },
  refusal: { reason: 'ReferenceWriteRefused', message, stalled: false },
});

const noAnswer = (key: ObjectKey): Trouble => ({
  reason: 'KubernetesUnavailable',
  message: `the API server did not answer for SecretReference ${key}: it is tried again`,
  stalled: false,
});

const pauseMs = 30_000;

/** We would put it back, and the webhook would change it, for ever: so there is a pause. */
function changedOnTheWay(key: ObjectKey, now: number): Written {
  const message = `an admission webhook changes the spec of SecretReference ${key} when it is written: exempt it, or say the same in spec.reference`;
  const until = now + pauseMs;
  const refusal: Trouble = { reason: 'ReferenceWriteRefused', message, stalled: false, until };
  return { next: { kind: 'at', time: until, priority: 'low' }, refusal };
}

const refusals: Readonly<Record<Exclude<RefusalCause, 'namespace-terminating'>, (key: ObjectKey) => string>> = {
  forbidden: key =>
    `the operator may not write SecretReference ${key}: install the chart with scope.clusterReferences true`,
  unauthenticated: key => `the API server did not accept the operator's own login for SecretReference ${key}`,
  quota: key => `a ResourceQuota refuses SecretReference ${key}: raise it`,
  admission: key => `an admission policy refuses SecretReference ${key}: ask its owner, or change spec.reference`,
  invalid: key => `the API server finds SecretReference ${key} invalid: change spec.reference, or delete that one`,
  immutable: key => `SecretReference ${key} cannot be changed like that: delete it, it is made again at once`,
  'field-owned': key =>
    `a field of SecretReference ${key} was set by somebody else: delete it, it is made again at once`,
  'too-large': key => `SecretReference ${key} is larger than the API server takes: ask for less in spec.reference`,
};
