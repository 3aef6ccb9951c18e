import type { Logger } from 'pino';
import type { AnySecretSource } from '../api/secret-source.ts';
import type { Priority } from '../async/priority.ts';
import { systemTimers } from '../async/timers.ts';
import type { AuditRecord, OutcomeRecord } from '../controllers/secret-reference/nouns/records.ts';
import { ReferenceStates } from '../controllers/secret-reference/nouns/reference-state.ts';
import { sourcesReadBy } from '../controllers/secret-reference/observe.ts';
import type { Enqueue, Startup } from '../controllers/secret-reference/ports.ts';
import { ReadBudgets } from '../controllers/secret-reference/read-budget.ts';
import { secretReferenceReconciler } from '../controllers/secret-reference/reconcile.ts';
import { priorityOf } from '../controllers/secret-reference/wake/predicates.ts';
import { watchForReferences } from '../controllers/secret-reference/wake/watches.ts';
import { type CheckSource, labelOf } from '../controllers/secret-source/check.ts';
import { secretSourceReconciler } from '../controllers/secret-source/reconcile.ts';
import { dropUnservedNamespaces, watchForSources } from '../controllers/secret-source/watches.ts';
import type { Clock } from '../core/clock.ts';
import type { EventRecorder, Informer, KubeClient } from '../kube/api.ts';
import { objectKeyOf } from '../kube/informer.ts';
import { createSecrets } from '../kube/secrets.ts';
import type { ClusterAccess, Recovery, RemoteReader } from '../remote/ports.ts';
import { createRemoteReader } from '../remote/reader.ts';
import { runController } from '../runtime/controller.ts';
import type { Reconcile } from '../runtime/reconcile.ts';
import { WorkQueue } from '../runtime/workqueue.ts';
import type { Sandbox } from '../sandbox/task.ts';
import type { Metrics } from '../server/metrics.ts';
import type { Tracer } from '../server/tracer.ts';
import type { Cluster } from './informers.ts';
import type { LeaderRun } from './leadership.ts';
import type { LoopWatchdog } from './loop-watchdog.ts';
import { openStoreHttp, type StoreHttpOptions } from './store-http.ts';

/** What lasts as long as the process. */
export interface OperatorDeps extends StoreHttpOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit: ((record: AuditRecord) => void) | undefined;
  readonly metrics: Metrics;
  readonly tracer: Tracer | undefined;
  readonly sandbox: Sandbox;
  readonly cluster: Cluster;
  /** Whose calls are of that priority. */
  readonly clientAt: (priority: Priority) => KubeClient;
  readonly access: ClusterAccess;
  readonly checkSource: CheckSource;
  readonly events: EventRecorder;
  readonly watchdog: LoopWatchdog;
}

/** What lasts as long as this process leads: queues, logins, and what is remembered of references. */
interface LeaderState {
  readonly references: WorkQueue;
  readonly sources: WorkQueue;
  readonly clusterSources: WorkQueue;
  readonly remote: RemoteReader;
}

/** Milliseconds that API writes under way have at the end of a term. */
const drainMs = 1000;
/** Reconciles under way with a source, for each call of an identity at a time: the size of a batch, so that calls are full. */
const reconcilesPerCall = 20;
/** Milliseconds for revoking logins. */
const revokeMs = 4000;

/** Connects the caches with whichever term is current, and answers how to serve one. A standby's caches wake nobody. */
export function prepareLeaderRuns(deps: OperatorDeps): (lead: LeaderRun) => Promise<void> {
  const { cluster, clock, checkSource, metrics } = deps;
  const states = new ReferenceStates();
  let current: LeaderState | undefined;
  let recovered: (recovery: Recovery) => void = () => undefined;
  const into =
    (queue: (term: LeaderState) => WorkQueue): Enqueue =>
    (key, priority, at) => {
      if (current === undefined) return;
      if (at > clock.steady()) queue(current).addAt(key, at, priority);
      else queue(current).add(key, priority, at);
    };
  const drop: RemoteReader['drop'] = (uid, namespace) => current?.remote.drop(uid, namespace);
  const onRecovered: RemoteReader['onRecovered'] = handler => {
    recovered = handler;
  };
  watchForReferences(
    cluster,
    checkSource,
    states,
    { onRecovered, forgetReference: (namespace, uid) => current?.remote.forgetReference(namespace, uid) },
    clock,
    into(term => term.references),
  );
  watchForSources(
    cluster.sources,
    { drop },
    clock,
    into(term => term.sources),
  );
  watchForSources(
    cluster.clusterSources,
    { drop },
    clock,
    into(term => term.clusterSources),
  );
  dropUnservedNamespaces(cluster.namespaces, cluster.clusterSources, { drop });
  metrics.observe({
    sources: () =>
      [...cluster.sources.values(), ...cluster.clusterSources.values()].map(source => ({
        namespace: source.metadata.namespace,
        source: labelOf(source),
      })),
    references: cluster.references,
    targets: cluster.targets,
    leads: () => current !== undefined,
    queued: priority => (current ? current.references.depth(priority) : 0),
    checkedAt: ({ metadata }) => states.of(metadata.uid).checkedAt,
  });

  return async lead => {
    states.beginTerm();
    const term = openLeaderState(deps);
    term.remote.onRecovered(recovery => recovered(recovery));
    current = term;
    enqueueEverything(deps, term);
    deps.log.info('leading');
    await Promise.all(controllers(deps, term, states, lead));
    current = undefined;
    await lead.release();
    await term.remote.close(AbortSignal.timeout(revokeMs));
    deps.log.info('not leading any more');
  };
}

function openLeaderState(deps: OperatorDeps): LeaderState {
  const { access, clock, cluster, config, metrics, log } = deps;
  const time = { clock, timers: systemTimers, random: Math.random };
  const references = new WorkQueue({
    ...time,
    concurrencyPerSource: reconcilesPerCall * config.sourceConcurrency,
    sourcesOf: key => sourcesReadBy(key, cluster),
  });
  return {
    references,
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

function enqueueEverything({ cluster, clock }: OperatorDeps, term: LeaderState): void {
  const now = clock.steady();
  for (const source of cluster.sources.values()) term.sources.add(objectKeyOf(source), 'normal', now);
  for (const source of cluster.clusterSources.values()) term.clusterSources.add(objectKeyOf(source), 'normal', now);
  for (const reference of cluster.references.values()) {
    const key = objectKeyOf(reference);
    term.references.add(key, priorityOf({ key, after: reference }) ?? 'low', now);
  }
}

function controllers(
  deps: OperatorDeps,
  term: LeaderState,
  states: ReferenceStates,
  lead: LeaderRun,
): readonly Promise<void>[] {
  const { checkSource, access, clientAt, clock, cluster, events, log, metrics, tracer, watchdog } = deps;
  const run = (name: string, queue: WorkQueue, reconcile: Reconcile): Promise<void> =>
    runController({
      name,
      queue,
      reconcile: watchdog.reconcile(name, tracer?.reconcile(name, reconcile) ?? reconcile),
      clock,
      timers: systemTimers,
      signal: lead.signal,
      drainMs,
      observer: metrics.reconciles(name),
      onBug: bug => {
        metrics.panicked(name);
        log.error(bug, 'a bug: the reconcile is tried again');
      },
    });
  const client = clientAt('normal');
  const sourceReconcile = <Source extends AnySecretSource>(sources: Informer<Source>): Reconcile =>
    secretSourceReconciler({ clock, sources, checkSource, cluster: access, client, remote: term.remote, events });
  const shared = {
    clock,
    startup: startupOf(clock, lead),
    caches: cluster,
    states,
    budgets: new ReadBudgets(),
    checkSource,
    remote: term.remote,
    sandbox: deps.sandbox,
    reports: {
      events,
      audit: deps.audit,
      onOutcome: (record: OutcomeRecord) => {
        metrics.outcome(record);
        logOutcome(log, record);
      },
    },
  };
  const referencesAt = (client: KubeClient): Reconcile =>
    secretReferenceReconciler({
      ...shared,
      api: {
        client,
        secrets: createSecrets(client),
        wroteReference: reference => cluster.references.wrote(reference),
        wroteTarget: metadata => cluster.wroteTarget(metadata),
        sawSecret: cluster.sawSecret,
      },
    });
  const references = {
    high: referencesAt(clientAt('high')),
    normal: referencesAt(client),
    low: referencesAt(clientAt('low')),
  };
  return [
    run('secretreference', term.references, work => references[work.priority](work)),
    run('secretsource', term.sources, sourceReconcile(cluster.sources)),
    run('clustersecretsource', term.clusterSources, sourceReconcile(cluster.clusterSources)),
  ];
}

/** The clock of the previous leader may be ahead of ours. */
function startupOf(clock: Clock, { ledUntil }: LeaderRun): Startup {
  const startedAt = clock.steady();
  if (ledUntil === undefined) return { startedAt };
  return { startedAt, attendedUntil: startedAt - Math.max(0, clock.wall() - ledUntil) };
}

/** One line an outcome; one that changed nothing is worth it only to somebody who looks for it. */
function logOutcome(log: Logger, record: OutcomeRecord): void {
  const { result, status } = record;
  if (result === 'failed') log.warn(record, 'sync failed');
  else if (result === 'deleted') log.warn(record, 'target deleted');
  else if ((result === 'kept' || result === 'suspended') && status === 'unchanged') log.debug(record, 'nothing new');
  else log.info(record, result === 'suspended' ? 'suspended' : 'synced');
}
