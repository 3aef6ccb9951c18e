import type { AnySecretSource, ClusterSecretSource } from '../../api/secret-source/secret-source.ts';
import { servesNamespace } from '../../api/secret-source/served-namespaces.ts';
import type { Clock } from '../../core/clock.ts';
import type { MetadataObject } from '../../core/object-meta.ts';
import type { Change, Informer } from '../../kube/api.ts';
import type { RemoteReader } from '../../remote/ports.ts';
import type { Enqueue } from '../../runtime/reconcile.ts';

/** A source is reconciled when its spec changes; its sessions end when it goes, changes, or serves a namespace no longer. */
export function watchForSources<Source extends AnySecretSource>(
  sources: Informer<Source>,
  remote: Pick<RemoteReader, 'drop'>,
  clock: Clock,
  enqueue: Enqueue,
): void {
  sources.onChange(({ key, before, after }: Change<Source>) => {
    const same =
      before?.metadata.uid === after?.metadata.uid && before?.metadata.generation === after?.metadata.generation;
    if (same) return;
    if (before !== undefined) remote.drop(before.metadata.uid);
    if (after !== undefined) enqueue(key, 'normal', clock.steady());
  });
}

export function dropUnservedNamespaces(
  namespaces: Informer<MetadataObject>,
  sources: Informer<ClusterSecretSource>,
  remote: Pick<RemoteReader, 'drop'>,
): void {
  namespaces.onChange(({ before, after }) => {
    if (before === undefined) return;
    for (const { spec, metadata } of sources.values()) {
      if (!spec.ok || !servesNamespace(spec.value.namespaces, before.metadata)) continue;
      if (after === undefined || !servesNamespace(spec.value.namespaces, after.metadata))
        remote.drop(metadata.uid, before.metadata.name);
    }
  });
}
