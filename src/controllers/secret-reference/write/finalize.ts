import { mergeFinalizer } from '../../../api/annotations.ts';
import { secretReferenceKind } from '../../../api/secret-reference.ts';
import { andThen, ok, type Result } from '../../../core/result.ts';
import type { Next } from '../../../runtime/reconcile.ts';
import { patchObject } from '../../patch-object.ts';
import type { Observed } from '../nouns/observed.ts';
import type { Api } from '../ports.ts';
import { hostsOf, takeOut } from './merge.ts';

/** Only Merge has something to take back when the reference goes; an owned Secret goes by its ownerReference. */
export function needsFinalizer({ creationPolicy, reference }: Observed): boolean {
  return creationPolicy === 'Merge' && !reference.metadata.finalizers.includes(mergeFinalizer);
}

/** Before the first key is merged. The change comes back as an event, and with it the next reconcile. */
export const addFinalizer = (observed: Observed, api: Api, signal: AbortSignal): Promise<Next> =>
  writeFinalizers(observed, [...observed.reference.metadata.finalizers, mergeFinalizer], api, signal);

/** Takes the own keys out of the host, unless namespace or host are going anyway, and lets the reference go. */
export async function finalize(observed: Observed, api: Api, signal: AbortSignal): Promise<Result<Next>> {
  const { reference, namespace } = observed;
  const hosts = namespace.terminating ? [] : hostsOf(observed);
  const others = reference.metadata.finalizers.filter(finalizer => finalizer !== mergeFinalizer);
  return andThen(await takeOut(hosts, reference.metadata, api.secrets, signal), async () =>
    ok(await writeFinalizers(observed, others, api, signal)),
  );
}

async function writeFinalizers(
  { key, reference }: Observed,
  finalizers: readonly string[],
  { client, wroteReference }: Api,
  signal: AbortSignal,
): Promise<Next> {
  const { resourceVersion } = reference.metadata;
  const written = await patchObject(client, secretReferenceKind, key, resourceVersion, { finalizers }, signal);
  if (!written.ok) return written.fault === 'gone' ? { kind: 'on-change' } : { kind: 'backoff', pace: 'short' };
  if (written.value !== undefined) wroteReference({ ...reference, metadata: written.value });
  return { kind: 'on-change' };
}
