import { mergeFinalizer } from '../../api/annotations.ts';
import { secretReferenceKind } from '../../api/secret-reference.ts';
import { parseMetadataObject } from '../../core/object-meta.ts';
import { andThen, ok, type Result } from '../../core/result.ts';
import type { Next } from '../../runtime/reconcile.ts';
import { hostsOf, takeOut } from './merge.ts';
import type { Observed } from './observed.ts';
import type { Ports } from './ports.ts';

/** Only Merge has something to take back when the reference goes; an owned Secret goes by its ownerReference. */
export function needsFinalizer({ creationPolicy, reference }: Observed): boolean {
  return creationPolicy === 'Merge' && !reference.metadata.finalizers.includes(mergeFinalizer);
}

/** Before the first key is merged. The change comes back as an event, and with it the next turn. */
export const addFinalizer = (observed: Observed, ports: Ports, signal: AbortSignal): Promise<Next> =>
  writeFinalizers(observed, [...observed.reference.metadata.finalizers, mergeFinalizer], ports, signal);

/** Takes the own keys out of the host, unless namespace or host are going anyway, and lets the reference go. */
export async function finalize(observed: Observed, ports: Ports, signal: AbortSignal): Promise<Result<Next>> {
  const { reference, namespace } = observed;
  const hosts = namespace.terminating ? [] : hostsOf(observed);
  const others = reference.metadata.finalizers.filter(finalizer => finalizer !== mergeFinalizer);
  return andThen(await takeOut(hosts, reference.metadata, ports.secrets, signal), async () =>
    ok(await writeFinalizers(observed, others, ports, signal)),
  );
}

async function writeFinalizers(
  { key, reference }: Observed,
  finalizers: readonly string[],
  { client, wroteReference }: Ports,
  signal: AbortSignal,
): Promise<Next> {
  const { resourceVersion } = reference.metadata;
  const body = { metadata: { resourceVersion, finalizers } };
  const answer = await client.patch(
    secretReferenceKind,
    key,
    { type: 'application/merge-patch+json', body },
    { signal, answer: 'metadata' },
  );
  const written = answer.ok ? parseMetadataObject(answer.value)?.metadata : undefined;
  if (written !== undefined) wroteReference({ ...reference, metadata: written });
  return answer.ok || answer.fault.kind === 'not-found' ? { kind: 'on-change' } : { kind: 'backoff', pace: 'short' };
}
