import type { Logger } from 'pino';
import type { AnySecretSource } from '../api/secret-source/secret-source.ts';
import { systemTimers } from '../async/timers.ts';
import { clusterSecretReferenceReconciler } from '../controllers/cluster-secret-reference/reconcile.ts';
import { ClusterReferenceStates } from '../controllers/cluster-secret-reference/states.ts';
import { watchForClusterReferences } from '../controllers/cluster-secret-reference/watches.ts';
import type { OutcomeRecord } from '../controllers/secret-reference/nouns/records.ts';
import { ReferenceStates } from '../controllers/secret-reference/nouns/reference-state.ts';
import { kindOf, nameOf } from '../controllers/secret-reference/nouns/template-objects.ts';
import { createPodsInUse } from '../controllers/secret-reference/pods-in-use.ts';
import type { ReadTemplates, Startup } from '../controllers/secret-reference/ports.ts';
import { ReadBudgets } from '../controllers/secret-reference/read-budget.ts';
import { secretReferenceReconciler } from '../controllers/secret-reference/reconcile.ts';
import { watchForReferences } from '../controllers/secret-reference/wake/watches.ts';
import type { Records } from '../controllers/secret-rotation/ports.ts';
import { secretRotationReconciler } from '../controllers/secret-rotation/reconcile.ts';
import { indexRecords, watchForRotations } from '../controllers/secret-rotation/watches.ts';
import { labelOf } from '../controllers/secret-source/check.ts';
import { secretSourceReconciler } from '../controllers/secret-source/reconcile.ts';
import { dropUnservedNamespaces, watchForSources } from '../controllers/secret-source/watches.ts';
import type { Clock } from '../core/clock.ts';
import type { Informer, KubeClient } from '../kube/api.ts';
import { templateTexts } from '../kube/cluster-access.ts';
import { createSecrets } from '../kube/secrets.ts';
import type { Recovery, RemoteReader } from '../remote/ports.ts';
import { runController } from '../runtime/controller.ts';
import type { Enqueue, Reconcile } from '../runtime/reconcile.ts';
import type { WorkQueue } from '../runtime/workqueue.ts';
import { createChecker } from './checker.ts';
import { enqueueEverything, type LeaderState, openLeaderState } from './leader-state.ts';
import type { LeaderRun } from './leadership.ts';
import type { OperatorDeps } from './operator-deps.ts';

/** Milliseconds that API writes under way have at the end of a term. */
const drainMs = 1000;
/** Milliseconds for revoking logins. */
const revokeMs = 4000;

/** Connects the caches with whichever term is current, and answers how to serve one. A standby's caches wake nobody. */
export function prepareLeaderRuns(deps: OperatorDeps): (lead: LeaderRun) => Promise<void> {
  const { cluster, clock, checkSource, metrics } = deps;
  const states = new ReferenceStates();
  const clusterStates = new ClusterReferenceStates();
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
  const enqueue = into(term => term.clusterReferences);
  watchForClusterReferences(cluster, clusterStates, clock, enqueue);
  const records = cluster.rotations && indexRecords(cluster.rotations);
  watchForRotations(cluster, clock, {
    run: into(term => term.rotations),
    reference: into(term => term.references),
  });
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
    rotations: cluster.rotations,
    leads: () => current !== undefined,
    queued: priority => (current ? current.references.depth(priority) : 0),
    checkedAt: ({ metadata }) => states.of(metadata.uid).checkedAt,
  });

  return async lead => {
    states.beginTerm();
    clusterStates.beginTerm();
    const term = openLeaderState(deps);
    term.remote.onRecovered(recovery => recovered(recovery));
    current = term;
    enqueueEverything(deps, term);
    deps.log.info('leading');
    await Promise.all(controllers(deps, term, { states, clusterStates, records, enqueue }, lead));
    current = undefined;
    await lead.release();
    await term.remote.close(AbortSignal.timeout(revokeMs));
    deps.log.info('not leading any more');
  };
}

/** What outlives a term, for the watches. */
interface Kept {
  readonly states: ReferenceStates;
  readonly clusterStates: ClusterReferenceStates;
  readonly records: Records | undefined;
  /** Of ClusterSecretReferences. */
  readonly enqueue: Enqueue;
}

function controllers(
  deps: OperatorDeps,
  term: LeaderState,
  { states, clusterStates, records, enqueue }: Kept,
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
    readTemplates: templatesBy(client),
    pods: createPodsInUse(clientAt('low'), clock),
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
  const clusterReferences = clusterSecretReferenceReconciler({
    clock,
    enabled: deps.config.clusterReferences,
    caches: cluster,
    states: clusterStates,
    client,
    wroteReference: reference => cluster.references.wrote(reference),
    enqueue,
    events,
  });
  const rotations =
    records &&
    secretRotationReconciler({
      clock,
      checker: createChecker({ ...deps, bundles: deps.access }),
      references: cluster.references,
      records,
      client,
      wroteRecord: record => cluster.rotations?.wrote(record),
      events,
      onEnd: metrics.runEnded,
    });
  return [
    ...(rotations === undefined ? [] : [run('secretrotation', term.rotations, rotations)]),
    run('clustersecretreference', term.clusterReferences, clusterReferences),
    run('secretreference', term.references, work => references[work.priority](work)),
    run('secretsource', term.sources, sourceReconcile(cluster.sources)),
    run('clustersecretsource', term.clusterSources, sourceReconcile(cluster.clusterSources)),
  ];
}

const templatesBy =
  (client: KubeClient): ReadTemplates =>
  (from, namespace, signal) =>
    templateTexts(client, kindOf(from), namespace, nameOf(from), signal);

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
  else if ((result === 'kept' || result === 'held' || result === 'suspended') && status === 'unchanged')
    log.debug(record, 'nothing new');
  else log.info(record, result === 'suspended' || result === 'held' ? result : 'synced');
}
