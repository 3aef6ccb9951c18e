import type { ObjectKey } from '../core/object-key.ts';
import { type ObjectMeta, parseMetadataObject } from '../core/object-meta.ts';
import { failed, ok, type Result } from '../core/result.ts';
import type { KubeClient, Resource } from '../kube/api.ts';

/** What of an object of ours is written; the spec never is. */
export type ObjectPatch =
  | { readonly finalizers: readonly string[] }
  | { readonly labels: Readonly<Record<string, string | null>> }
  | { readonly status: Readonly<Record<string, unknown>> };

/**
 * Under the resourceVersion that was decided on: a 409 means that the decision is old, and the event of the newer object
 * is on its way. Answers the metadata that the write left, where they can be read.
 */
export async function patchObject(
  client: KubeClient,
  resource: Resource,
  key: ObjectKey,
  resourceVersion: string,
  patch: ObjectPatch,
  signal: AbortSignal,
): Promise<Result<ObjectMeta | undefined, 'gone' | 'failed'>> {
  const type = 'application/merge-patch+json';
  const request =
    'status' in patch
      ? ({ type, body: { metadata: { resourceVersion }, status: patch.status }, subresource: 'status' } as const)
      : ({ type, body: { metadata: { resourceVersion, ...patch } } } as const);
  const answer = await client.patch(resource, key, request, { signal, answer: 'metadata' });
  if (answer.ok) return ok(parseMetadataObject(answer.value)?.metadata);
  return failed(answer.fault.kind === 'not-found' ? 'gone' : 'failed');
}
