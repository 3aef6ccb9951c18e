import { adoptFinalizer, mergeFinalizer } from '../../../api/annotations.ts';
import { secretReferenceKind } from '../../../api/secret-reference/secret-reference.ts';
import { andThen, collect, ok, type Result } from '../../../core/result.ts';
import type { Next } from '../../../runtime/reconcile.ts';
import { patchObject } from '../../patch-object.ts';
import type { Observed } from '../nouns/observed.ts';
import type { Api } from '../ports.ts';
import { hostsOf, takeOut } from './merge.ts';
import { release } from './release.ts';

/**
 * Only who leaves something behind has something to take back when the reference goes: the keys of a Merge, the marks on what
 * was adopted. An owned Secret goes by its ownerReference. Undefined: nothing, or the reference has the finalizer already.
 */
function missingFinalizer({ creationPolicy, reference: { metadata, spec } }: Observed): string | undefined {
  const adopt = spec.ok ? spec.value.target.adopt : undefined;
  const leaves = creationPolicy === 'Orphan' && adopt !== undefined && adopt !== 'DryRun';
  const needed = creationPolicy === 'Merge' ? mergeFinalizer : leaves ? adoptFinalizer : undefined;
  return needed === undefined || metadata.finalizers.includes(needed) ? undefined : needed;
}

export const needsFinalizer = (observed: Observed): boolean => missingFinalizer(observed) !== undefined;

/** Before the first write to the Secret. The change comes back as an event, and with it the next reconcile. */
export async function addFinalizer(observed: Observed, api: Api, signal: AbortSignal): Promise<Next> {
  const missing = missingFinalizer(observed);
  const { finalizers } = observed.reference.metadata;
  return missing === undefined
    ? { kind: 'on-change' }
    : writeFinalizers(observed, [...finalizers, missing], api, signal);
}

/** Takes back what the reference left, unless the namespace is going anyway, and lets the reference go. */
export async function finalize(observed: Observed, api: Api, signal: AbortSignal): Promise<Result<Next>> {
  const others = observed.reference.metadata.finalizers.filter(
    name => name !== mergeFinalizer && name !== adoptFinalizer,
  );
  return andThen(await takeBack(observed, api, signal), async () =>
    ok(await writeFinalizers(observed, others, api, signal)),
  );
}

async function takeBack(observed: Observed, { secrets }: Api, signal: AbortSignal): Promise<Result<unknown>> {
  const { reference, namespace, creationPolicy } = observed;
  const { finalizers } = reference.metadata;
  if (namespace.terminating) return ok(undefined);
  const keys = hostsOf(observed);
  if (finalizers.includes(mergeFinalizer)) return takeOut(keys, reference.metadata, secrets, signal);
  if (creationPolicy !== 'Orphan') return ok(undefined);
  const released = await Promise.all(keys.map(key => release(key, reference.metadata, secrets, signal)));
  return collect(released);
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
