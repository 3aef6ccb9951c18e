import type { SecretReference } from '../../api/secret-reference.ts';
import type { Clock } from '../../core/clock.ts';
import type { ObjectKey } from '../../core/object-key.ts';
import { indexBy } from '../../kube/index-by.ts';
import type { RemoteReader } from '../../providers/remote-reader.ts';
import { type Awaited, awaited, gotWhatItAwaited, sourceId, sourcesUsedBy } from './relations.ts';
import { isRequested, requested } from './rotation.ts';
import type { Enqueue, Watched } from './watches.ts';

/** Between two that are woken, if they are not so many that it would take too long. */
const apartMs = 20;
const longestMs = 45_000;

/**
 * Wakes what failed for a reason that is gone, so that nobody waits for a retry of their own: all references of a store
 * that is back, or of an identity whose first success shows that its rights were put right. One after the other, because
 * a store that has just come back must not be run over; rotations, which somebody waits for, at once.
 */
export function wakeThoseWhoWait(
  { references, sources, clusterSources }: Pick<Watched, 'references' | 'sources' | 'clusterSources'>,
  remote: Pick<RemoteReader, 'onRecovered'>,
  clock: Clock,
  enqueue: Enqueue,
): void {
  const waiting = indexBy(references, waitsAs);
  const wakingUntil = new Map<string, number>();

  const wake = (keys: readonly ObjectKey[], overMs: number): void => {
    const now = clock.steady();
    for (const [index, key] of keys.entries()) {
      const reference = references.get(key);
      const urgent = reference !== undefined && isRequested(requested(reference));
      if (urgent) enqueue(key, 'rotation', now);
      else enqueue(key, 'refresh', now + (index * overMs) / keys.length);
    }
  };

  remote.onRecovered(({ sourceUid, namespace, awayMs }) => {
    const all = [...sources.values(), ...clusterSources.values()].filter(({ metadata }) => metadata.uid === sourceUid);
    const keys = all.flatMap(source => waiting.keys(nameOf('store', sourceId(source), namespace)));
    // As long as the store was away: those that were due then are spread as they would have been.
    wake(keys, 0.75 * Math.min(Math.max(awayMs, 1000), longestMs));
  });

  references.onChange(change => {
    const got = gotWhatItAwaited(change);
    if (got === undefined || got === 'store' || change.after === undefined) return;
    const { namespace } = change.after.metadata;
    const now = clock.steady();
    for (const name of sourcesUsedBy(change.after).map(source => nameOf(got, source, namespace))) {
      // Each of those that are woken has a success of its own.
      if ((wakingUntil.get(name) ?? now) > now) continue;
      const keys = waiting.keys(name);
      const overMs = Math.min(keys.length * apartMs, longestMs);
      for (const [other, until] of wakingUntil) if (until <= now) wakingUntil.delete(other);
      wakingUntil.set(name, now + overMs);
      wake(keys, overMs);
    }
  });
}

/** Under each source that it uses, for its own namespace and for all. */
function waitsAs(reference: SecretReference): readonly string[] {
  const what = awaited(reference);
  if (what === undefined) return [];
  const { namespace } = reference.metadata;
  return sourcesUsedBy(reference).flatMap(source => [nameOf(what, source, namespace), nameOf(what, source, undefined)]);
}

const nameOf = (what: Awaited, source: string, namespace: string | undefined): string =>
  `${what} ${source} ${namespace ?? ''}`;
