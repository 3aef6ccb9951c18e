import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import type { AnySecretSource } from '../../../api/secret-source/secret-source.ts';
import type { Clock } from '../../../core/clock.ts';
import { indexBy } from '../../../kube/index-by.ts';
import type { RemoteReader } from '../../../remote/ports.ts';
import type { Enqueue } from '../../../runtime/reconcile.ts';
import type { Watched } from '../ports.ts';
import { isRequested, requested } from '../rotation.ts';
import { type Awaited, awaited, gotWhatItAwaited, sourceId, sourcesUsedBy } from './predicates.ts';

/** Milliseconds between two wakes of the same: what comes and goes every second is left to the retries. */
const restMs = 30_000;

/**
 * Wakes what failed for a reason that is gone, so that nobody waits for a retry of their own: all references of a store
 * that is back, or of an identity whose first success shows that its rights were put right. The reader spreads the calls.
 */
export function wakeThoseWhoWait(
  { references, sources, clusterSources }: Pick<Watched, 'references' | 'sources' | 'clusterSources'>,
  remote: Pick<RemoteReader, 'onRecovered'>,
  clock: Clock,
  enqueue: Enqueue,
): void {
  const waiting = indexBy(references, waitsAs);
  const ownByUid = indexBy(sources, uidOf);
  const sharedByUid = indexBy(clusterSources, uidOf);
  /** When those that wait for something were woken last, or are to be woken. */
  const wakes = new Map<string, number>();

  /** Undefined: they are to be woken already. */
  const timeFor = (name: string): number | undefined => {
    const now = clock.steady();
    for (const [other, at] of wakes) if (at + restMs <= now) wakes.delete(other);
    const last = wakes.get(name);
    if (last !== undefined && last > now) return undefined;
    const at = last === undefined ? now : last + restMs;
    wakes.set(name, at);
    return at;
  };

  const wake = (name: string): void => {
    const keys = waiting.keys(name);
    const at = keys.length === 0 ? undefined : timeFor(name);
    if (at === undefined) return;
    for (const key of keys) {
      const reference = references.get(key);
      const urgent = reference !== undefined && isRequested(requested(reference));
      enqueue(key, urgent ? 'high' : 'low', at);
    }
  };

  remote.onRecovered(({ sourceUid, namespace }) => {
    const own = ownByUid.keys(sourceUid).flatMap(key => sources.get(key) ?? []);
    const shared = sharedByUid.keys(sourceUid).flatMap(key => clusterSources.get(key) ?? []);
    for (const source of [...own, ...shared]) wake(nameOf('store', sourceId(source), namespace));
  });

  references.onChange(change => {
    const got = gotWhatItAwaited(change);
    if (got === undefined || got === 'store' || change.after === undefined) return;
    const { namespace } = change.after.metadata;
    for (const source of sourcesUsedBy(change.after)) wake(nameOf(got, source, namespace));
  });
}

const uidOf = ({ metadata }: AnySecretSource): readonly string[] => [metadata.uid];

/** Under each source that it uses, for its own namespace and for all. */
function waitsAs(reference: SecretReference): readonly string[] {
  const what = awaited(reference);
  if (what === undefined) return [];
  const { namespace } = reference.metadata;
  return sourcesUsedBy(reference).flatMap(source => [nameOf(what, source, namespace), nameOf(what, source, undefined)]);
}

const nameOf = (what: Awaited, source: string, namespace: string | undefined): string =>
  `${what} ${source} ${namespace ?? ''}`;
