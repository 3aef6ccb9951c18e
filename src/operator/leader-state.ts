import type { AnySecretSource } from '../api/secret-source/secret-source.ts';
import { systemTimers } from '../async/timers.ts';
import { sourcesReadBy } from '../controllers/secret-reference/observe.ts';
import { priorityOf } from '../controllers/secret-reference/wake/predicates.ts';
import { hasRun, referenceOf } from '../controllers/secret-rotation/watches.ts';
import { objectKeyOf } from '../kube/informer.ts';
import type { RemoteReader } from '../remote/ports.ts';
import { createRemoteReader } from '../remote/reader.ts';
import type { SourceSlots } from '../runtime/reconcile-slots.ts';
import { WorkQueue } from '../runtime/workqueue.ts';
import type { OperatorDeps } from './operator-deps.ts';
import { openStoreHttp } from './store-http.ts';

/** What lasts as long as this process leads: queues, logins, and what is remembered of references. */
export interface LeaderState {
  readonly references: WorkQueue;
  readonly clusterReferences: WorkQueue;
  /** Of runs, by the key of their reference. */
  readonly rotations: WorkQueue;
  readonly sources: WorkQueue;
  readonly clusterSources: WorkQueue;
  readonly remote: RemoteReader;
}

/** Each may ask a service of a tenant, over a connection of its own, that takes half a minute to answer. */
const mostRuns = 256;

/**
 * Reconciles that write, for each call of a store at a time. With three, those that wait for the API server cost 5 % more
 * CPU: garbage that grows old.
 */
const writingPerCall = 1;

export function openLeaderState(deps: OperatorDeps): LeaderState {
  const { access, clock, cluster, config, metrics, log } = deps;
  const time = { clock, timers: systemTimers, random: Math.random };
  const references = new WorkQueue({
    ...time,
    sourcesOf: key => sourcesReadBy(key, cluster).map(source => slotsOf(source, deps)),
  });
  return {
    references,
    clusterReferences: new WorkQueue(time),
    rotations: new WorkQueue({ ...time, concurrency: mostRuns }),
    sources: new WorkQueue(time),
    clusterSources: new WorkQueue(time),
    remote: createRemoteReader({
      cluster: access,
      openTransport: (source, caPem) => openStoreHttp(source, caPem, deps),
      ...time,
      observer: metrics.provider,
      waitingFor: (sourceUid, namespace) => references.waitingFor(sourceUid, namespace),
      slotsPerIdentity: config.sourceConcurrency,
      onBug: () => {
        metrics.panicked('sessions');
        log.error('a bug in sessions');
      },
    }),
  };
}

/** As many under way as make each call of the store a full one, and some that write: more would only wait. */
export function slotsOf(
  source: AnySecretSource,
  {
    checkSource,
    config,
  }: Pick<OperatorDeps, 'checkSource'> & { readonly config: Pick<OperatorDeps['config'], 'sourceConcurrency'> },
): SourceSlots {
  const checked = checkSource(source);
  const perCall = (checked.ok ? checked.value.access.provider.batch?.size : undefined) ?? 1;
  return { uid: source.metadata.uid, concurrency: config.sourceConcurrency * (perCall + writingPerCall) };
}

/** In the beginning nothing is known of what happened before. */
export function enqueueEverything({ cluster, clock }: OperatorDeps, term: LeaderState): void {
  const now = clock.steady();
  for (const source of cluster.sources.values()) term.sources.add(objectKeyOf(source), 'normal', now);
  for (const source of cluster.clusterSources.values()) term.clusterSources.add(objectKeyOf(source), 'normal', now);
  for (const each of cluster.clusterReferences.values()) term.clusterReferences.add(objectKeyOf(each), 'low', now);
  for (const record of cluster.rotations?.values() ?? [])
    for (const key of referenceOf(record)) term.rotations.add(key, 'low', now);
  for (const reference of cluster.references.values()) {
    const key = objectKeyOf(reference);
    term.references.add(key, priorityOf({ key, after: reference }) ?? 'low', now);
    if (hasRun(reference)) term.rotations.add(key, 'normal', now);
  }
}
